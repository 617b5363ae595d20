/**
 * `node --require tapstack/register program.js`: as with `--import`, but without a TAP, which cannot be opened at once.
 * For loaders that live on `require` (ts-node/register, esbuild-register): with `--import` of anything, Node 20 has its
 * loader of ES modules load the program, past them.
 */
import "./runtime-check.ts";
import { stack } from "./program-stack.ts";
import { refuseToStart } from "./refuse.ts";

if (process.env["TAPSTACK_TAP"] !== undefined) {
  refuseToStart("a TAP (TAPSTACK_TAP) is opened by --import tapstack/register, not by --require");
}

export { stack };
