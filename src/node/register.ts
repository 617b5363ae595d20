/**
 * `node --import tapstack/register program.js`: the program runs on a stack, unchanged.
 *
 * - `TAPSTACK_TAP`: the TAP device, such as `tap0`. Without it the stack has only its loopback interface.
 * - `TAPSTACK_HOST`: the kernel's address on that device; `10.77.0.1/24` by default. It is the gateway too.
 * - `TAPSTACK_ADDRESS`: the stack's own address in the same network; `10.77.0.2` by default.
 *
 * Either may be of IPv6, or have one of each family with a comma between them: `10.77.0.2,fd77::2`. What cannot be is
 * said in one line, and the program does not start.
 *
 * @module tapstack/register
 */
import "./runtime-check.ts";
import { isMainThread } from "node:worker_threads";
import { openTap, TapError } from "../drivers/node/index.ts";
import { anyLike, type Stack } from "../stack/index.ts";
import { stack as programStack } from "./program-stack.ts";
import { refuseToStart } from "./refuse.ts";
import { type Side, sidesOf } from "./settings.ts";

/** @throws TapError where the device cannot be had, RangeError for a setting that cannot be */
async function plugIn(to: Stack, name: string, sides: readonly Side[]): Promise<void> {
  const hostOf = (family: 4 | 6): string | undefined =>
    sides.find(({ own }) => own.address.family === family)?.host;
  const tap = await openTap({ name, hostAddress: hostOf(4), hostAddress6: hostOf(6) });
  tap.unref();
  const on = to.addInterface(
    tap.name,
    tap,
    sides.map(({ own }) => own),
    { claim: "announce" },
  );
  for (const { own, gateway } of sides) {
    to.addRoute(anyLike(own.address), 0, gateway, on);
  }
}

/** The stack that the program runs on, for one that wants to know after all. */
export const stack: Stack = programStack;

const { TAPSTACK_TAP: device } = process.env;
if (device !== undefined && isMainThread) {
  try {
    await plugIn(stack, device, sidesOf(process.env));
  } catch (error) {
    if (!(error instanceof TapError || error instanceof RangeError)) throw error;
    refuseToStart(error.message);
  }
}
