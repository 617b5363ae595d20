import { expect } from "chai";
import fc from "fast-check";
import { IPV4_ANY, IPV6_ANY, type IpAddress, ipv4, parseIpv6 } from "../../../src/stack/base/ip-address.ts";
import { Listeners } from "../../../src/stack/demux/listeners.ts";

interface Model {
  readonly local: { readonly address: IpAddress; readonly port: number };
  readonly families: readonly (4 | 6)[];
  readonly options: { interfaceName: string };
}

const OWN_6 = parseIpv6("fd00::1") as IpAddress;
const OWN = ipv4(0x0a00_0001);
const PLACES: readonly (readonly [IpAddress, readonly (4 | 6)[]])[] = [
  [IPV4_ANY, [4]],
  [IPV6_ANY, [4, 6]],
  [IPV6_ANY, [6]],
  [OWN, [4]],
  [ipv4(0x0a00_0002), [4]],
  [OWN_6, [6]],
];

/** Those that a walk over all would find fit to take it: of the address itself, else of a wildcard. */
function fitting(
  all: readonly Model[],
  destination: IpAddress,
  name: string,
  port: number,
): readonly Model[] {
  const takes = all.filter(
    ({ local, options }) => local.port === port && ["", name].includes(options.interfaceName),
  );
  const exact = takes.filter(({ local }) => !local.address.isAny && local.address.equals(destination));
  if (exact.length > 0) return exact;
  return takes.filter(({ local, families }) => local.address.isAny && families.includes(destination.family));
}

const step = fc.record({
  remove: fc.boolean(),
  place: fc.constantFrom(...PLACES),
  port: fc.constantFrom(80, 81),
  interfaceName: fc.constantFrom("", "", "eth0", "eth1"),
  at: fc.nat(30),
});

describe("the listeners of TCP", () => {
  it("are found as by a walk over all, after any came and went", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(65_535), (steps, from) => {
        const listeners = new Listeners<Model>();
        const all: Model[] = [];
        for (const { remove, place, port, interfaceName, at } of steps) {
          if (remove) {
            const [gone] = all.splice(at % Math.max(all.length, 1), 1);
            if (gone !== undefined) listeners.delete(gone);
            continue;
          }
          const [address, families] = place;
          const made = { local: { address, port }, families, options: { interfaceName } };
          all.push(made);
          listeners.add(made, families);
        }
        expect([...listeners.all()]).to.deep.equal(all);
        for (const destination of [OWN, OWN_6, ipv4(0x0a00_0003)]) {
          for (const name of ["eth0", "eth1"]) {
            const candidates = fitting(all, destination, name, 80);
            const found = listeners.find(destination, 80, { name }, from);
            if (candidates.length === 0) expect(found).to.equal(undefined);
            else expect(candidates).to.include(found);
            expect(listeners.find(destination, 80, { name }, from)).to.equal(found); // for the same peer the same
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("share connections by the number that is given, each about as many", () => {
    const listeners = new Listeners<Model>();
    const got = new Map<Model, number>();
    for (let i = 0; i < 10; i++) {
      const made: Model = {
        local: { address: IPV4_ANY, port: 80 },
        families: [4],
        options: { interfaceName: "" },
      };
      listeners.add(made, [4]);
      got.set(made, 0);
    }
    for (let from = 1024; from < 11_024; from++) {
      const found = listeners.find(OWN, 80, { name: "eth0" }, from);
      if (found === undefined) throw new Error("nobody listens");
      got.set(found, (got.get(found) ?? 0) + 1);
    }
    for (const share of got.values()) expect(share).to.be.within(800, 1200);
  });
});
