/** A tracked connection: its two directions, and what has been seen of it. */
import type { IpAddress } from "../base/ip-address.ts";
import type { Instant } from "../base/time.ts";
import { Timer, type TimerOwner, type TimerQueue } from "../base/timer-queue.ts";
import type { TrackedDirection } from "../contract/tracking.ts";
import type { Flow } from "../demux/flow-table.ts";
import { TcpProgress } from "./tcp-progress.ts";

/** One direction. Seen from whom it is for, the source is the remote side. */
export class Direction implements TrackedDirection, Tuple, Flow {
  readonly connection: Connection;
  readonly isReply: boolean;
  source: IpAddress;
  sourcePort: number;
  destination: IpAddress;
  destinationPort: number;
  flowHash = 0;
  flowNext: Flow | undefined = undefined;

  constructor(connection: Connection, isReply: boolean, of: Tuple) {
    this.connection = connection;
    this.isReply = isReply;
    this.source = isReply ? of.destination : of.source;
    this.sourcePort = isReply ? of.destinationPort : of.sourcePort;
    this.destination = isReply ? of.source : of.destination;
    this.destinationPort = isReply ? of.sourcePort : of.destinationPort;
  }

  get protocol(): number {
    return this.connection.protocol;
  }

  get localAddress(): IpAddress {
    return this.destination;
  }

  get localPort(): number {
    return this.destinationPort;
  }

  get remoteAddress(): IpAddress {
    return this.source;
  }

  get remotePort(): number {
    return this.sourcePort;
  }

  /** The other one. */
  get other(): Direction {
    return this.isReply ? this.connection.original : this.connection.reply;
  }
}

/** Whom a datagram is from and for. Ports as in `TrackedDirection`. */
export interface Tuple {
  readonly protocol: number;
  readonly source: IpAddress;
  readonly sourcePort: number;
  readonly destination: IpAddress;
  readonly destinationPort: number;
}

/** Who is told when a connection is forgotten. */
export interface ConnectionOwner {
  /** Its time is up. */
  timedOut(connection: Connection): void;
}

/** Somebody who holds something for a connection: the translator its mapping. */
export interface Holding {
  /** The connection is in the table from now on. */
  hold(connection: Connection): void;
  /** It is no more, or, if it is not confirmed, was never to be. */
  release(connection: Connection): void;
}

/** What is known of one connection. */
export class Connection implements TimerOwner {
  readonly protocol: number;
  /** As the first datagram came; */
  readonly original: Direction;
  /** as an answer to it comes: other than the reverse of `original` where there is translation. */
  readonly reply: Direction;
  readonly timer: Timer;
  readonly tcp: TcpProgress = new TcpProgress();
  /** It stands in the table. */
  confirmed = false;
  /** Something has come back. */
  answered = false;
  /** Translation has been decided: destination before routing, source after. */
  destinationChosen = false;
  sourceChosen = false;
  holding: Holding | undefined = undefined;
  readonly #owner: ConnectionOwner;

  constructor(owner: ConnectionOwner, timers: TimerQueue, tuple: Tuple) {
    this.#owner = owner;
    this.protocol = tuple.protocol;
    this.original = new Direction(this, false, tuple);
    this.reply = new Direction(this, true, tuple);
    this.timer = new Timer(timers, this, true);
  }

  expired(now: Instant): void {
    void now;
    this.#owner.timedOut(this);
  }
}
