/** Who has which port in which family: RFC 3493 §3.7 and §5.3 for wildcards of both families and of IPv6 alone. */
import { expect } from "chai";
import {
  ANY_ADDRESS,
  IPV4_ANY,
  IPV6_ANY,
  IPV6_LOOPBACK,
  IPV6_ONLY,
  type IpAddress,
  ipv4,
} from "../../../src/stack/base/ip-address.ts";
import { Xoshiro128 } from "../../../src/stack/base/random.ts";
import { PortSet } from "../../../src/stack/demux/port-set.ts";
import { type PortHolder, PortTable } from "../../../src/stack/demux/port-table.ts";

const HERE = ipv4(0x0a00_0001);

interface Holder extends PortHolder {
  local: { address: IpAddress; port: number };
}

function holder(address: IpAddress, port = 7, reuseAddress = false): Holder {
  return { local: { address, port }, reuseAddress, reusePort: false, exclusive: false };
}

describe("the families of the port table", () => {
  let table: PortTable<Holder>;

  beforeEach(() => {
    table = new PortTable(new Xoshiro128(1));
  });

  /** Those whom a look at every place finds that a datagram of the family might be for. */
  const seen = (family: 4 | 6): Holder[] => {
    const found = family === 4 ? [HERE] : [IPV6_LOOPBACK];
    const around = found.flatMap((address) => [...table.holdersAround(7, address)]);
    const here = found.flatMap((address) => [...table.holdersAt(7, address)]);
    const all = [...here, ...around];
    expect(table.isHeld(7, family === 4 ? HERE : IPV6_LOOPBACK)).to.equal(all.length > 0);
    return all;
  };

  for (const [name, address, four, six] of [
    ["0.0.0.0", IPV4_ANY, 1, 0],
    [":: of both", IPV6_ANY, 1, 1],
    [":: alone", IPV6_ONLY, 0, 1],
    ["::1", IPV6_LOOPBACK, 0, 1],
    ["10.0.0.1", HERE, 1, 0],
  ] as const) {
    it(`shows one at ${name} to those families that it takes`, () => {
      const one = holder(address);
      table.add(one);
      expect([seen(4).length, seen(6).length, table.isHeld(7)]).to.deep.equal([four, six, true]);
      table.remove(one);
      expect([seen(4).length, seen(6).length, table.isHeld(7)]).to.deep.equal([0, 0, false]);
    });

    it(`leaves ${name} beside what is in the other family alone`, () => {
      table.add(holder(address));
      const conflict = (at: IpAddress): boolean =>
        table.conflict({ address: at, port: 7 }, holder(at)) !== undefined;
      expect([conflict(IPV4_ANY), conflict(IPV6_ONLY), conflict(IPV6_ANY)]).to.deep.equal([
        four === 1,
        six === 1,
        true,
      ]);
      expect(conflict(ipv4(0x0a00_0002))).to.equal(four === 1 && address !== HERE);
    });
  }

  it("lets one come back to its wildcard, for which who is bound knows no family", () => {
    const both = holder(IPV6_ANY);
    table.add(both);
    table.remove(both);
    both.local = { address: IPV6_LOOPBACK, port: 7 };
    table.add(both);
    expect(seen(4)).to.deep.equal([]);
    table.remove(both);
    both.local = { address: ANY_ADDRESS, port: 7 };
    table.add(both);
    expect([seen(4), seen(6)]).to.deep.equal([[both], [both]]);
  });

  it("takes the wildcard of no family for IPv4's where nothing else was said", () => {
    const one = holder(ANY_ADDRESS);
    table.add(one);
    expect([seen(4), seen(6)]).to.deep.equal([[one], []]);
  });

  it("gives out no ephemeral port that somebody has in either family", () => {
    const used = new PortSet();
    for (let port = 32_768; port < 61_000; port++) if (port !== 40_000) used.add(port);
    const ephemeral = (): number =>
      table.ephemeral({ isUsed: (port) => port !== 40_000, known: () => undefined, all: () => used });
    expect(ephemeral()).to.equal(40_000);
    table.add(holder(IPV6_ONLY, 40_000));
    expect(ephemeral()).to.equal(0);
  });
});
