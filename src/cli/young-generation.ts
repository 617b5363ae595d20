/** How much memory the command's process takes for objects that will not live long. */
import { setFlagsFromString } from "node:v8";

/**
 * V8 lets its young generation grow, here from 8 to 32 MB, when much of it outlives a collection, as the control
 * blocks do while thousands of connections are opened; and then keeps it. The stack makes next to no garbage
 * once they are open, and while they are being opened a small young generation stays in the processor's cache.
 * So it keeps the size that the start has given it. The growth factor is looked at each time that it would
 * grow; the options that bound its size only before the process starts.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
