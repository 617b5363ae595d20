/** `tapstack route`: a router over several TAPs, as a file says. */
import { readFileSync } from "node:fs";
import { L2tpLink, VxlanLink } from "../drivers/link/index.ts";
import { EventLoop, hostRandom, openTap, type TapLink } from "../drivers/node/index.ts";
import { Rip } from "../services/index.ts";
import { Firewall, type Router, RuleError, Stack } from "../stack/index.ts";
import { formatRules } from "../stack/rules/format.ts";
import { parseArguments } from "./parse-arguments.ts";
import { type RouteFile, type RouteInterface, readRouteFile } from "./route-file.ts";
import { signalled } from "./signals.ts";
import { Output } from "./standard-output.ts";
import type { RouteTunnel } from "./tunnel-file.ts";
import { UsageError } from "./usage-error.ts";
import { WatchedLink } from "./watched-link.ts";
import { boundYoungGeneration } from "./young-generation.ts";

/** What `tapstack route --help` prints. */
const ROUTE_HELP = `Usage: tapstack route FILE [options]

Opens the TAP devices that FILE names, and passes datagrams on between them. FILE is JSON; docs/routers.md has
the form. The smallest one:

  {
    "interfaces": [
      { "tap": "lan0", "addresses": "10.1.0.254/24" },
      { "tap": "wan0", "addresses": "198.51.100.2/24" }
    ],
    "routes": [{ "to": "0.0.0.0/0", "via": "198.51.100.1", "through": "wan0" }],
    "rules": { "nat": [{ "do": "masquerade", "out": "wan0" }] }
  }

With "rip": [4, 6] it speaks RIP version 2 and RIPng on all of them; with "tun" in place of "tap" a device has no
Ethernet. "tunnels" are further interfaces, to other ends by VXLAN or L2TPv3. With "advertise": true an interface tells the hosts on its link of this router and its IPv6 prefixes.

  --check     read FILE, show its rules as nft would list them, and open nothing
  --help      this text
`;

/** Runs the subcommand; its exit status. */
export async function route(args: readonly string[]): Promise<number> {
  const given = readOptions(args);
  if (given === "help") {
    process.stdout.write(ROUTE_HELP);
    return 0;
  }
  const file = readFile(given.path);
  if (!given.check) return await new Routing(file).run();
  if (file.rules !== undefined) process.stdout.write(`${formatRules(file.rules)}\n`);
  return 0;
}

const OPTIONS = {
  check: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

function readOptions(args: readonly string[]): { readonly path: string; readonly check: boolean } | "help" {
  const { values, positionals } = parseArguments(args, OPTIONS);
  if (values.help) return "help";
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) throw new UsageError("route needs one FILE");
  return { path, check: values.check };
}

function readFile(path: string): RouteFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
  try {
    return readRouteFile(text);
  } catch (error) {
    if (error instanceof RuleError) throw new UsageError(`${path}: ${error.message}`);
    throw error;
  }
}

/** A router, from its start to the signal that ends it. */
class Routing {
  readonly #file: RouteFile;
  readonly #output: Output = new Output();
  readonly #loop: EventLoop = new EventLoop();
  readonly #stack: Stack;
  readonly #router: Router;
  #end: (status: number) => void = () => {};

  constructor(file: RouteFile) {
    this.#file = file;
    const loop = this.#loop;
    this.#stack = new Stack({ clock: loop, random: hostRandom().random, wakeAt: (at) => loop.wakeAt(at) });
    loop.drive(this.#stack);
    const { reversePath, redirects } = file;
    this.#router = this.#stack.startRouter({ reversePath, redirects });
  }

  async run(): Promise<number> {
    boundYoungGeneration();
    const ended = new Promise<number>((resolve) => {
      this.#end = resolve;
    });
    for (const one of this.#file.interfaces) await this.#open(one);
    for (const one of this.#file.tunnels) this.#dig(one);
    this.#addRoutes();
    const firewall =
      this.#file.rules === undefined ? undefined : new Firewall(this.#router, this.#file.rules);
    const rips = this.#file.rip.map((family) => new Rip(this.#stack, { family }));
    const names = [...this.#file.interfaces, ...this.#file.tunnels].map(({ name, addresses }) => {
      return `${name} ${addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`).join(" ")}`;
    });
    this.#output.line(`tapstack: routing between ${names.join(", ")}`);
    this.#output.flush();
    const status = await signalled(ended);
    for (const line of this.#statistics(firewall)) this.#output.line(line);
    for (const rip of rips) rip.close();
    for (const one of this.#stack.interfaces) if (!one.loopback) this.#stack.advertise(one, undefined);
    this.#stack.close();
    this.#loop.close();
    await this.#output.close();
    return status;
  }

  async #open(one: RouteInterface): Promise<void> {
    const { name, host, mtu, offload, batching, mac, addresses, advertise } = one;
    const ipv6 = advertise !== undefined; // the kernel is to listen to what it is told
    const tap = await openTap({ name, hostAddress: host, ipv6, mtu, offload, batching, kind: one.kind });
    const link = new WatchedLink(tap, (reason) => this.#gone(tap, reason));
    const device = this.#stack.addInterface(name, link, addresses, { mac });
    if (advertise !== undefined) this.#stack.advertise(device, advertise);
  }

  /** One end of a tunnel: its other ends are reached by way of this same stack. */
  #dig(tunnel: RouteTunnel): void {
    const loop = this.#loop;
    const link =
      tunnel.kind === "vxlan"
        ? new VxlanLink(this.#stack, loop, loop, tunnel.options)
        : new L2tpLink(this.#stack, loop, tunnel.options);
    this.#stack.addInterface(tunnel.name, link, tunnel.addresses);
  }

  #addRoutes(): void {
    for (const { to, via, through, metric } of this.#file.routes) {
      const found = this.#stack.interface(through);
      if (found === undefined) throw new Error(`there is no interface ${through}`);
      this.#stack.addRoute(to.address, to.prefixLength, via, found, undefined, metric);
    }
  }

  #statistics(firewall: Firewall | undefined): readonly string[] {
    const { ipForwDatagrams, ipOutForwDatagrams, drops } = this.#router.counters;
    const dropped = Object.entries(drops.toJSON()).map(([reason, count]) => `${reason} ${count}`);
    return [
      `${ipOutForwDatagrams} of ${ipForwDatagrams} datagrams passed on`,
      ...(dropped.length > 0 ? [`dropped: ${dropped.join(", ")}`] : []),
      ...(firewall === undefined ? [] : [firewall.toString()]),
    ];
  }

  #gone(tap: TapLink, reason: string): void {
    process.stderr.write(`tapstack: ${tap.name} is gone: ${reason}\n`);
    this.#end(1);
  }
}
