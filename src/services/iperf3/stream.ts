/** One stream of a test, of either protocol, as the run of the test sees it. */
import type { SocketAddress, TcpInfo } from "../../stack/index.ts";
import type { Tally } from "./tally.ts";

/** One stream of a test, of either protocol. */
export interface TestStream {
  readonly id: number;
  /** This side sends on it. */
  readonly sending: boolean;
  readonly tally: Tally;
  readonly local: SocketAddress | undefined;
  readonly remote: SocketAddress | undefined;
  /** Begins to send, or to count what arrives. */
  start(): void;
  /** Sends and counts no more. */
  stop(): void;
  /** Gives the endpoint back to the stack. */
  close(): void;
  /** TCP only. */
  info(): TcpInfo | undefined;
}

/** What the streams of one test share. */
export interface StreamOwner {
  /** May another block be sent? Asked before each; counts it. */
  takeBlock(): boolean;
  /** `octets` have been sent (`out`) or received on any stream. */
  moved(octets: number, out: boolean): void;
  /** The stream has failed or was closed by the peer while the test runs. */
  streamEnded(stream: TestStream): void;
}
