import { expect } from "chai";
import {
  IPV4_ANY,
  IPV6_ANY,
  IPV6_ONLY,
  type IpAddress,
  ipv4,
  parseIp,
} from "../../../../src/stack/base/ip-address.ts";
import { below, Xoshiro128 } from "../../../../src/stack/base/random.ts";
import type { Flow } from "../../../../src/stack/demux/flow-table.ts";
import { PortSet } from "../../../../src/stack/demux/port-set.ts";
import type { PortUse } from "../../../../src/stack/demux/port-table.ts";
import { ConnectionTable } from "../../../../src/stack/tcp/demux/connection-table.ts";

function flow(localPort: number, remotePort: number): Flow {
  const [localAddress, remoteAddress] = [ipv4(0x0a00_0001), ipv4(0x0a00_0002)];
  return { localAddress, localPort, remoteAddress, remotePort, flowHash: 0, flowNext: undefined };
}

/** What is asked for by somebody who chooses a port. */
function all(use: PortUse): PortSet {
  return use.known() ?? use.all();
}

describe("the table of connections", () => {
  it("counts those of each local port, from 0 to 65535", () => {
    const table = new ConnectionTable(1);
    const ports = [0, 1, 255, 256, 257, 32_767, 32_768, 65_534, 65_535];
    const flows = ports.flatMap((port) => [flow(port, 1), flow(port, 2)]);
    for (const port of ports) expect(table.uses(port)).to.equal(0);
    for (const one of flows) table.add(one);
    for (const port of ports) expect(table.uses(port), `port ${port}`).to.equal(2);
    for (const port of [2, 254, 258, 512, 65_533]) expect(table.uses(port), `port ${port}`).to.equal(0);
    const again = flow(256, 1);
    table.replace(flows[6] as Flow, again);
    flows[6] = again;
    expect(table.uses(256)).to.equal(2);
    for (const one of flows) table.remove(one);
    table.remove(again);
    for (const port of ports) expect(table.uses(port), `port ${port}`).to.equal(0);
    expect(table.size).to.equal(0);
  });

  it("tells who stands in the way at an address, and at the wildcard of each family", () => {
    const table = new ConnectionTable(1);
    table.add(flow(80, 1)); // from 10.0.0.1
    expect(table.usesAt({ address: ipv4(0x0a00_0001), port: 80 })).to.equal(true);
    expect(table.usesAt({ address: ipv4(0x0a00_0009), port: 80 })).to.equal(false);
    expect(table.usesAt({ address: ipv4(0x0a00_0001), port: 81 })).to.equal(false);
    expect(table.usesAt({ address: IPV4_ANY, port: 80 })).to.equal(true);
    expect(table.usesAt({ address: IPV6_ANY, port: 80 })).to.equal(true);
    expect(table.usesAt({ address: IPV6_ONLY, port: 80 })).to.equal(false);
    expect(table.usesAt({ address: parseIp("fd77::2") as IpAddress, port: 80 })).to.equal(false);
  });

  it("knows the ephemeral ports in use, in all and between two ends, while connections come and go", () => {
    const [local, remote, other] = [ipv4(0x0a00_0001), ipv4(0x0a00_0002), ipv4(0x0a00_0003)];
    const table = new ConnectionTable(1);
    const random = new Xoshiro128(5);
    const there = new Map<number, Flow>();
    const elsewhere = { ...flow(40_000, 7), remoteAddress: other };
    table.add(elsewhere);
    const check = (): void => {
      for (const [known, ports] of [
        [all(table.portUseTo(local, remote, 7)), [...there.keys()]],
        [all(table.portUse), [...new Set([40_000, ...there.keys()])]],
      ] as const) {
        expect(known.size).to.equal(ports.length);
        const expected = new PortSet();
        for (const port of ports) expected.add(port);
        expect(known.words).to.deep.equal(expected.words);
      }
    };
    check();
    // Up beyond half of the ports, from where they are remembered, and down again, twice.
    for (const goal of [20_000, 5_000, 28_232, 100]) {
      while (there.size !== goal) {
        const port = 32_768 + below(random, 28_232);
        const old = there.get(port);
        if (old !== undefined && there.size > goal) {
          there.delete(port);
          table.remove(old);
        } else if (old === undefined && there.size < goal) {
          const made = flow(port, 7);
          there.set(port, made);
          table.add(made);
        } else continue;
        if (there.size % 4_000 === 0) check();
      }
      check();
    }
    table.remove(elsewhere);
    expect(table.portUse.all().size).to.equal(100);
  });
});
