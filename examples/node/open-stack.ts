/**
 * A stack on a TAP device, and Node's `net` over it: what every example here begins with. Run as root on Linux:
 *
 *     node build/examples/node/express-site.js
 *     curl http://10.77.0.2/
 *
 * TAP, HOST and ADDRESS in the environment name another device, the kernel's address on it, and the stack's.
 */
import { EventLoop, hostRandom, openTap } from "tapstack/drivers/node";
import { createNet, type Net } from "tapstack/net";
import { parseIpv4, Stack } from "tapstack/stack";

export interface OpenStack {
  readonly net: Net;
  /** The stack's address, and the kernel's at the other end of the TAP. */
  readonly address: string;
  readonly host: string;
  /** Ends it: the device goes, and the process may end. */
  close(): void;
}

export async function openStack(): Promise<OpenStack> {
  const { TAP: name = "tap0", HOST: host = "10.77.0.1", ADDRESS: text = "10.77.0.2" } = process.env;
  const address = parseIpv4(text);
  if (address === undefined) throw new Error(`ADDRESS is not an IPv4 address: ${text}`);
  const tap = await openTap({ name, hostAddress: `${host}/24` });
  const loop = new EventLoop();
  const { random } = hostRandom();
  const stack = new Stack({ clock: loop, random, wakeAt: (deadline) => loop.wakeAt(deadline) });
  loop.drive(stack);
  stack.addInterface(tap.name, tap, [{ address, prefixLength: 24 }]);
  const close = (): void => {
    stack.close();
    loop.close();
  };
  return { net: createNet(stack), address: text, host, close };
}
