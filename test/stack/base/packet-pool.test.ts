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

  it("sums a small packet's octets in its store once it moves bulk, and keeps no other then", () => {
    const pool = new PacketPool();
    const burst = Array.from({ length: 100 }, () => pool.take(1460));
    const before = burst.filter((packet) => packet.storeSum === undefined);
    expect(before, "a stack that says little has no such store").to.have.lengthOf(32);
    for (const packet of burst) pool.release(packet);
    const again = Array.from({ length: 100 }, () => pool.take(1460));
    expect(again.filter((packet) => packet.storeSum === undefined)).to.be.empty;
    expect(new Set(again.map((packet) => packet.storeAt)).size, "each has a place of its own").to.equal(100);
    for (const packet of again) packet.bytes.fill(again.indexOf(packet));
    for (const packet of again)
      expect(packet.bytes.every((octet) => octet === again.indexOf(packet))).to.be.true;
    for (const packet of again) pool.release(packet);
    expect(pool.outstanding).to.equal(0);
  });

  it("has as many packets as are wanted at a time, whatever the store holds", () => {
    const pool = new PacketPool();
    const all = Array.from({ length: 4200 }, () => pool.take(1460));
    expect(all.filter((packet) => packet.storeSum === undefined)).to.have.lengthOf(32 + 72);
    for (const packet of all) pool.release(packet);
    const again = Array.from({ length: 4096 }, () => pool.take(1460));
    expect(again.filter((packet) => packet.storeSum === undefined)).to.be.empty;
  });
});
