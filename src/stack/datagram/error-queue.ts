/** Errors about what a datagram socket has sent (RFC 1122 §4.1.3.3), and the queue of those of IP_RECVERR. */
import { Drop } from "../base/drop.ts";
import type { Failure } from "../contract/failures.ts";
import type { QueuedError } from "../contract/queued-error.ts";
import type { SocketAddress } from "../contract/socket-address.ts";
import type { UnreachableReport } from "../contract/transport.ts";
import { meaningOf } from "../icmp/causes.ts";

/** Errors that wait to be read; more are lost, the pending `failure` is not. */
const MAX_ERRORS = 64;

const NO_DATA: Uint8Array = new Uint8Array(0);

/** Errors about what was sent, waiting for a reader (IP_RECVERR). */
export class ErrorQueue {
  readonly #errors: QueuedError[] = [];
  readonly #dropped: (reason: Drop) => void;

  /** @param dropped - hears of errors for which there was no room */
  constructor(dropped: (reason: Drop) => void) {
    this.#dropped = dropped;
  }

  get count(): number {
    return this.#errors.length;
  }

  push(error: QueuedError): void {
    if (this.#errors.length < MAX_ERRORS) this.#errors.push(error);
    else this.#dropped(Drop.errorQueueFull);
  }

  take(): QueuedError | undefined {
    return this.#errors.shift();
  }

  /** The failure of the next that came by ICMP, as SO_ERROR should then say. */
  pending(): Failure | undefined {
    const next = this.#errors[0];
    return next?.origin === "icmp" ? next.failure : undefined;
  }

  clear(): void {
    this.#errors.length = 0;
  }
}

/**
 * An ICMP error as its socket reads it.
 *
 * @param port - the port that the datagram was sent to; 0 for raw sockets
 * @param headerBytes - of the transport header in front of the data that the error quotes
 */
export function icmpError(report: UnreachableReport, port: number, headerBytes: number): QueuedError {
  const { view, at, end, cause, reporter, destination, mtu } = report;
  const from = view.byteOffset + Math.min(at + headerBytes, end);
  // A next hop that does not answer is, as far as the sender can see, a host that a router cannot reach.
  const unresolved = cause === "unresolved";
  return {
    failure: meaningOf(cause).failure,
    origin: "icmp",
    type: unresolved ? 3 : report.type,
    code: unresolved ? 1 : report.code,
    mtu,
    offender: reporter,
    destination: { address: destination, port },
    data: new Uint8Array(view.buffer.slice(from, view.byteOffset + end) as ArrayBuffer),
  };
}

/** A datagram to `destination` was larger than `mtu`, and was not sent. */
export function tooLongError(destination: SocketAddress, mtu: number): QueuedError {
  const failure = "message-too-long";
  return { failure, origin: "local", type: 0, code: 0, mtu, offender: undefined, destination, data: NO_DATA };
}
