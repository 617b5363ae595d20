/**
 * The file of `tapstack route`: which TAPs, their addresses, routes, and rules. Read strictly: what cannot be is refused
 * with its place.
 */
import type { Batching } from "../drivers/node/index.ts";
import type {
  AdvertisementOptions,
  InterfaceAddress,
  IpAddress,
  MacAddress,
  ReversePath,
} from "../stack/index.ts";
import { parseMac, REVERSE_PATHS } from "../stack/index.ts";
import type { CompiledRules } from "../stack/rules/compiled.ts";
import { parseJson, readRules } from "../stack/rules/parse.ts";
import { Value } from "../stack/rules/reader.ts";
import { readAdvertise } from "./advertise-file.ts";
import { type RouteTunnel, readTunnel } from "./tunnel-file.ts";

/** One interface: a TAP, with a link header, or a TUN, without. */
export interface RouteInterface {
  readonly name: string;
  readonly kind: "tap" | "tun";
  readonly addresses: readonly InterfaceAddress[];
  /** The kernel's own address on the device; undefined: it gets none. */
  readonly host: string | undefined;
  readonly mac: MacAddress | undefined;
  readonly mtu: number;
  readonly offload: boolean;
  readonly batching: Batching;
  /** What the hosts on its link are told of this router (RFC 4861 §6.2); undefined: nothing. */
  readonly advertise: AdvertisementOptions | undefined;
}

/** One route. */
export interface StaticRoute {
  readonly to: { readonly address: IpAddress; readonly prefixLength: number };
  readonly via: IpAddress | undefined;
  readonly through: string;
  readonly metric: number;
}

/** All that the file says. */
export interface RouteFile {
  readonly interfaces: readonly RouteInterface[];
  readonly routes: readonly StaticRoute[];
  readonly reversePath: ReversePath;
  readonly redirects: boolean;
  /** Interfaces over tunnels, which lead over the others. */
  readonly tunnels: readonly RouteTunnel[];
  /** Speaks RIP version 2 (4), or RIPng (6), on all interfaces. */
  readonly rip: readonly (4 | 6)[];
  /** Undefined: neither filter nor translation. */
  readonly rules: CompiledRules | undefined;
}

/** Reads the file's text. @throws RuleError */
export function readRouteFile(text: string): RouteFile {
  const whole = new Value(parseJson(text), [], text);
  if (!whole.given) whole.fail("it is empty");
  whole.only(["interfaces", "tunnels", "routes", "reversePath", "redirects", "rip", "rules"]);
  const list = whole.member("interfaces");
  const interfaces = list.elements().map(readInterface);
  if (interfaces.length === 0) list.fail("a router needs interfaces");
  const further = whole.member("tunnels");
  const tunnels = further.elements().map(readTunnel);
  const names = [...interfaces, ...tunnels].map(({ name }) => name);
  [...list.elements(), ...further.elements()].forEach((one, index) => {
    if (names.indexOf(names[index] ?? "") < index) one.fail(`there is a "${names[index]}" already`);
  });
  const reversePath = whole.member("reversePath");
  const redirects = whole.member("redirects");
  const rules = whole.member("rules");
  return {
    interfaces,
    tunnels,
    routes: whole
      .member("routes")
      .elements()
      .map((one) => readRoute(one, names)),
    reversePath: reversePath.given ? reversePath.oneOf(REVERSE_PATHS) : "off",
    redirects: redirects.given ? redirects.flag() : true,
    rip: whole
      .member("rip")
      .elements()
      .map((one) => (one.value === 4 || one.value === 6 ? one.value : one.fail("it must be 4 or 6"))),
    rules: rules.given ? readRules(rules) : undefined,
  };
}

function readInterface(one: Value): RouteInterface {
  one.only(["tap", "tun", "addresses", "host", "mac", "mtu", "offload", "batching", "advertise"]);
  const kind = one.member("tun").given ? "tun" : "tap";
  const name = one.member(kind);
  if (!name.given) one.fail('"tap" or "tun" is missing: the name of the device');
  if (kind === "tun" && one.member("tap").given) one.fail('it is either a "tap" or a "tun"');
  const addresses = one.member("addresses");
  if (!addresses.given) one.fail('"addresses" are missing');
  const [host, mtu, offload] = ["host", "mtu", "offload"].map((of) => one.member(of)) as [
    Value,
    Value,
    Value,
  ];
  const batching = one.member("batching");
  const octets = mtu.given ? mtu.integer(68, 65_521) : 1500;
  return {
    name: name.text(),
    kind,
    addresses: addresses.oneOrMore().map((address) => address.interfaceAddress()),
    host: host.given ? host.text() : undefined,
    mac: readMac(one.member("mac"), kind),
    mtu: octets,
    offload: offload.given ? offload.flag() : true,
    batching: batching.given ? batching.oneOf(["single", "batch", "thread"]) : "batch",
    advertise: readAdvertisements(one.member("advertise"), kind, octets),
  };
}

function readAdvertisements(value: Value, kind: "tap" | "tun", mtu: number): RouteInterface["advertise"] {
  if (kind === "tun" && value.given) value.fail("a TUN has no neighbours to be told");
  return readAdvertise(value, mtu);
}

function readMac(value: Value, kind: "tap" | "tun"): MacAddress | undefined {
  if (!value.given) return undefined;
  if (kind === "tun") value.fail("a TUN has no stations");
  const mac = parseMac(value.text());
  return mac === undefined || mac.isGroup
    ? value.fail("it is no station's address, as 02:00:00:00:00:02")
    : mac;
}

function readRoute(one: Value, names: readonly string[]): StaticRoute {
  one.only(["to", "via", "through", "metric"]);
  const [to, via, metric] = ["to", "via", "metric"].map((of) => one.member(of)) as [Value, Value, Value];
  if (!to.given) one.fail('"to" is missing: a prefix');
  const range = to.range();
  if (range.not) to.fail("a route leads to a prefix, not to all others");
  const through = one.member("through");
  if (!through.given) one.fail('"through" is missing: the interface');
  return {
    to: range,
    via: via.given ? via.address() : undefined,
    through: through.oneOf(names),
    metric: metric.given ? metric.integer(0, 0x7fff_ffff) : 0,
  };
}
