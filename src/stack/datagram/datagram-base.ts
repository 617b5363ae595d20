/**
 * What endpoints of UDP and of raw IP have in common: a queue of what has arrived, the errors about what was sent, the
 * groups that they are in, and a few answers.
 */
import { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { PacketFilter } from "../base/packet-filter.ts";
import type { DatagramInfo } from "../contract/datagram-info.ts";
import type { DatagramOptions } from "../contract/endpoint-options.ts";
import type { Failure } from "../contract/failures.ts";
import type { ErrorReporter, QueuedError } from "../contract/queued-error.ts";
import type { Layer } from "../contract/reasons/row.ts";
import type { TransportContext, UnreachableReport } from "../contract/transport.ts";
import { meaningOf } from "../icmp/causes.ts";
import { EndpointBase } from "./endpoint-base.ts";
import { ErrorQueue, icmpError, tooLongError } from "./error-queue.ts";
import { Inbox } from "./inbox.ts";
import { Memberships } from "./memberships.ts";

/** An endpoint of UDP, or of raw IP. */
export abstract class DatagramBase extends EndpointBase implements ErrorReporter {
  protected readonly inbox: Inbox;
  protected readonly errors: ErrorQueue;
  /** The groups that it has joined. */
  readonly memberships: Memberships;

  /** @param dropped - counts a drop, and tells of it: of errors for which there was no room */
  constructor(context: TransportContext, layer: Layer, dropped: (reason: Drop) => void) {
    super(context, layer);
    this.inbox = new Inbox(context, this);
    this.errors = new ErrorQueue(dropped);
    this.memberships = new Memberships(context);
  }

  abstract get options(): Readonly<DatagramOptions>;

  /** Datagrams lost because there was no room. */
  get drops(): number {
    return this.inbox.drops;
  }

  /** What came with the datagram that was received last. */
  get lastReceived(): DatagramInfo {
    return this.inbox.last;
  }

  /** Octets of the next datagram; undefined if there is none. */
  get available(): number | undefined {
    return this.inbox.available;
  }

  /** Only what the filter keeps is received; undefined: everything. Of raw IPv4 it sees the IP header first. */
  attachFilter(filter: PacketFilter | undefined): void {
    this.inbox.filter = filter;
  }

  get errorsQueued(): number {
    return this.errors.count;
  }

  /** As Linux's `sock_dequeue_err_skb`: the next error that came by ICMP is pending then, and none after the last of them. */
  takeError(): QueuedError | undefined {
    const taken = this.errors.take();
    const next = taken === undefined ? undefined : this.errors.pending();
    if (next !== undefined || taken?.origin === "icmp") this.fail(next);
    return taken;
  }

  /** Receives what is sent to the group, on the interface of that name; "": by the route. */
  joinGroup(group: IpAddress, interfaceName: string): Failure | undefined {
    return this.memberships.join(group, interfaceName);
  }

  /** Takes back a `joinGroup`. "address-not-available" if there was none. */
  leaveGroup(group: IpAddress, interfaceName: string): Failure | undefined {
    return this.memberships.leave(group, interfaceName);
  }

  protected release(): void {
    this.inbox.clear();
    this.errors.clear();
    this.memberships.clear();
  }

  /**
   * Somebody reports an error about what was sent.
   *
   * @param port - that it was sent to; 0 of raw IP
   * @param headerBytes - of the transport header in front of the text that is quoted
   */
  protected reported(report: UnreachableReport, port: number, headerBytes: number): void {
    if (this.options.receiveErrors) this.errors.push(icmpError(report, port, headerBytes));
    this.fail(meaningOf(report.cause).failure);
    this.context.noteWake(this);
  }

  /** What is to be sent exceeds `mtu`, and must not be cut up. */
  protected tooLong(address: IpAddress, port: number, mtu: number): Failure {
    if (this.options.receiveErrors) {
      this.errors.push(tooLongError({ address, port }, mtu));
      this.context.noteWake(this);
    }
    return "message-too-long";
  }

  /** What a call answers when IP has answered so. */
  protected answerOf(reason: Drop, octets: number): number | Failure {
    if (reason === Drop.none) return octets;
    return reason === Drop.tooBig || reason === Drop.tooLong ? "message-too-long" : "network-unreachable";
  }
}
