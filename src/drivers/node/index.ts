/**
 * Drivers for Node: the Linux TAP, the machine's clock and chance, and its event loop.
 *
 * @module tapstack/drivers/node
 */
export { type Advanceable, EventLoop } from "./event-loop.ts";
export { HostClock } from "./host-clock.ts";
export { hostRandom, type SeededRandom } from "./host-random.ts";
export { StreamLink, type StreamLinkCounters, type StreamLinkOptions } from "./stream-link.ts";
export { openTap, type TapAvailability, type TapOptions, tapAvailable } from "./tap.ts";
export type { Batching, TapStatistics } from "./tap-descriptor.ts";
export { TapError, type TapErrorCode } from "./tap-error.ts";
export { TapLink } from "./tap-link.ts";
export { fromTuntap2, type Tuntap2Options, type Tuntap2Tap } from "./tuntap2.ts";
