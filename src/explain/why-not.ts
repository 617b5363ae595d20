/** Why nothing is sent on a connection now: what it waits for, and when that can come. */
import {
  type ConnectionState,
  type ConnectionStates,
  type EventLog,
  nameOf,
  reversed,
  StateReader,
  stateKey,
} from "../events/index.ts";
import { type ConnectionEnds, type Instant, NEVER, type SendName } from "../stack/index.ts";
import { SENDS } from "../stack/reasons.ts";
import { count, moment, octets, span } from "./format.ts";

/** What a connection can wait for. There is no pacing yet. */
export type WaitsFor =
  | "application"
  | "handshake"
  | "Nagle"
  | "cork"
  | "congestion window"
  | "receive window"
  | "delayed ACK of the peer"
  | "route"
  | "neighbour"
  | "link"
  | "end";

/** Which connection: of a host, the last one that fits. */
export interface ConnectionQuery {
  readonly host: string;
  readonly connection?: ConnectionEnds | undefined;
  readonly localPort?: number | undefined;
  readonly remotePort?: number | undefined;
  /** The moment: after the event with this number; after the last one by default. */
  readonly at?: number | undefined;
}

/** An answer to "why is nothing sent?". */
export interface Waiting {
  readonly waitsFor: WaitsFor;
  /** The name of the reason in the table, and who asks for it; "" where there is none. */
  readonly reason: string;
  readonly rfc: string;
  /** When it ends by itself; NEVER where it does not, or that is not known. */
  readonly until: Instant;
  /** Octets that wait. */
  readonly unsent: number;
  /** As it was at that moment. */
  readonly state: ConnectionState;
  readonly text: string;
}

/** What an answer is made of, before it is put into words. */
type Answer = Pick<Waiting, "waitsFor" | "until"> & {
  readonly reason: SendName | "";
  readonly words: string;
};

/** Where it is looked for. */
interface View {
  readonly log: EventLog;
  readonly states: ConnectionStates;
  readonly own: ConnectionState;
  readonly peer: ConnectionState | undefined;
  readonly at: number;
}

const readers: WeakMap<EventLog, StateReader> = new WeakMap();

/** The states of all connections after event `at` of the log; after its last by default. Key frames are kept. */
export function connectionStates(log: EventLog, at: number = log.last): ConnectionStates {
  let reader = readers.get(log);
  if (reader === undefined) {
    reader = new StateReader(log);
    readers.set(log, reader);
  }
  return reader.at(at);
}

/**
 * Why nothing (more) is sent now on a connection.
 *
 * @throws RangeError if the log knows no such connection
 */
export function whyNot(log: EventLog, query: ConnectionQuery): Waiting {
  const at = query.at ?? log.last;
  const states = connectionStates(log, at);
  const own = find(states, query);
  if (own === undefined) throw new RangeError(`the log has no such connection of ${query.host}`);
  const view = { log, states, own, peer: peerOf(states, own), at };
  const { waitsFor, reason, until, words } = onTheWay(view) ?? atTheConnection(view);
  const rfc = reason === "" ? "" : (SENDS[reason]?.where.tcp ?? SENDS[reason]?.where.arp ?? "");
  const unsent = own.held?.unsent ?? 0;
  const source = rfc === "" ? "" : ` (${reason}, ${rfc})`;
  const text = `${own.host}, ${nameOf(own.connection)}, ${own.state.toUpperCase()}: ${words}${source}.`;
  return { waitsFor, reason, rfc, until, unsent, state: own, text };
}

function find(states: ConnectionStates, query: ConnectionQuery): ConnectionState | undefined {
  const { host, connection, localPort, remotePort } = query;
  if (connection !== undefined) return states.get(stateKey(host, connection));
  let found: ConnectionState | undefined;
  for (const one of states.values()) {
    const fits =
      one.host === host &&
      (localPort === undefined || one.connection.localPort === localPort) &&
      (remotePort === undefined || one.connection.remotePort === remotePort);
    if (fits && one.lastEvent >= (found?.lastEvent ?? 0)) found = one;
  }
  return found;
}

/** The other end, where its host is in the log as well. */
function peerOf(
  states: ConnectionStates,
  { host, connection }: ConnectionState,
): ConnectionState | undefined {
  const name = nameOf(reversed(connection));
  for (const one of states.values()) if (one.host !== host && nameOf(one.connection) === name) return one;
  return undefined;
}

/** What was sent last has not left the host. */
function onTheWay({ log, own, at }: View): Answer | undefined {
  if (own.lastSegment === 0) return undefined;
  let waiting: Answer | undefined;
  for (const event of log.events({
    host: own.host,
    kinds: ["delayed", "timer"],
    from: own.lastSegment,
    to: at,
  })) {
    if (event.kind === "delayed" && event.cause === own.lastSegment && event.reason === "waitsForNeighbour") {
      const words = "what was sent last waits for the link address of the next hop, which has been asked for";
      waiting = { waitsFor: "neighbour", reason: event.reason, until: NEVER, words };
    } else if (
      event.kind === "delayed" &&
      event.cause === own.lastSegment &&
      event.reason === "waitsForLink"
    ) {
      const words = "what was sent last waits in front of the link, which takes no more";
      waiting = { waitsFor: "link", reason: event.reason, until: NEVER, words };
    } else if (event.kind === "timer" && event.purpose === "neighbour" && event.what === "cancelled") {
      if (waiting?.waitsFor === "neighbour") waiting = undefined; // it has answered
    }
  }
  return waiting;
}

function atTheConnection(view: View): Answer {
  const { own } = view;
  if (own.state === "syn-sent" || own.state === "syn-received") {
    const until = own.timers.get("retransmission")?.at ?? NEVER;
    const words = `the handshake is not finished; the SYN goes again at ${moment(until)} if nothing comes`;
    return { waitsFor: "handshake", reason: "", until, words };
  }
  if (own.state === "closed" || own.state === "time-wait" || own.state === "listen") {
    return {
      waitsFor: "end",
      reason: "",
      until: NEVER,
      words: "nothing is ever sent in this state of its own",
    };
  }
  switch (own.held?.reason) {
    case "heldByNagle":
      return nagle(view);
    case "heldByCork":
      return cork(own);
    case "heldByCongestion":
      return congestion(view);
    case "heldByReceiveWindow":
      return receiveWindow(view);
    case "heldByRoute":
      return {
        waitsFor: "route",
        reason: "heldByRoute",
        until: NEVER,
        words: "there is no way to the peer any more",
      };
    default:
      return application(own);
  }
}

function application({ numbers }: ConnectionState): Answer {
  const out = numbers === undefined ? 0 : (numbers.sndNxt - numbers.sndUna) | 0;
  const more = out > 0 ? `; ${octets(out)} are not acknowledged yet` : "";
  const words = `all that the application has written has been sent: it is its turn${more}`;
  return { waitsFor: "application", reason: "heldByApplication", until: NEVER, words };
}

/** A small segment waits for the ACK of another one, which the peer may be holding back. */
function nagle({ own, peer }: View): Answer {
  const delayed = peer?.timers.get("delayed-ack");
  const waiting = octets(own.held?.unsent ?? 0);
  if (peer !== undefined && delayed !== undefined) {
    const words = `${waiting} wait by Nagle's rule for the ACK of a small segment, and ${peer.host} holds that ACK back until ${moment(delayed.at)} in the hope of company: the two rules wait for each other`;
    return { waitsFor: "delayed ACK of the peer", reason: "heldByNagle", until: delayed.at, words };
  }
  const words = `${waiting} are less than a segment, and an earlier small segment is not acknowledged yet: Nagle's rule lets one be out at a time`;
  return { waitsFor: "Nagle", reason: "heldByNagle", until: NEVER, words };
}

function cork(own: ConnectionState): Answer {
  const until = own.timers.get("persist")?.at ?? NEVER;
  const when = until === NEVER ? "" : `, until ${moment(until)} at the latest`;
  const words = `${octets(own.held?.unsent ?? 0)} are less than a segment, and the application has asked to wait for more${when}`;
  return { waitsFor: "cork", reason: "heldByCork", until, words };
}

function congestion({ own, peer }: View): Answer {
  const { numbers } = own;
  const until = own.timers.get("retransmission")?.at ?? own.timers.get("tail-probe")?.at ?? NEVER;
  const delayed = peer?.timers.get("delayed-ack");
  const held = delayed === undefined ? "" : `; the peer holds its ACK back until ${moment(delayed.at)}`;
  const windows =
    numbers === undefined ? "" : ` (cwnd ${count(numbers.cwnd)}, in flight ${count(numbers.inFlight)})`;
  const words = `${octets(own.held?.unsent ?? 0)} wait for ACKs: as much is in flight as the congestion window allows${windows}${held}`;
  return { waitsFor: "congestion window", reason: "heldByCongestion", until, words };
}

function receiveWindow({ own, peer }: View): Answer {
  const until = own.timers.get("persist")?.at ?? NEVER;
  const window = own.numbers?.sndWnd ?? 0;
  const unread = peer?.numbers?.held ?? 0;
  const why = unread > 0 ? `; ${peer?.host}'s application has ${octets(unread)} to read` : "";
  const probe =
    until === NEVER
      ? ""
      : `; it is asked again at ${moment(until)}${own.numbers === undefined ? "" : ` (RTO ${span(own.numbers.rto)})`}`;
  const words = `${octets(own.held?.unsent ?? 0)} wait for room: the peer's window is ${count(window)}${why}${probe}`;
  return { waitsFor: "receive window", reason: "heldByReceiveWindow", until, words };
}
