import { expect } from "chai";
import { pipe } from "../../../src/drivers/memory/index.ts";
import { VirtualTime } from "../../../src/drivers/simulation/index.ts";
import { IPV4_ANY, ipv4, Stack, seconds, Xoshiro128 } from "../../../src/stack/index.ts";
import { describeLinkContract, frame, RecordingSink } from "../../contracts/link.contract.ts";

describeLinkContract("a pipe", () => {
  const time = new VirtualTime();
  const [a, b] = pipe(time);
  return { a, b, settle: () => time.elapse(seconds(0)) };
});

describe("a pipe", () => {
  it("delivers what was transmitted in one turn as one burst, and takes no time", () => {
    const time = new VirtualTime();
    const [a, b] = pipe(time);
    const [alice, bob] = [new RecordingSink(), new RecordingSink()];
    a.attach(alice);
    b.attach(bob);
    for (let i = 0; i < 5; i++) alice.send(a, frame(1, 2, "00"));
    while (time.step());
    expect(bob.bursts).to.equal(1);
    expect(bob.frames).to.have.length(5);
    expect(time.now()).to.equal(0);
  });

  it("with offloads lets a super-segment with an unfinished checksum through as it is, without copying it", () => {
    const time = new VirtualTime();
    const [a, b] = pipe(time, { offloads: true, mtu: 9000 });
    expect(a.capabilities).to.deep.equal({
      medium: "ethernet",
      mtu: 9000,
      headroom: 0,
      verifiesChecksums: true,
      fillsChecksums: true,
      maxSuperSegment: 65_535,
    });
    const [alice, bob] = [new RecordingSink(), new RecordingSink()];
    a.attach(alice);
    b.attach(bob);
    const sent = alice.packet(frame(1, 2, "00".repeat(60_000)));
    sent.segmentSize = 1448;
    sent.checksumOffloaded = true;
    let same = false;
    bob.received = (frames) => {
      same = frames[0] === sent && sent.segmentSize === 1448 && sent.checksumOffloaded;
    };
    expect(a.transmit([sent], 1)).to.equal(1);
    while (time.step());
    expect(same).to.equal(true);
  });

  it("that vouches for checksums has neither end sum anything, and no segment larger than on a wire", () => {
    const time = new VirtualTime();
    const ends = pipe(time, { vouchesForChecksums: true });
    expect(ends[0].capabilities).to.deep.include({
      verifiesChecksums: true,
      fillsChecksums: true,
      maxSuperSegment: 0,
    });
    const lengths: number[] = [];
    const unfinished: boolean[] = [];
    const stacks = ends.map((end, index) => {
      const stack = new Stack({ clock: time, random: new Xoshiro128(index + 1), wakeAt: () => {} });
      time.join(`stack ${index}`, stack);
      const eth0 = stack.addInterface("eth0", end, [
        { address: ipv4(0x0a00_0001 + index), prefixLength: 24 },
      ]);
      eth0.tap({
        frame: (packet) => {
          lengths.push(packet.end - packet.start);
          if (packet.end - packet.start > 100) unfinished.push(packet.checksumOffloaded);
        },
      });
      return stack;
    }) as [Stack, Stack];
    const listener = stacks[1].openTcp();
    listener.bind({ address: IPV4_ANY, port: 7 });
    listener.listen(1);
    const client = stacks[0].openTcp();
    client.connect({ address: ipv4(0x0a00_0002), port: 7 });
    const sent = Uint8Array.from({ length: 20_000 }, (_, i) => i * 7);
    time.elapse(seconds(1));
    expect(client.write(sent)).to.equal(20_000);
    time.elapse(seconds(1));
    const into = new Uint8Array(20_000);
    expect(listener.accept()?.read(into)).to.equal(20_000);
    expect(into).to.deep.equal(sent);
    expect(Math.max(...lengths)).to.equal(1514);
    expect(unfinished.length).to.be.greaterThan(26); // 13 full segments and a rest, at either end
    expect(unfinished).to.not.include(false);
  });

  it("takes no more than its queue holds", () => {
    const time = new VirtualTime();
    const [a, b] = pipe(time, { queue: 3 });
    const [alice, bob] = [new RecordingSink(), new RecordingSink()];
    a.attach(alice);
    b.attach(bob);
    const frames = [0, 1, 2, 3, 4].map((n) => alice.packet(frame(1, 2, `0${n}`)));
    expect(a.transmit(frames, 5)).to.equal(3);
    for (const kept of frames.slice(3)) alice.pool.release(kept);
    while (time.step());
    expect(bob.frames).to.have.length(3);
    expect(alice.writables).to.equal(1);
    expect(alice.pool.outstanding).to.equal(0);
  });
});
