/**
 * The numbers that stand for names in records of events. A name that is new gets the next number, and no number ever
 * changes: records are in files.
 */
import type { CallName, Layer, TcpState, TimerEvent, TimerPurpose, TraceEvent } from "../stack/index.ts";

/** A number for each name: one that has none is an error of the compiler. */
export type Codes<T extends string> = Readonly<Record<T, number>>;

/** Kinds of events. */
export const KINDS: Codes<TraceEvent["kind"]> = {
  received: 0,
  dropped: 1,
  sent: 2,
  delayed: 3,
  cut: 4,
  merged: 5,
  withheld: 6,
  segment: 7,
  text: 8,
  held: 9,
  timer: 10,
  state: 11,
  window: 12,
  call: 13,
  ended: 14,
  woken: 15,
  link: 16,
};

/** Who has told it. */
export const LAYERS: Codes<Layer> = {
  link: 0,
  interface: 1,
  arp: 2,
  ipv4: 3,
  icmp: 4,
  igmp: 5,
  udp: 6,
  tcp: 7,
  raw: 8,
  packet: 9,
  echo: 10,
  forward: 11,
  ipv6: 12,
  icmpv6: 13,
  nd: 14,
  mld: 15,
};

/** States of a connection. */
export const STATES: Codes<TcpState> = {
  closed: 0,
  listen: 1,
  "syn-sent": 2,
  "syn-received": 3,
  established: 4,
  "fin-wait-1": 5,
  "fin-wait-2": 6,
  "close-wait": 7,
  closing: 8,
  "last-ack": 9,
  "time-wait": 10,
};

/** What timers are for. */
export const PURPOSES: Codes<TimerPurpose> = {
  retransmission: 0,
  "tail-probe": 1,
  persist: 2,
  "delayed-ack": 3,
  "keep-alive": 4,
  "user-timeout": 5,
  reordering: 6,
  "syn-ack": 7,
  "time-wait": 8,
  neighbour: 9,
  address: 10,
  membership: 11,
  reassembly: 12,
  router: 13,
};

/** What becomes of a timer. */
export const TIMER_STEPS: Codes<TimerEvent["what"]> = { armed: 0, cancelled: 1, fired: 2 };

/** What an application asks for. */
export const CALLS: Codes<CallName> = {
  connect: 0,
  listen: 1,
  accept: 2,
  write: 3,
  read: 4,
  finish: 5,
  discard: 6,
  close: 7,
  abort: 8,
  configure: 9,
  send: 10,
  join: 11,
  leave: 12,
};
