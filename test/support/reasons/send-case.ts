/** One cause of a send, and what was traced. */
import type { Layer, SendName } from "../../../src/stack/index.ts";
import type { EventLog } from "./event-log.ts";

export interface SendCase {
  readonly layer: Layer;
  readonly reason: SendName;
  /** What is done. */
  readonly what: string;
  /** The kind of event that it is due to at once. */
  readonly due: "received" | "call" | "timer" | "sent";
  /** All that was traced. */
  run(): EventLog;
}
