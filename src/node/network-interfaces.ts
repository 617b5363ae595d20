/** What `os.networkInterfaces` tells a program that is on a stack as a whole: the stack's interfaces, not the machine's. */
import { createRequire, syncBuiltinESMExports } from "node:module";
import type { NetworkInterfaceInfo } from "node:os";
import { type InterfaceAddress, IpAddress, ipv4, prefixMask, type Stack } from "../stack/index.ts";

const require = createRequire(import.meta.url);

/** As libuv, interfaces without an address are left out. */
export function replaceNetworkInterfaces(stack: Stack): void {
  const os = require("node:os") as Record<string, unknown>;
  os["networkInterfaces"] = function networkInterfaces(): Record<string, NetworkInterfaceInfo[]> {
    const found = stack.interfaces.filter(({ addresses, up }) => up && addresses.length > 0);
    return Object.fromEntries(
      found.map(({ name, index, mac, loopback, addresses }) => [
        name,
        addresses.map((one) => ({ ...described(one, index), mac: mac.toString(), internal: loopback })),
      ]),
    ) as Record<string, NetworkInterfaceInfo[]>;
  };
  syncBuiltinESMExports();
}

function described({ address, prefixLength }: InterfaceAddress, index: number): object {
  const common = {
    address: address.toString(),
    cidr: `${address}/${prefixLength}`,
    netmask: netmask(address, prefixLength),
  };
  if (address.family === 4) return { ...common, family: "IPv4" };
  // fe80::/10 (RFC 4291 §2.5.6): of these, the interface belongs to the address.
  const isLinkLocal = address.word0 >>> 22 === 0xfe80 >>> 6;
  return { ...common, family: "IPv6", scopeid: isLinkLocal ? index : 0 };
}

function netmask({ family }: IpAddress, length: number): string {
  if (family === 4) return ipv4(prefixMask(length)).toString();
  const word = (at: number): number => prefixMask(Math.min(32, Math.max(0, length - 32 * at)));
  return new IpAddress(word(0), word(1), word(2), word(3)).toString();
}
