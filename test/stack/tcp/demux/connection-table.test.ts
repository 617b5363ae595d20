import { expect } from "chai";
import { ipv4 } from "../../../../src/stack/base/ip-address.ts";
import type { Flow } from "../../../../src/stack/demux/flow-table.ts";
import { ConnectionTable } from "../../../../src/stack/tcp/demux/connection-table.ts";

function flow(localPort: number, remotePort: number): Flow {
  const [localAddress, remoteAddress] = [ipv4(0x0a00_0001), ipv4(0x0a00_0002)];
  return { localAddress, localPort, remoteAddress, remotePort, flowHash: 0, flowNext: undefined };
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
});
