import { expect } from "chai";
import { pipe } from "../../../src/drivers/memory/index.ts";
import { VirtualTime } from "../../../src/drivers/simulation/index.ts";
import { seconds } from "../../../src/stack/index.ts";
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
