import { expect } from "chai";
import { Packet } from "../../../src/stack/base/packet.ts";
import { PacketPool } from "../../../src/stack/base/packet-pool.ts";

describe("a packet", () => {
  it("gives a part of itself, and the same view again for the same part", () => {
    const packet = new Packet(64);
    for (let i = 0; i < 64; i++) packet.bytes[i] = i;
    const part = packet.part(10, 14);
    expect([...part]).to.deep.equal([10, 11, 12, 13]);
    expect(packet.part(10, 14)).to.equal(part);
    expect([...packet.part(10, 12)], "not that of another part").to.deep.equal([10, 11]);
    expect([...packet.part(11, 12)]).to.deep.equal([11]);
    expect(packet.part(0, 0)).to.have.length(0);
    packet.bytes[11] = 99;
    expect([...packet.part(11, 12)], "it is a view, no copy").to.deep.equal([99]);
  });

  it("has octets of its own though it shares a store with others", () => {
    const pool = new PacketPool();
    const packets = Array.from({ length: 40 }, () => pool.take(60_000));
    for (const [i, packet] of packets.entries()) packet.bytes.fill(i);
    for (const [i, packet] of packets.entries()) {
      expect(packet.bytes.every((octet) => octet === i)).to.equal(true);
      expect(packet.words[0]).to.equal(i * 0x0101_0101);
      expect([...packet.part(100, 102)]).to.deep.equal([i, i]);
      pool.release(packet);
    }
    expect(pool.outstanding).to.equal(0);
  });
});
