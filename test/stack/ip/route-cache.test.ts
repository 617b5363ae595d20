import { expect } from "chai";
import fc from "fast-check";
import { IPV4_ANY, IpAddress, ipv4 } from "../../../src/stack/base/ip-address.ts";
import { PLAIN } from "../../../src/stack/contract/datagram-shape.ts";
import type { RouteWish } from "../../../src/stack/contract/network.ts";
import { type CachedRoute, RouteCache } from "../../../src/stack/ip/route-cache.ts";

interface Asked {
  readonly destination: IpAddress;
  readonly source: IpAddress;
  readonly through: number;
  readonly wish: RouteWish;
}

function route({ destination, source, through, wish }: Asked): CachedRoute {
  return { destination, askedSource: source, askedThrough: through, askedWish: wish } as CachedRoute;
}

/** Many share a hash: an IPv6 address may be made so that its words cancel out. */
const address = fc.oneof(
  fc.nat(40).map((n) => ipv4(0x0a00_0000 + n)),
  fc.nat(40).map((n) => new IpAddress(0xfd00_0000, n, n, 1)),
);
const asked = fc.record({
  destination: address,
  source: fc.constantFrom(IPV4_ANY, ipv4(0x0a00_0001)),
  through: fc.nat(2),
  wish: fc.record({ mark: fc.nat(1), transparent: fc.boolean(), shape: fc.constant(PLAIN) }),
});

describe("the cache of routes", () => {
  it("gives the last route that was made for what is asked, or none", () => {
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 300 }), fc.array(asked), (made, wanted) => {
        const cache = new RouteCache<CachedRoute>();
        const model = new Map<string, CachedRoute>();
        const nameOf = ({ destination, source, through, wish }: Asked): string =>
          `${destination} ${source} ${through} ${wish.mark} ${wish.transparent}`;
        for (const one of made) {
          const fresh = route(one);
          cache.set(fresh);
          model.set(nameOf(one), fresh);
          expect(cache.get(one.destination, one.source, one.through, one.wish)).to.equal(fresh);
        }
        for (const one of wanted) {
          const found = cache.get(one.destination, one.source, one.through, one.wish);
          if (found !== undefined) expect(found).to.equal(model.get(nameOf(one)));
        }
        expect(cache.size).to.be.at.most(model.size);
        cache.clear();
        expect(cache.size).to.equal(0);
        for (const one of made)
          expect(cache.get(one.destination, one.source, one.through, one.wish)).to.equal(undefined);
      }),
    );
  });

  it("keeps nearly all of 100,000, and never more than it may have", () => {
    const cache = new RouteCache<CachedRoute>();
    const wish = { mark: 0, transparent: false, shape: PLAIN };
    const at = (n: number): Asked => ({
      destination: ipv4(0x0a01_0000 + n),
      source: IPV4_ANY,
      through: 0,
      wish,
    });
    for (let n = 0; n < 100_000; n++) cache.set(route(at(n)));
    let kept = 0;
    for (let n = 0; n < 100_000; n++) {
      const { destination, source, through } = at(n);
      if (cache.get(destination, source, through, wish) !== undefined) kept++;
    }
    expect(kept).to.equal(cache.size);
    expect(kept).to.be.greaterThan(90_000);
    for (let n = 0; n < 500_000; n++) cache.set(route(at(100_000 + n)));
    expect(cache.size).to.be.within(120_000, 131_072);
  });
});
