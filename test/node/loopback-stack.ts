import { EventLoop, hostRandom } from "../../src/drivers/node/index.ts";
import { Stack } from "../../src/stack/index.ts";

/** A stack with nothing but its loopback interface, on Node's event loop; it does not keep the process alive. */
export function loopbackStack(): Stack {
  const loop = new EventLoop();
  loop.unref();
  const stack = new Stack({
    clock: loop,
    random: hostRandom().random,
    wakeAt: (deadline) => loop.wakeAt(deadline),
  });
  loop.drive(stack);
  return stack;
}
