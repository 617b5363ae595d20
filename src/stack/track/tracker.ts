/**
 * Connection tracking, on the hooks of a router or host: finds the connection that each datagram belongs to. Rules use
 * what it finds. The translator notes in the connection what it has decided.
 */
import { Drop } from "../base/drop.ts";
import { type Duration, later } from "../base/time.ts";
import type { Passage } from "../contract/forwarding.ts";
import type { Services } from "../contract/services.ts";
import { PRIORITY } from "../forward/hooks.ts";
import type { Router } from "../forward/router.ts";
import {
  IPPROTO_TCP,
  readTcpFlags,
  readTcpFlagsBefore,
  SYN,
  TCP_HEADER_BYTES,
  tcpHeaderLength,
} from "../wire/tcp.ts";
import { IPPROTO_UDP } from "../wire/udp.ts";
import { Connection, type ConnectionOwner, type Direction } from "./connection.ts";
import { ConnectionTable } from "./connection-table.ts";
import { ReadTuple } from "./ports.ts";
import { QuotedPassage } from "./quoted-passage.ts";
import { TcpProgress } from "./tcp-progress.ts";
import { DEFAULT_TIMEOUTS, type Timeouts } from "./timeouts.ts";

/** How connections are tracked. */
export interface TrackOptions {
  /** Connections at once; 65,536 by default. */
  readonly most?: number | undefined;
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** A TCP segment amid a connection that is not known begins one all the same; false by default. */
  readonly pickUp?: boolean | undefined;
}

/** What tracking has counted. */
export class TrackCounters {
  /** Connections begun. */
  begun = 0;
  /** Connections forgotten because nothing came of them for too long. */
  timedOut = 0;
  /** Connections forgotten, unanswered, for want of room. */
  displaced = 0;
}

/** Tracks the connections of one stack. */
export class Tracker implements ConnectionOwner {
  readonly counters: TrackCounters = new TrackCounters();
  readonly table: ConnectionTable;
  readonly timeouts: Timeouts;
  readonly #services: Services;
  readonly #most: number;
  readonly #pickUp: boolean;
  readonly #tuple: ReadTuple = new ReadTuple();
  readonly #quoted: QuotedPassage = new QuotedPassage();
  readonly #undo: readonly (() => void)[];

  constructor({ services, hooks }: Router, options: TrackOptions) {
    this.#services = services;
    this.table = new ConnectionTable(services.random);
    this.timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.#most = options.most ?? 65_536;
    this.#pickUp = options.pickUp ?? false;
    const look = (passage: Passage): Drop => this.#look(passage);
    const confirm = (passage: Passage): Drop => this.#confirm(passage);
    this.#undo = [
      hooks.add("prerouting", look, PRIORITY.track),
      hooks.add("output", look, PRIORITY.track),
      hooks.add("input", confirm, PRIORITY.confirm),
      hooks.add("postrouting", confirm, PRIORITY.confirm),
    ];
  }

  /** Looks on no longer, and forgets everything. */
  close(): void {
    for (const undo of this.#undo) undo();
    for (const one of [...this.table.all()]) this.forget(one);
  }

  timedOut(connection: Connection): void {
    this.counters.timedOut++;
    this.forget(connection);
  }

  /** The connection is no more: whoever goes on with it begins another. */
  forget(connection: Connection): void {
    connection.timer.cancel();
    this.table.remove(connection);
    connection.holding?.release(connection);
    connection.confirmed = false;
    connection.holding = undefined;
  }

  // ── each datagram ────────────────────────────────────────────────────────────────────────────────────

  #look(passage: Passage): Drop {
    const { destination, from, through } = passage;
    if (from?.loopback === true || through?.loopback === true) return Drop.none;
    if (destination.isMulticast || (from ?? through)?.isBroadcast(destination) === true) return Drop.none;
    const tuple = this.#tuple;
    if (!tuple.read(passage)) return this.#lookOtherwise(passage);
    if (passage.protocol === IPPROTO_TCP && !isPlausible(passage)) {
      passage.state = "invalid";
      return Drop.none;
    }
    const direction = this.table.find(tuple);
    if (direction === undefined) this.#begin(passage);
    else this.#goOn(passage, direction);
    return Drop.none;
  }

  /** No tuple: an ICMP error, a message between neighbours, or what is malformed. */
  #lookOtherwise(passage: Passage): Drop {
    const { packet, protocol, codec } = passage;
    const kind = protocol === codec.icmp && !passage.laterFragment ? codec.icmpKind(packet) : "query";
    if (kind === "other") return Drop.none;
    passage.state = "invalid";
    // RFC 5508 REQ-3: it would be translated, and get a checksum that is right.
    if (kind !== "error" || !codec.hasRightIcmp(passage)) return Drop.none;
    const tuple = this.#tuple;
    const found = this.#quoted.within(passage, (inner) => {
      if (!tuple.read(inner)) return undefined;
      tuple.reverse(); // the error goes the other way than what it is about
      return this.table.find(tuple);
    });
    if (found === undefined) return Drop.none;
    passage.state = "related";
    passage.direction = found;
    return Drop.none;
  }

  #begin(passage: Passage): void {
    const { packet, protocol, codec } = passage;
    const connection = new Connection(this, this.#services.timers, this.#tuple);
    if (protocol === codec.icmp && codec.icmpKind(packet) === "reply") passage.state = "invalid";
    else if (protocol !== IPPROTO_TCP) passage.state = "new";
    else passage.state = this.#beginTcp(connection, flagsOf(passage)) ? "new" : "invalid";
    passage.direction = passage.state === "new" ? connection.original : undefined;
  }

  #beginTcp(connection: Connection, flags: number): boolean {
    if (TcpProgress.begins(flags)) {
      connection.tcp.pass(flags, false);
      return true;
    }
    if (!this.#pickUp || flags < 0 || (flags & SYN) !== 0) return false;
    connection.tcp.pickUp();
    return true;
  }

  #goOn(passage: Passage, direction: Direction): void {
    const { connection, isReply } = direction;
    passage.direction = direction;
    if (isReply && !connection.answered) {
      connection.answered = true;
      this.table.answered(connection);
    }
    passage.state = connection.answered ? "established" : "new";
    if (passage.protocol === IPPROTO_TCP) connection.tcp.pass(flagsOf(passage), isReply);
    connection.timer.set(later(this.#services.now, this.#patience(connection, passage)));
  }

  #patience(connection: Connection, { protocol, codec }: Passage): Duration {
    const { timeouts } = this;
    switch (protocol) {
      case IPPROTO_TCP:
        return connection.tcp.established ? timeouts.tcpEstablished : timeouts.tcpTransitory;
      case IPPROTO_UDP:
        return connection.answered ? timeouts.udp : timeouts.udpNew;
      case codec.icmp:
        return timeouts.icmp;
      default:
        return timeouts.other;
    }
  }

  // ── new connections ──────────────────────────────────────────────────────────────────────────────────

  /** All hooks have let it pass: from now on the connection is known. */
  #confirm(passage: Passage): Drop {
    const connection = (passage.direction as Direction | undefined)?.connection;
    if (connection === undefined || connection.confirmed || passage.state === "related") return Drop.none;
    if (this.table.size >= this.#most) {
      const oldest = this.table.oldestUnanswered();
      if (oldest === undefined) return this.#refuse(connection);
      this.counters.displaced++;
      this.forget(oldest);
    }
    if (this.table.find(connection.reply) !== undefined) return this.#refuse(connection);
    connection.confirmed = true;
    connection.holding?.hold(connection);
    this.counters.begun++;
    this.table.add(connection);
    connection.timer.set(later(this.#services.now, this.#patience(connection, passage)));
    return Drop.none;
  }

  #refuse(connection: Connection): Drop {
    connection.holding?.release(connection);
    connection.holding = undefined;
    return Drop.trackTableFull;
  }
}

/** A whole header, and flags that go together. */
function isPlausible(passage: Passage): boolean {
  const { view, transport, end } = passage.packet;
  if (end - transport < TCP_HEADER_BYTES) return false;
  const header = tcpHeaderLength(view, transport);
  return (
    header >= TCP_HEADER_BYTES &&
    header <= end - transport &&
    TcpProgress.isPlausible(readTcpFlags(view, transport))
  );
}

function flagsOf({ packet }: Passage): number {
  return readTcpFlagsBefore(packet.view, packet.transport, packet.end);
}
