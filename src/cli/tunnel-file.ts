/** Tunnels in the file of `tapstack route`: VXLAN (RFC 7348) and L2TPv3 (RFC 3931) to other ends, over the router itself. */
import type { L2tpOptions, VxlanOptions } from "../drivers/link/index.ts";
import type { InterfaceAddress } from "../stack/index.ts";
import type { Value } from "../stack/rules/reader.ts";

/** One end of a tunnel, and the interface on it. */
export type RouteTunnel = {
  readonly name: string;
  readonly addresses: readonly InterfaceAddress[];
} & (
  | { readonly kind: "vxlan"; readonly options: VxlanOptions }
  | { readonly kind: "l2tp"; readonly options: L2tpOptions }
);

const COMMON = ["addresses", "local", "port", "mtu"];
const VXLAN = ["vxlan", ...COMMON, "vni", "remotes"];
const L2TP = [
  "l2tp",
  ...COMMON,
  "remote",
  "over",
  "peerPort",
  "session",
  "peerSession",
  "cookie",
  "peerCookie",
  "sublayer",
  "sequencing",
];
const MOST_SESSION = 0xffff_ffff;

/** Reads one of the `tunnels`. @throws RuleError */
export function readTunnel(one: Value): RouteTunnel {
  const isL2tp = one.member("l2tp").given;
  one.only(isL2tp ? L2TP : VXLAN);
  const name = one.member(isL2tp ? "l2tp" : "vxlan");
  if (!name.given) one.fail('"vxlan" or "l2tp" is missing: the name of the interface');
  const addresses = one.member("addresses");
  if (!addresses.given) one.fail('"addresses" are missing');
  const all = addresses.oneOrMore().map((address) => address.interfaceAddress());
  const head = { name: name.text(), addresses: all };
  return isL2tp
    ? { ...head, kind: "l2tp", options: readL2tp(one) }
    : { ...head, kind: "vxlan", options: readVxlan(one) };
}

function readVxlan(one: Value): VxlanOptions {
  const remotes = one.member("remotes");
  if (!remotes.given) one.fail('"remotes" are missing: the other ends');
  return {
    ...readCommon(one),
    vni: required(one, "vni").integer(0, 0xff_ffff),
    remotes: remotes.oneOrMore().map((remote) => remote.address()),
  };
}

function readL2tp(one: Value): L2tpOptions {
  const optional = <T>(name: string, read: (value: Value) => T): T | undefined => {
    const value = one.member(name);
    return value.given ? read(value) : undefined;
  };
  return {
    ...readCommon(one),
    remote: required(one, "remote").address(),
    over: optional("over", (value) => value.oneOf(["udp", "ip"])),
    peerPort: optional("peerPort", (value) => value.port()),
    session: required(one, "session").integer(1, MOST_SESSION),
    peerSession: required(one, "peerSession").integer(1, MOST_SESSION),
    cookie: optional("cookie", readCookie),
    peerCookie: optional("peerCookie", readCookie),
    sublayer: optional("sublayer", (value) => value.flag()),
    sequencing: optional("sequencing", (value) => value.flag()),
  };
}

function readCommon(one: Value): Pick<L2tpOptions, "local" | "port" | "mtu"> {
  const [local, port, mtu] = ["local", "port", "mtu"].map((name) => one.member(name)) as [
    Value,
    Value,
    Value,
  ];
  return {
    local: local.given ? local.address() : undefined,
    port: port.given ? port.port() : undefined,
    mtu: mtu.given ? mtu.integer(68, 65_000) : undefined,
  };
}

/** 8 or 16 hexadecimal digits, as `ip l2tp` has them. */
function readCookie(value: Value): Uint8Array {
  const text = value.text();
  if (!/^(?:[0-9a-f]{8}){1,2}$/i.test(text)) value.fail("a cookie has 8 or 16 hexadecimal digits");
  return Uint8Array.from(Buffer.from(text, "hex"));
}

function required(one: Value, name: string): Value {
  const value = one.member(name);
  return value.given ? value : one.fail(`"${name}" is missing`);
}
