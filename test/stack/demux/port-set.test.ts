import { expect } from "chai";
import fc from "fast-check";
import { ipv4 } from "../../../src/stack/base/ip-address.ts";
import { below, Xoshiro128 } from "../../../src/stack/base/random.ts";
import type { SocketAddress } from "../../../src/stack/contract/socket-address.ts";
import {
  EPHEMERAL_PORTS,
  FIRST_EPHEMERAL,
  firstInNeither,
  PortSet,
} from "../../../src/stack/demux/port-set.ts";
import { type PortHolder, PortTable } from "../../../src/stack/demux/port-table.ts";

const FIRST = FIRST_EPHEMERAL;
const LAST = FIRST_EPHEMERAL + EPHEMERAL_PORTS - 1;

/** Those of `ports` by one, as the set would be a list. */
function firstOfAll(start: number, taken: (port: number) => boolean): number {
  for (let i = 0; i < EPHEMERAL_PORTS; i++) {
    const port = FIRST + ((start - FIRST + i) % EPHEMERAL_PORTS);
    if (!taken(port)) return port;
  }
  return 0;
}

/** All but `free`. */
function allBut(free: ReadonlySet<number>): PortSet {
  const set = new PortSet();
  for (let port = FIRST; port <= LAST; port++) if (!free.has(port)) set.add(port);
  return set;
}

const port = fc.integer({ min: FIRST, max: LAST });
const edges = fc.oneof(
  port,
  fc.constantFrom(FIRST, FIRST + 1, FIRST + 31, FIRST + 32, LAST - 8, LAST - 7, LAST),
);

describe("a set of ports", () => {
  it("finds the port that a look at each would find, whatever is left", () => {
    fc.assert(
      fc.property(
        edges,
        fc.uniqueArray(edges, { maxLength: 5 }),
        fc.uniqueArray(edges),
        (start, free, held) => {
          const left = new Set(free);
          const one = allBut(left);
          const other = new PortSet();
          for (const each of held) other.add(each);
          const taken = (each: number): boolean => !left.has(each) || held.includes(each);
          expect(firstInNeither(start, one, other)).to.equal(firstOfAll(start, taken));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("counts each port once, and those that are not ephemeral never", () => {
    const set = new PortSet();
    for (const each of [FIRST, FIRST, LAST, FIRST - 1, LAST + 1, 0, 65_535]) set.add(each);
    expect(set.size).to.equal(2);
    for (const each of [FIRST, FIRST, LAST + 1, 0]) set.delete(each);
    expect(set.size).to.equal(1);
  });

  it("says that there is none when the two have all between them", () => {
    const even = new PortSet();
    const odd = new PortSet();
    for (let each = FIRST; each <= LAST; each++) (each % 2 === 0 ? even : odd).add(each);
    expect(firstInNeither(FIRST + 77, even, odd)).to.equal(0);
    expect(firstInNeither(FIRST + 77, allBut(new Set()), new PortSet())).to.equal(0);
  });
});

describe("an ephemeral port", () => {
  it("is the one that a look at each would find, from the same random place (RFC 6056 §3.3.2)", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = new Xoshiro128(seed);
      const table = new PortTable<PortHolder>(new Xoshiro128(seed * 3));
      const start = FIRST + below(new Xoshiro128(seed * 3), EPHEMERAL_PORTS);
      const share = below(random, 10) / 10;
      const used = new PortSet();
      const isUsed = new Set<number>();
      const held = new Set<number>();
      // A crowd behind the start, some thousands long, with holes in it.
      for (let i = 0; i < 3000; i++) {
        const each = FIRST + ((start - FIRST + i) % EPHEMERAL_PORTS);
        const kind = below(random, 1000) / 1000;
        if (kind < share) held.add(each);
        else if (kind < 0.999) isUsed.add(each);
      }
      for (const each of isUsed) used.add(each);
      for (const each of held) {
        const local: SocketAddress = { address: ipv4(0x0a00_0001), port: each };
        table.add({ local, reuseAddress: false, reusePort: false, exclusive: false });
      }
      const chosen = table.ephemeral({
        isUsed: (each) => isUsed.has(each),
        known: () => undefined,
        all: () => used,
      });
      expect(chosen, `seed ${seed}`).to.equal(
        firstOfAll(start, (each) => isUsed.has(each) || held.has(each)),
      );
    }
  });

  it("is given again once its holder has let it go, also when all had been held", () => {
    const table = new PortTable<PortHolder>(new Xoshiro128(1));
    const none = { isUsed: () => false, known: () => undefined, all: () => new PortSet() };
    const holders: PortHolder[] = [];
    for (let i = 0; i < EPHEMERAL_PORTS; i++) {
      const local = { address: ipv4(0x0a00_0001), port: table.ephemeral(none) };
      const holder = { local, reuseAddress: false, reusePort: false, exclusive: false };
      table.add(holder);
      holders.push(holder);
    }
    expect(new Set(holders.map(({ local }) => local?.port)).size).to.equal(EPHEMERAL_PORTS);
    expect(table.ephemeral(none)).to.equal(0);
    const gone = holders[12_345] as PortHolder;
    table.remove(gone);
    expect(table.ephemeral(none)).to.equal(gone.local?.port);
  });
});
