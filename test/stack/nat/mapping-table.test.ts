import { expect } from "chai";
import { type IpAddress, parseIp, Xoshiro128 } from "../../../src/stack/index.ts";
import { BEHAVIOURS, type Behaviour } from "../../../src/stack/nat/behaviour.ts";
import type { MappedEndpoint, Mapping } from "../../../src/stack/nat/mapping.ts";
import { MappingTable } from "../../../src/stack/nat/mapping-table.ts";

const UDP = 17;

describe("mappings of one port of a host to several destinations, whose external port is one", () => {
  const at = (text: string, port: number): MappedEndpoint => ({
    address: parseIp(text) as IpAddress,
    port,
  });
  const [inside, outside] = [at("10.0.0.2", 5000), at("203.0.113.5", 0).address];
  let table: MappingTable;
  const make = (remote: MappedEndpoint, behaviour: Behaviour): Mapping =>
    table.make(UDP, inside, remote, outside, behaviour) as Mapping;
  const find = (caller: MappedEndpoint): Mapping | undefined => table.fromOutside(UDP, outside, 5000, caller);

  beforeEach(() => {
    table = new MappingTable(new Xoshiro128(1));
  });

  it("are each found by whom it is to, whichever was made first, and are forgotten one by one", () => {
    const remotes = [1, 2, 3].map((port) => at("198.51.100.1", port));
    const mappings = remotes.map((remote) => make(remote, BEHAVIOURS["linux"] as Behaviour));
    expect(mappings.map(({ external }) => external.port)).to.deep.equal([5000, 5000, 5000]);
    expect(remotes.map(find)).to.deep.equal(mappings);
    expect(find(at("198.51.100.9", 1))?.admits(at("198.51.100.9", 1).address, 1)).to.equal(false);
    table.unused(mappings[0] as Mapping);
    expect(find(remotes[1] as MappedEndpoint)).to.equal(mappings[1]);
    table.unused(mappings[2] as Mapping);
    expect(find(remotes[2] as MappedEndpoint)).to.equal(mappings[1]);
    table.unused(mappings[1] as Mapping);
    expect(find(remotes[1] as MappedEndpoint)).to.equal(undefined);
    expect(table.size).to.equal(0);
  });

  it("are found by whoever one of them admits, where the filter asks for less than the mapping", () => {
    const behaviour: Behaviour = { ...(BEHAVIOURS["linux"] as Behaviour), filtering: "endpoint-independent" };
    const first = make(at("198.51.100.1", 1), behaviour);
    const second = make(at("198.51.100.1", 2), behaviour);
    expect(find(at("198.51.100.1", 2))).to.equal(second);
    expect(find(at("198.51.100.9", 9))).to.equal(first);
  });

  it("leave the port of another host alone", () => {
    make(at("198.51.100.1", 1), BEHAVIOURS["linux"] as Behaviour);
    const other = table.make(
      UDP,
      at("10.0.0.3", 5000),
      at("198.51.100.1", 1),
      outside,
      BEHAVIOURS["linux"] as Behaviour,
    );
    expect(other?.external.port).to.not.equal(5000);
  });
});
