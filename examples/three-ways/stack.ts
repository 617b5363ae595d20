/** What the three programs run on: a stack with nothing but its loopback interface. `close` ends it. */
import { EventLoop, hostRandom } from "tapstack/drivers/node";
import { Stack } from "tapstack/stack";

const loop = new EventLoop();
const { random } = hostRandom();
export const stack: Stack = new Stack({ clock: loop, random, wakeAt: (deadline) => loop.wakeAt(deadline) });
loop.drive(stack);

export function close(): void {
  stack.close();
  loop.close();
}
