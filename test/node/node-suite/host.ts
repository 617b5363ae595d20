/** The stack that Node's tests run over: one host with nothing but its loopback interface. */
import { EventLoop, hostRandom } from "../../../src/drivers/node/index.ts";
import { createDgram, createNet, type Dgram, type Net } from "../../../src/node/index.ts";
import { Stack } from "../../../src/stack/index.ts";

export function openSuiteHost(): { readonly net: Net; readonly dgram: Dgram } {
  const loop = new EventLoop();
  loop.unref();
  const stack = new Stack({
    clock: loop,
    random: hostRandom().random,
    wakeAt: (deadline) => loop.wakeAt(deadline),
  });
  loop.drive(stack);
  return { net: createNet(stack), dgram: createDgram(stack) };
}
