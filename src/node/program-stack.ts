/**
 * The stack of a program that is put on one as a whole, in each of its threads: this is loaded before the program. In
 * the main thread `register.ts` then adds a TAP device; another thread has the loopback interface alone, and shares it
 * with no other.
 */
import { fileURLToPath } from "node:url";
import { EventLoop, hostRandom } from "../drivers/node/index.ts";
import { Stack } from "../stack/index.ts";
import { chosenContext, use } from "./create.ts";
import net from "./net-entry.ts";
import { replaceNetworkInterfaces } from "./network-interfaces.ts";
import { takeOver } from "./take-over.ts";
import { preloadInWorkers } from "./workers.ts";

function createStack(): Stack {
  const loop = new EventLoop();
  // What is open keeps the process alive; timers alone, as of TIME-WAIT, do not.
  loop.unref();
  const { random } = hostRandom();
  const made = new Stack({ clock: loop, random, wakeAt: (deadline) => loop.wakeAt(deadline) });
  loop.drive(made);
  return made;
}

/** The stack that the program runs on. */
export const stack: Stack = createStack();

use(stack);
preloadInWorkers(fileURLToPath(import.meta.url));
takeOver(net, chosenContext);
replaceNetworkInterfaces(stack);
