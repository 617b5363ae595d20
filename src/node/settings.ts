/** The addresses of a program's stack on a TAP, from the variables `TAPSTACK_HOST` and `TAPSTACK_ADDRESS`. */
import { addressBits, type InterfaceAddress, type IpAddress, parseIp, samePrefix } from "../stack/index.ts";

/** Of one family: the stack's address on the device, and the kernel's, which is the gateway too. */
export interface Side {
  readonly own: InterfaceAddress;
  readonly gateway: IpAddress;
  /** The kernel's address with its prefix, as `openTap` wants it. */
  readonly host: string;
}

/** What stands where nothing is said: of IPv6, only once one of the two says something of it. */
const HOSTS = { 4: "10.77.0.1/24", 6: "fd77::1/64" } as const;
const OWN = { 4: "10.77.0.2", 6: "fd77::2" } as const;

/**
 * Either variable has an address of IPv4, one of IPv6, or both with a comma between them.
 *
 * @throws RangeError for what is no address, or two of one family
 */
export function sidesOf(environment: NodeJS.ProcessEnv): readonly Side[] {
  const hosts = addressesIn("TAPSTACK_HOST", environment["TAPSTACK_HOST"] ?? "");
  const own = addressesIn("TAPSTACK_ADDRESS", environment["TAPSTACK_ADDRESS"] ?? "");
  const families = ([4, 6] as const).filter((family) => hosts.has(family) || own.has(family));
  return (families.length === 0 ? ([4] as const) : families).map((family) => {
    const [address = "", length = family === 4 ? "24" : "64"] = (hosts.get(family) ?? HOSTS[family]).split(
      "/",
    );
    const [ours = ""] = (own.get(family) ?? OWN[family]).split("/");
    const side = {
      own: { address: parsed("TAPSTACK_ADDRESS", ours), prefixLength: lengthOf(length, family) },
      gateway: parsed("TAPSTACK_HOST", address),
      host: `${address}/${length}`,
    };
    if (samePrefix(side.own.address, side.gateway, side.own.prefixLength)) return side;
    throw new RangeError(`TAPSTACK_ADDRESS ${ours} is not in the network of TAPSTACK_HOST ${side.host}`);
  });
}

function lengthOf(text: string, family: 4 | 6): number {
  const length = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (length <= addressBits(family)) return length;
  throw new RangeError(`TAPSTACK_HOST: /${text} is no length of a prefix`);
}

/** By family, what was written. */
function addressesIn(variable: string, text: string): ReadonlyMap<4 | 6, string> {
  const found = new Map<4 | 6, string>();
  for (const one of text.split(",").map((part) => part.trim())) {
    if (one === "") continue;
    const { family } = parsed(variable, one.split("/")[0] ?? "");
    if (found.has(family)) throw new RangeError(`${variable} has two addresses of IPv${family}: ${text}`);
    found.set(family, one);
  }
  return found;
}

function parsed(variable: string, text: string): IpAddress {
  const address = parseIp(text);
  if (address === undefined) throw new RangeError(`${variable} is no IP address: ${text}`);
  return address;
}
