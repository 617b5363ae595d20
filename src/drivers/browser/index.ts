/**
 * For web pages: links between tabs, to workers, and to a TAP far away; and real time.
 *
 * @module tapstack/drivers/browser
 */
export { BrowserLoop } from "./browser-loop.ts";
export {
  type MessageChannelLike,
  MessageLink,
  type MessageLinkCounters,
  type MessageLinkOptions,
  type WebSocketLike,
  WebSocketLink,
} from "./message-link.ts";
