/**
 * Runs inside a network namespace of its own: the main job on 192.168.9.2, on a link as the first argument says, over one
 * or two TAPs. "vxlan": a tunnel to the kernel's end; "vlan": VLAN 10 of a trunk; "bridge": a switch with a spanning tree
 * that joins two TAPs. `states` on its input
 * asks for the states of the bridge's ports, `close` ends it.
 */
import { createInterface } from "node:readline";
import { VlanTrunk, VxlanLink } from "../../src/drivers/link/index.ts";
import { type JoinedPort, Switch } from "../../src/drivers/memory/index.ts";
import { EventLoop, hostRandom, openTap, type TapLink } from "../../src/drivers/node/index.ts";
import { serviceHost, startMainJob } from "../../src/services/index.ts";
import { type IpAddress, type Link, parseIpv4, Stack, seconds } from "../../src/stack/index.ts";

const loop = new EventLoop();
const { random } = hostRandom();
const stack = new Stack({ clock: loop, random, wakeAt: (deadline) => loop.wakeAt(deadline) });
loop.drive(stack);

let tellStates = (): void => say({ event: "states" });

function say(event: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function address(text: string): IpAddress {
  const parsed = parseIpv4(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

async function tap(name: string, hostAddress: string | undefined): Promise<TapLink> {
  return await openTap({
    name,
    offload: false,
    mtu: 1500,
    ...(hostAddress !== undefined && { hostAddress }),
  });
}

async function vxlan(): Promise<Link> {
  const under = await tap("tap9", "10.98.9.1/24");
  stack.addInterface("under", under, [{ address: address("10.98.9.2"), prefixLength: 24 }]);
  return new VxlanLink(stack, loop, loop, { vni: 42, remotes: [address("10.98.9.1")] });
}

async function vlan(): Promise<Link> {
  return new VlanTrunk(await tap("tap9", "10.98.9.1/24")).vlan(10, { priority: 3 });
}

/** Short times: real ones pass here. */
async function bridge(): Promise<Link> {
  const times = { helloTime: seconds(1), maxAge: seconds(6), forwardDelay: seconds(4) };
  const hub = new Switch(loop, loop, {
    spanningTree: { priority: 0x9000, ...times },
    station: 0x0200_0000_0999,
  });
  const ports: JoinedPort[] = [];
  for (const name of ["tap8", "tap9"]) ports.push(hub.join(await tap(name, undefined)));
  tellStates = () => {
    const states = ports.map((port) => port.tree?.state);
    say({ event: "states", states, root: hub.tree?.root.id.toString(16) });
  };
  return hub.port({ edge: true });
}

const [kind = ""] = process.argv.slice(2);
const make = new Map([
  ["vxlan", vxlan],
  ["vlan", vlan],
  ["bridge", bridge],
]).get(kind);
if (make === undefined) throw new Error(`no such link: ${kind}`);
const link = await make();
stack.addInterface("over", link, [{ address: address("192.168.9.2"), prefixLength: 24 }]);
const failure = startMainJob(serviceHost(stack), {
  status: () => {
    throw new Error("no page is asked for");
  },
  date: () => "",
});
say({ event: "ready", failure });
createInterface({ input: process.stdin }).on("line", (line) => {
  if (line === "states") {
    tellStates();
    return;
  }
  say({ event: "closed", counters: link instanceof VxlanLink ? link.counters : {} });
  stack.close();
  process.exit();
});
