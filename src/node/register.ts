/**
 * `node --import tapstack/register program.js`: the program runs on a stack, unchanged.
 *
 * - `TAPSTACK_TAP`: the TAP device, such as `tap0`. Without it the stack has only its loopback interface.
 * - `TAPSTACK_HOST`: the kernel's address on that device; `10.77.0.1/24` by default. It is the gateway too.
 * - `TAPSTACK_ADDRESS`: the stack's own address in the same network; `10.77.0.2` by default.
 */
import { EventLoop, hostRandom, openTap } from "../drivers/node/index.ts";
import { type IpAddress, parseIpv4, Stack } from "../stack/index.ts";
import { use } from "./create.ts";
import dgram from "./dgram-entry.ts";
import net from "./net-entry.ts";
import { redirectNode, replaceModules } from "./take-over.ts";

function addressOf(variable: string, text: string): IpAddress {
  const address = parseIpv4(text);
  if (address === undefined) throw new Error(`${variable} is not an IPv4 address: ${text}`);
  return address;
}

async function openStack(environment: NodeJS.ProcessEnv): Promise<Stack> {
  const { TAPSTACK_TAP: name, TAPSTACK_HOST: host = "10.77.0.1/24" } = environment;
  const loop = new EventLoop();
  // What is open keeps the process alive; timers alone, as of TIME-WAIT, do not.
  loop.unref();
  const { random } = hostRandom();
  const stack = new Stack({ clock: loop, random, wakeAt: (deadline) => loop.wakeAt(deadline) });
  loop.drive(stack);
  if (name === undefined) return stack;
  const address = addressOf("TAPSTACK_ADDRESS", environment["TAPSTACK_ADDRESS"] ?? "10.77.0.2");
  const [hostAddress = "", length = "24"] = host.split("/");
  const tap = await openTap({ name, hostAddress: `${hostAddress}/${length}` });
  tap.unref();
  const gateway = addressOf("TAPSTACK_HOST", hostAddress);
  stack.addInterface(tap.name, tap, [{ address, prefixLength: Number(length) }], { gateway });
  return stack;
}

/** The stack that the program runs on, for one that wants to know after all. */
export const stack: Stack = await openStack(process.env);

use(stack);
replaceModules({ net, dgram });
redirectNode(net);
