import { expect } from "chai";
import { below, Xoshiro128 } from "../../../src/stack/base/random.ts";
import { type Duration, seconds } from "../../../src/stack/base/time.ts";
import type { TcpEndpoint } from "../../../src/stack/contract/tcp-endpoint.ts";
import { pair, type Spoil } from "../../support/tcp-pair.ts";

/** The octet at position `i` of the stream of `seed`: any shift or mix-up shows. */
function octet(seed: number, i: number): number {
  return (Math.imul(i + seed, 0x9e3779b1) >>> 24) & 255;
}

class Party {
  readonly endpoint: TcpEndpoint;
  readonly seed: number;
  readonly total: number;
  readonly expected: number;
  readonly peerSeed: number;
  sent = 0;
  got = 0;
  ended = false;
  closed = false;
  readonly random: Xoshiro128;

  constructor(endpoint: TcpEndpoint, seed: number, total: number, peerSeed: number, expected: number) {
    this.endpoint = endpoint;
    this.seed = seed;
    this.total = total;
    this.peerSeed = peerSeed;
    this.expected = expected;
    this.random = new Xoshiro128(seed);
    endpoint.onChange(() => this.step());
  }

  /** Where it waits with; often lent, and then read into again, or not. */
  buffer: Uint8Array = new Uint8Array(100);

  step(): void {
    if (this.closed) return;
    if (below(this.random, 4) === 0) this.buffer = new Uint8Array(1 + below(this.random, 20_000));
    const { buffer } = this;
    for (;;) {
      if (below(this.random, 8) === 0) this.endpoint.read(new Uint8Array(10), 0, 10, true); // a look spoils nothing
      const n = this.endpoint.read(buffer);
      if (n === undefined) break;
      if (n === 0) {
        this.ended = true;
        break;
      }
      for (let i = 0; i < n; i++) {
        if (buffer[i] !== octet(this.peerSeed, this.got + i))
          throw new Error(`wrong octet at ${this.got + i}`);
      }
      this.got += n;
    }
    if (below(this.random, 3) > 0) this.endpoint.lend(buffer, 0, buffer.length);
    while (this.endpoint.connected && this.sent < this.total) {
      const n = Math.min(1 + below(this.random, 5000), this.total - this.sent);
      const chunk = Uint8Array.from({ length: n }, (_, i) => octet(this.seed, this.sent + i));
      const took = this.endpoint.write(chunk);
      if (took === undefined) break;
      this.sent += took;
    }
    if (this.endpoint.connected && this.sent === this.total) this.endpoint.finish();
    if (this.ended && this.sent === this.total) {
      this.closed = true;
      this.endpoint.close();
    }
    if (this.endpoint.failure !== undefined) throw new Error(`failed: ${this.endpoint.failure}`);
  }
}

function transfer(seed: number, spoil: Spoil, upstream: number, downstream: number, sack: boolean): void {
  const [a, b, wire] = pair(seed, spoil, { config: { sack, timestamps: sack } });
  const listener = b.tcp.open();
  expect(listener.bind({ address: b.address, port: 7 })).to.equal(undefined);
  expect(listener.listen(5)).to.equal(undefined);
  const client = a.tcp.open();
  const parties: Party[] = [];
  listener.onChange(() => {
    const accepted = listener.accept();
    if (accepted === undefined) return;
    const server = new Party(accepted, seed + 1, downstream, seed, upstream);
    parties.push(server);
    server.step();
  });
  expect(client.connect({ address: b.address, port: 7 })).to.equal(undefined);
  parties.push(new Party(client, seed, upstream, seed + 1, downstream));
  const done = wire.run(() => parties.length === 2 && parties.every((party) => party.closed), seconds(4000));
  const where = JSON.stringify(parties.map(({ sent, got, ended, closed }) => ({ sent, got, ended, closed })));
  expect(done, `seed ${seed} at ${wire.now / 1e6} s: ${where} ${JSON.stringify(client.info())}`).to.equal(
    true,
  );
  expect(parties.map((party) => party.got).sort()).to.deep.equal([upstream, downstream].sort());
  listener.close();
  wire.run(() => false, seconds(4000) as Duration);
  for (const host of [a, b]) {
    expect(host.pool.outstanding, `seed ${seed}: packets`).to.equal(0);
    expect(host.tcp.rings.outstanding, `seed ${seed}: rings`).to.equal(0);
    expect(host.timers.size, `seed ${seed}: timers`).to.equal(0);
    expect(host.tcp.sizes).to.deep.equal({ timeWait: 0, pending: 0, connections: 0, resting: 0 });
  }
}

describe("a TCP transfer between two of our own", () => {
  it("delivers every octet on a perfect wire", () => transfer(1, {}, 1_000_000, 300_000, true));
  for (const sack of [true, false]) {
    it(`delivers every octet ${sack ? "with" : "without"} SACK and timestamps, whatever the wire does`, () => {
      for (let seed = 1; seed <= 60; seed++) {
        const random = new Xoshiro128(seed * 77);
        const spoil: Spoil = {
          loss: (below(random, 16) * (seed % 3)) / 100,
          duplicate: below(random, 10) / 100,
          reorder: below(random, 40) / 100,
          delay: 100 + below(random, 50_000),
        };
        transfer(seed, spoil, below(random, 200_000), below(random, 200_000), sack);
      }
    });
  }
});
