/**
 * What stands on nothing: addresses, time, chance. For code that runs where a whole stack would be too much to load,
 * such as the thread of a simulated program; everybody else takes these from `src/stack/index.ts`.
 */
export { IPV4_ANY, IPV6_ANY, IPV6_ONLY, IpAddress, parseIp, parseIpv4 } from "./ip-address.ts";
export { fraction, type Random, Xoshiro128 } from "./random.ts";
export { type Duration, type Instant, seconds } from "./time.ts";
