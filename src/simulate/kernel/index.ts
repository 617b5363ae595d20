/** The kernel of one simulated process. */
export { type EndpointSource, Kernel, type ProcessListener } from "./kernel.ts";
export { json, utf8 } from "./text.ts";
