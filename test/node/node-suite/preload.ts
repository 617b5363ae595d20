/**
 * Loaded before each of Node's own tests (`--import`): gives `net` and `dgram` to everything that asks for
 * them, over a stack with nothing but its loopback interface. That is the only interface that the machine is
 * said to have, since Node's tests ask for addresses to know what they may try.
 */
import { appendFileSync } from "node:fs";
import os from "node:os";
import { chosenContext, use } from "../../../src/node/create.ts";
import net from "../../../src/node/net-entry.ts";
import { takeOver } from "../../../src/node/take-over.ts";
import { loopbackStack } from "../loopback-stack.ts";

const stack = loopbackStack();
use(stack);
takeOver(net, chosenContext);

const { networkInterfaces } = os;
os.networkInterfaces = () =>
  Object.fromEntries(
    Object.entries(networkInterfaces()).filter(([, addresses]) =>
      addresses?.every(({ internal }) => internal),
    ),
  );

// For the runner: how many sockets of this process were the stack's.
let opened = 0;
const { openTcp, openUdp } = stack;
stack.openTcp = () => {
  opened++;
  return openTcp.call(stack);
};
stack.openUdp = () => {
  opened++;
  return openUdp.call(stack);
};
const report = process.env["TAPSTACK_OPENED"];
if (report !== undefined) process.on("exit", () => appendFileSync(report, `${opened}\n`));
