/**
 * Events of stacks, kept and read: `tapstack/events`. What they mean in words is in `tapstack/explain`.
 *
 * @module tapstack/events
 */
export {
  type ConnectionState,
  type ConnectionStates,
  type RunningTimer,
  StateReader,
  stateKey,
} from "./connection-state.ts";
export { decodeEvent, EventDecoder, recordLength } from "./decode.ts";
export { EventEncoder, MOST_OCTETS } from "./encode.ts";
export { causeOf, chainOf, type EventFilter, EventList, type EventLog } from "./event-log.ts";
export { EventRing, type EventRingOptions } from "./event-ring.ts";
export {
  type EventKind,
  type Kept,
  type LoggedEvent,
  type LoggedOf,
  nameOf,
  reversed,
} from "./logged-event.ts";
export { formatFlags, readTcpHead, TCP_FLAGS, type TcpHead } from "./tcp-head.ts";
