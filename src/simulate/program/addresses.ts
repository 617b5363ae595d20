/** Addresses cross the channel as text. */
import { type IpAddress, parseIp } from "../../stack/base/index.ts";

/** @throws Error when the kernel has sent something else */
export function addressOf(text: string): IpAddress {
  const address = parseIp(text);
  if (address === undefined) throw new Error(`the kernel has sent the address ${text}, which is none`);
  return address;
}
