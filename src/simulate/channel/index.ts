/** The channel between the world and a program. */
export { Channel, type ChannelMemory, newChannelMemory, type Why } from "./channel.ts";
export type { Mailbox } from "./mailbox.ts";
export {
  type Beginning,
  CALL,
  type DiskData,
  type End,
  FAILURE_SHIFT,
  FLAG,
  failureOf,
  NEWS,
  numberOf,
  type ProgramData,
} from "./messages.ts";
