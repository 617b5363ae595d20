import { expect } from "chai";
import { NEVER, seconds } from "../../../src/stack/index.ts";
import { arpReply, arpRequest, bytes, describeFrame, ping } from "../../support/frames.ts";
import { describeFrame6 } from "../../support/frames6.ts";
import { RouterRig } from "../../support/router-rig.ts";
import { address, WireRig } from "../../support/wire-rig.ts";

describe("stack", () => {
  let rig: WireRig;
  const sent = (): readonly string[] => rig.taken().map(describeFrame);

  beforeEach(() => {
    rig = new WireRig();
  });
  afterEach(() => rig.close());

  it("answers an ARP request for its address and then an echo request, without asking back", () => {
    rig.receive(arpRequest());
    expect(sent()).to.deep.equal(["> peer: 10.77.0.2 is-at us, to 10.77.0.1"]);
    rig.receive(ping());
    const [reply] = rig.taken();
    expect(describeFrame(reply as Uint8Array).replace(/^> peer: /, "")).to.equal(
      "10.77.0.2 > 10.77.0.1 icmp 0/0 4",
    );
  });

  it("asks for the link address of an unknown peer, and delivers when the answer comes late", () => {
    rig.receive(ping());
    expect(sent()).to.deep.equal(["> all: who-has 10.77.0.1 tell 10.77.0.2"]);
    rig.run(seconds(1.5));
    expect(sent()).to.deep.equal(["> all: who-has 10.77.0.1 tell 10.77.0.2"]);
    rig.receive(arpReply());
    expect(sent()).to.deep.equal(["> peer: 10.77.0.2 > 10.77.0.1 icmp 0/0 4"]);
    rig.run(seconds(60));
    expect(sent()).to.deep.equal([]);
    expect(rig.stack.nextDeadline()).to.equal(NEVER);
  });

  it("sends a whole burst's answers in one call of the link", () => {
    rig.receive(arpRequest());
    rig.link.bursts.length = 0;
    rig.taken();
    rig.receive(...Array.from({ length: 10 }, () => ping()));
    expect(rig.link.bursts).to.deep.equal([10]);
    expect(sent().filter((line) => line.includes("icmp 0/0"))).to.have.length(10);
  });

  it("asks on the link of the interface that is named, where the address alone says too little (RFC 4007 §6)", () => {
    const both = new RouterRig();
    const echo = both.stack.openEcho();
    const solicited = (frames: readonly Uint8Array[]): boolean =>
      frames.some((frame) => describeFrame6(frame).includes("icmp6 135/0"));
    for (const name of ["eth0", "eth1"]) {
      expect(echo.request(address("fe80::77"), 1, bytes("hi"), 0, name)).to.equal(undefined);
      const left = [both.taken(), both.second.sent.splice(0)].map(solicited);
      expect(left, name).to.deep.equal([name === "eth0", name === "eth1"]);
    }
    expect(echo.request(address("fe80::77"), 1, bytes("hi"), 0, "eth9")).to.equal("address-not-available");
    echo.close();
  });

  it("echoes to itself over loopback, within one entry", () => {
    const echo = rig.stack.openEcho();
    let woken = 0;
    echo.onChange(() => woken++);
    for (const to of ["127.0.0.1", "127.9.9.9", "10.77.0.2"]) {
      expect(echo.request(address(to), 3, bytes("self"))).to.equal(undefined);
      const reply = echo.reply();
      expect(reply?.from.toString()).to.equal(to);
      expect(reply?.data).to.deep.equal(bytes("self"));
    }
    expect(woken).to.equal(3);
    expect(sent(), "nothing on the wire").to.deep.equal([]);
    echo.close();
  });
});
