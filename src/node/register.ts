/**
 * `node --import tapstack/register program.js`: the program runs on a stack, unchanged.
 *
 * - `TAPSTACK_TAP`: the TAP device, such as `tap0`. Without it the stack has only its loopback interface.
 * - `TAPSTACK_HOST`: the kernel's address on that device; `10.77.0.1/24` by default. It is the gateway too.
 * - `TAPSTACK_ADDRESS`: the stack's own address in the same network; `10.77.0.2` by default.
 *
 * @module tapstack/register
 */
import "./runtime-check.ts";
import { isMainThread } from "node:worker_threads";
import { openTap } from "../drivers/node/index.ts";
import { type IpAddress, parseIpv4, type Stack } from "../stack/index.ts";
import { stack as programStack } from "./program-stack.ts";

function addressOf(variable: string, text: string): IpAddress {
  const address = parseIpv4(text);
  if (address === undefined) throw new Error(`${variable} is not an IPv4 address: ${text}`);
  return address;
}

async function plugIn(to: Stack, name: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const { TAPSTACK_HOST: host = "10.77.0.1/24" } = environment;
  const address = addressOf("TAPSTACK_ADDRESS", environment["TAPSTACK_ADDRESS"] ?? "10.77.0.2");
  const [hostAddress = "", length = "24"] = host.split("/");
  const tap = await openTap({ name, hostAddress: `${hostAddress}/${length}` });
  tap.unref();
  const gateway = addressOf("TAPSTACK_HOST", hostAddress);
  to.addInterface(tap.name, tap, [{ address, prefixLength: Number(length) }], { gateway });
}

/** The stack that the program runs on, for one that wants to know after all. */
export const stack: Stack = programStack;

const { TAPSTACK_TAP: device } = process.env;
if (device !== undefined && isMainThread) await plugIn(stack, device, process.env);
