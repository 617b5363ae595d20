import { expect } from "chai";
import fc from "fast-check";
import {
  IPV4_ANY,
  IPV6_ANY,
  IPV6_LOOPBACK,
  IPV6_ONLY,
  type IpAddress,
  ipv4,
} from "../../../src/stack/base/ip-address.ts";
import { Xoshiro128 } from "../../../src/stack/base/random.ts";
import type { SocketAddress } from "../../../src/stack/contract/socket-address.ts";
import { type PortHolder, type PortRights, PortTable } from "../../../src/stack/demux/port-table.ts";

interface Holder extends PortHolder {
  local: SocketAddress | undefined;
  reuseAddress: boolean;
  reusePort: boolean;
  exclusive: boolean;
}

const ADDRESSES = [IPV4_ANY, IPV6_ANY, IPV6_ONLY, IPV6_LOOPBACK, ipv4(0x0a000001), ipv4(0x0a000002)];

function families(address: IpAddress): number[] {
  if (address.family === 4) return [4];
  return address.isAny && address !== IPV6_ONLY ? [4, 6] : [6];
}

/** Whether a bound address takes something of what another does (RFC 3493 §5.3). */
function overlap(a: IpAddress, b: IpAddress): boolean {
  if (!families(a).some((family) => families(b).includes(family))) return false;
  return a.isAny || b.isAny || a.equals(b);
}

/** Holder by holder, as socket(7) and tcp(7) say it. */
function model(all: readonly Holder[], at: SocketAddress, wants: PortRights): boolean {
  return all.some((has) => {
    if (has.local?.port !== at.port) return false;
    if (!overlap(has.local.address, at.address)) return false;
    if (wants.reusePort && has.reusePort) return false;
    return !(wants.reuseAddress && has.reuseAddress && !wants.exclusive && !has.exclusive);
  });
}

const place = fc.record({ address: fc.constantFrom(...ADDRESSES), port: fc.constantFrom(7, 9) });
const rights = fc.record({ reuseAddress: fc.boolean(), reusePort: fc.boolean(), exclusive: fc.boolean() });
const step = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), place, rights }),
  fc.record({ kind: fc.constant("remove" as const), at: fc.nat(30) }),
  fc.record({ kind: fc.constant("change" as const), at: fc.nat(30), place, rights }),
);

describe("the table of ports", () => {
  it("says of a place what a look at every holder says, whatever they did before", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), place, rights, (steps, at, wants) => {
        const table = new PortTable<Holder>(new Xoshiro128(1));
        const all: Holder[] = [];
        for (const one of steps) {
          if (one.kind === "add") {
            const holder = { local: one.place, ...one.rights };
            all.push(holder);
            table.add(holder);
            continue;
          }
          const holder = all[one.at % Math.max(all.length, 1)];
          if (holder === undefined) continue;
          if (one.kind === "remove") {
            all.splice(all.indexOf(holder), 1);
            table.remove(holder);
          } else {
            // A connection gives its socket an address, and never another port.
            const port = holder.local?.port ?? 0;
            Object.assign(holder, one.rights, { local: { address: one.place.address, port } });
            table.changed(holder);
          }
        }
        expect(table.conflict(at, wants)).to.equal(model(all, at, wants) ? "address-in-use" : undefined);
        const listening = all.filter(({ exclusive }) => exclusive);
        const sharing = { reuseAddress: false, reusePort: wants.reusePort, exclusive: true };
        expect(table.isTaken(at, wants.reusePort)).to.equal(model(listening, at, sharing));
        const here = all.filter(({ local }) => local?.port === at.port);
        expect(table.isHeld(at.port)).to.equal(here.length > 0);
        const same = here.filter(({ local }) => local?.address.equals(at.address) && !at.address.isAny);
        expect([...table.holdersAt(at.port, at.address)]).to.have.members(same);
        const wild = here.filter(
          ({ local }) => local?.address.isAny && overlap(local.address, ipv4(0x0a000001)),
        );
        expect([...table.holdersAround(at.port, ipv4(0x0a000001))]).to.have.members(wild);
      }),
      { numRuns: 1000 },
    );
  });
});
