/** What is on its way between AF_UNIX sockets, and who sent it. */
import type { Credentials } from "../options/option-value.ts";
import type { Description } from "../socket.ts";

/** Whoever sent octets that are not yet read: they count against its SO_SNDBUF. */
export interface Sender {
  /** Its name, for whoever receives from it; undefined if it has none. */
  readonly path: string | undefined;
  readonly credentials: Credentials;
  /** Octets that it sent and that are not yet read. */
  unsent: number;
  /** It may have room now. */
  notify(): void;
}

/** Octets on their way: a message, or what one write put into a stream. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly sender: Sender;
  /** Open sockets that travel with the first octet; each holds one reference. */
  rights: readonly Description[];
}
