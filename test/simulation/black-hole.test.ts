/** A path that swallows large segments, and the errors that say so, must not hang a connection (RFC 2923 §2.1, 4821 §7.7). */
import { expect } from "chai";
import type { Lab, LabCable } from "../../src/lab/index.ts";
import {
  type Duration,
  milliseconds,
  seconds,
  type TcpConfig,
  type TcpEndpoint,
} from "../../src/stack/index.ts";
import { at, twoHosts } from "../support/net.ts";

interface Bed {
  readonly lab: Lab;
  readonly cable: LabCable;
  readonly sender: TcpEndpoint;
  readonly blackHoles: () => number;
  /** Writes so many octets, and lets time pass until they have all arrived; how long that took. */
  send(octets: number, longest?: Duration): Duration;
}

function bed(line: string, config: Partial<TcpConfig> = {}): Bed {
  const { lab, alice, bob, cable } = twoHosts(7, { impairments: line }, { alice: { config }, bob: {} });
  const listener = bob.stack.openTcp();
  const sender = alice.stack.openTcp();
  listener.bind(at(bob, 80));
  listener.listen(1);
  sender.connect(at(bob, 80));
  lab.time.elapseUntil(() => sender.connected);
  lab.time.elapse(seconds(1));
  const receiver = listener.accept() ?? expect.fail("not connected");
  const room = new Uint8Array(1 << 20);
  let got = 0;
  receiver.onChange(() => {
    for (let octets = receiver.read(room); octets !== undefined && octets > 0; octets = receiver.read(room))
      got += octets;
  });
  return {
    lab,
    cable,
    sender,
    blackHoles: () => alice.stack.counters.tcp?.blackHoles ?? expect.fail("no TCP"),
    send(octets, longest = seconds(60)) {
      const [begun, wanted] = [lab.time.now(), got + octets];
      expect(sender.write(new Uint8Array(octets))).to.equal(octets);
      lab.time.elapseUntil(() => got >= wanted || lab.time.now() - begun > longest);
      expect(got, "octets").to.equal(wanted);
      return (lab.time.now() - begun) as Duration;
    },
  };
}

describe("a path that swallows large segments", () => {
  for (const mtu of [1400, 1100, 1024, 1023, 770, 576]) {
    it(`takes them in smaller ones: MTU ${mtu}`, () => {
      const { send, sender, blackHoles, lab } = bed(`delay=10ms,mtu=${mtu}`);
      // Timeouts at 0.2, 0.6, 1.4 s or so, one more to be sure; twice that where 1,024 octets are too many, too.
      expect(send(200_000)).to.be.below(mtu < 1024 ? seconds(8) : seconds(3));
      expect(blackHoles()).to.equal(1);
      expect(sender.info().sendMss).to.equal((mtu < 1024 ? 556 : 1004) - 32);
      expect(send(200_000), "afterwards").to.be.below(milliseconds(500));
      lab.close();
    });
  }

  it("hangs the connection where this is switched off", () => {
    const { lab, sender, blackHoles } = bed("delay=10ms,mtu=1400", { blackHoleDetection: false });
    sender.write(new Uint8Array(200_000));
    lab.time.elapse(seconds(60));
    expect(sender.info().outstanding).to.be.greaterThan(0);
    expect(blackHoles()).to.equal(0);
    lab.close();
  });

  it("is found, too, by one message at a time", () => {
    const { send, blackHoles, lab } = bed("delay=10ms,mtu=1400");
    const times = Array.from({ length: 6 }, () => send(1448));
    expect(
      times.slice(2).every((time) => time < milliseconds(100)),
      times.join(" "),
    ).to.equal(true);
    expect(blackHoles()).to.equal(1);
    lab.close();
  });

  it("gets large segments again after ten minutes", () => {
    const { send, sender, cable, blackHoles, lab } = bed("delay=10ms,mtu=1400");
    send(100_000);
    cable.impaired?.change("delay=10ms");
    lab.time.elapse(seconds(590));
    send(10_000);
    expect(sender.info().sendMss).to.equal(1004 - 32);
    lab.time.elapse(seconds(20));
    send(10_000);
    expect(sender.info().sendMss).to.equal(1448);
    expect(blackHoles()).to.equal(1);
    lab.close();
  });
});

describe("a line that is dead for a while", () => {
  for (const dead of [1, 2, 5, 20, 60]) {
    it(`is not taken for one that swallows large segments: ${dead} s`, () => {
      const { lab, cable, sender, send, blackHoles } = bed("delay=10ms");
      send(50_000);
      cable.impaired?.change("delay=10ms,loss=100%");
      sender.write(new Uint8Array(50_000));
      lab.time.elapse(seconds(dead));
      cable.impaired?.change("delay=10ms");
      lab.time.elapseUntil(() => sender.info().outstanding === 0);
      send(10_000);
      expect(sender.info().sendMss).to.equal(1448);
      expect(blackHoles()).to.equal(0);
      lab.close();
    });
  }
});
