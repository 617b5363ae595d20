import { expect } from "chai";
import { IpAddress, ipv4 } from "../../../../src/stack/base/ip-address.ts";
import { Xoshiro128 } from "../../../../src/stack/base/random.ts";
import { seqDistance } from "../../../../src/stack/base/seq.ts";
import type { Instant } from "../../../../src/stack/base/time.ts";
import { FlowSecret } from "../../../../src/stack/tcp/open/flow-secret.ts";
import { IsnGenerator } from "../../../../src/stack/tcp/open/isn.ts";

const HERE = ipv4(0x0a4d_0002);
const THERE = ipv4(0x0a4d_0001);

function at(microseconds: number): Instant {
  return microseconds as Instant;
}

describe("initial sequence numbers (RFC 6528)", () => {
  const isn = new IsnGenerator(new FlowSecret(new Xoshiro128(1)));

  it("of one flow rise by one every 4 µs, over the wrap too", () => {
    const first = isn.next(at(0), HERE, 80, THERE, 5000);
    expect(seqDistance(first, isn.next(at(3), HERE, 80, THERE, 5000))).to.equal(0);
    expect(seqDistance(first, isn.next(at(4), HERE, 80, THERE, 5000))).to.equal(1);
    expect(seqDistance(first, isn.next(at(4_000_000), HERE, 80, THERE, 5000))).to.equal(1_000_000);
    const round = 4 * 2 ** 32; // 4.77 hours
    expect(isn.next(at(round), HERE, 80, THERE, 5000)).to.equal(first);
    expect(seqDistance(first, isn.next(at(20_000 * round + 8), HERE, 80, THERE, 5000))).to.equal(2);
  });

  it("differ between flows in any part of the four-tuple, and between secrets", () => {
    const other = new IsnGenerator(new FlowSecret(new Xoshiro128(2)));
    const wide = new IpAddress(1, 2, 3, THERE.word3);
    const numbers = [
      isn.next(at(0), HERE, 80, THERE, 5000),
      isn.next(at(0), HERE, 81, THERE, 5000),
      isn.next(at(0), HERE, 80, THERE, 5001),
      isn.next(at(0), ipv4(0x0a4d_0003), 80, THERE, 5000),
      isn.next(at(0), HERE, 80, ipv4(0x0a4d_0004), 5000),
      isn.next(at(0), HERE, 80, wide, 5000),
      isn.next(at(0), THERE, 5000, HERE, 80),
      other.next(at(0), HERE, 80, THERE, 5000),
    ];
    expect(new Set(numbers).size).to.equal(numbers.length);
  });

  it("are not to be told from the timestamp offset of the same flow", () => {
    const offset = isn.offset(HERE, 80, THERE, 5000);
    expect(offset).to.equal(isn.offset(HERE, 80, THERE, 5000));
    expect(offset).not.to.equal(isn.next(at(0), HERE, 80, THERE, 5000));
    expect(offset).not.to.equal(isn.offset(HERE, 80, THERE, 5001));
  });

  it("of neighbouring ports are spread over all 32 bits", () => {
    const ones = new Array<number>(32).fill(0);
    for (let port = 0; port < 1000; port++) {
      const number = isn.next(at(0), HERE, 80, THERE, port);
      for (let bit = 0; bit < 32; bit++) ones[bit] = (ones[bit] as number) + ((number >>> bit) & 1);
    }
    for (const count of ones) expect(count).to.be.within(400, 600); // six standard deviations; the seed is fixed
  });
});
