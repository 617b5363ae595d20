import { expect } from "chai";
import { HEADROOM, PacketPool } from "../../../src/stack/base/packet-pool.ts";

describe("a pool of packets", () => {
  it("leaves room for a VLAN tag, IPv6 with a fragment header, and a tunnel around a frame", () => {
    // Driver 12; Ethernet 14 and tag 4; IPv6 40; UDP 8; VXLAN 8; inner Ethernet and tag 18; IPv6 40 and fragment 8.
    expect(HEADROOM).to.be.at.least(12 + 18 + 40 + 8 + 8 + 18 + 48);
    expect(HEADROOM % 8).to.equal(0);
    const pool = new PacketPool();
    const packet = pool.take(65_535);
    expect(packet.start).to.equal(HEADROOM);
    expect(packet.bytes.length - HEADROOM).to.be.at.least(65_535);
    pool.release(packet);
  });

  it("lets a borrower take a packet over that is its own, whoever releases it first", () => {
    for (const lenderFirst of [true, false]) {
      const pool = new PacketPool();
      const lent = pool.take(100);
      const mine = pool.takeOver(lent);
      expect(mine).to.equal(lent);
      pool.release(lenderFirst ? lent : mine);
      expect(pool.outstanding, "somebody still holds it").to.equal(1);
      expect(pool.take(100), "so nobody else gets it").to.not.equal(lent);
      pool.release(lenderFirst ? mine : lent);
      expect(pool.outstanding).to.equal(1);
    }
  });

  it("copies a packet of another pool, whose lender counts on getting it back", () => {
    const theirs = new PacketPool();
    const ours = new PacketPool();
    const lent = theirs.take(100);
    lent.start += 2;
    lent.end = lent.start + 50;
    lent.network = lent.start + 14;
    lent.transport = lent.network + 20;
    lent.checksumOffloaded = true;
    lent.hopLimit = 3;
    for (let i = lent.start; i < lent.end; i++) lent.bytes[i] = i;
    const copy = ours.takeOver(lent);
    expect(copy).to.not.equal(lent);
    expect([...copy.part(copy.start, copy.end)]).to.deep.equal([...lent.part(lent.start, lent.end)]);
    expect([copy.network - copy.start, copy.transport - copy.start]).to.deep.equal([14, 34]);
    expect([copy.checksumOffloaded, copy.hopLimit, copy.start & 3]).to.deep.equal([true, 3, 2]);
    theirs.release(lent);
    ours.release(copy);
    expect([theirs.outstanding, ours.outstanding]).to.deep.equal([0, 0]);
  });

  it("forgets at the next use that a packet was held by several", () => {
    const pool = new PacketPool();
    const first = pool.take(100);
    pool.takeOver(first);
    pool.release(first);
    pool.release(first);
    const again = pool.take(100);
    expect(again).to.equal(first);
    pool.release(again);
    expect(pool.outstanding).to.equal(0);
  });
});
