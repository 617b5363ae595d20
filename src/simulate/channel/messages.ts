/** What the two sides of a channel say to each other, as numbers, and the failures of calls as numbers. */
import type { Failure, TcpOptions, UdpOptions } from "../../stack/index.ts";
import type { ChannelMemory } from "./channel.ts";

/**
 * What a program tells or asks its kernel. The first group is queued to the end of the turn; the second is
 * answered at once, since the outcome depends on the host's tables of ports and routes.
 */
export const CALL = {
  /** `a` is the descriptor, 1 or 2; the payload the text. */
  log: 1,
  /** Payload: the line of the program that has made the socket, if it is known. */
  openTcp: 2,
  openUdp: 3,
  write: 4,
  /** `a`: octets that were read. */
  consumed: 5,
  finish: 6,
  discard: 7,
  close: 8,
  abort: 9,
  /** `a`: the exit code. */
  exit: 10,
  /** Payload: options that cannot fail, as JSON. */
  set: 11,
  /** Payload: a key of TLS, as a line of NSS's key log. */
  key: 12,

  /** Payload: options, as JSON. */
  configure: 20,
  /** `a`: the port; payload: the address, as text. */
  bind: 21,
  /** `a`: the backlog. */
  listen: 22,
  /** `a`: the port, payload: the address; of UDP an empty payload dissolves the association. */
  connect: 23,
  /** TCP_INFO. */
  info: 24,
  /** `a`: octets of the address at the head of the payload (0: the connected peer); `b`: the port. */
  send: 25,
  /** `a` 1 to join, 0 to leave; payload: group and interface, as JSON. */
  membership: 26,
  /** `a` bit 0: no more is received, bit 1: sent. */
  shutdown: 27,
} as const;

/** What the kernel tells the program. */
export const NEWS = {
  /** `a`: bits of `FLAG`, the failure above them; `b`: octets that a write has room for. */
  state: 1,
  data: 2,
  /** `a`: the new socket; payload: its two ends, as JSON. */
  accepted: 3,
  /** `a`: length of the sender's address at the head of the payload; `b`: the port. */
  datagram: 4,
  /** Payload: the name. */
  signal: 5,
  /** The answer to the call that was asked. `a`: the failure, `b`: a number; payload: JSON, perhaps empty. */
  answer: 6,
  /** Before the first turn. Payload: what the program must know of the world, as JSON. */
  begin: 7,
  /** `a`: milliseconds by which the wall clock jumps. */
  clock: 9,
  /** Names or addresses have changed. Payload as of `begin`. */
  network: 10,
  /** Write what coverage has been gathered. */
  flush: 8,
} as const;

/** Bits of `NEWS.state`; the failure's number stands from `FAILURE_SHIFT` on. */
export const FLAG = { connected: 1, maySend: 2, ended: 4 } as const;
/** Where in an answer's number the failure begins. */
export const FAILURE_SHIFT = 8;

/** Numbers of the failures; 0 is none. */
const NUMBERS: Readonly<Record<Failure, number>> = {
  reset: 1,
  refused: 2,
  "timed-out": 3,
  "host-unreachable": 4,
  "network-unreachable": 5,
  "protocol-unreachable": 6,
  prohibited: 7,
  aborted: 8,
  "broken-pipe": 9,
  "address-in-use": 10,
  "address-not-available": 11,
  "not-connected": 12,
  "already-connected": 13,
  "in-progress": 14,
  invalid: 15,
  "message-too-long": 16,
  "no-buffers": 17,
  access: 18,
  "destination-required": 19,
  "not-supported": 20,
  "would-wait": 21,
  "protocol-error": 22,
  "host-down": 23,
  "no-network": 24,
  "not-found": 25,
  "wrong-type": 26,
  "not-permitted": 27,
  "not-open": 28,
  "network-down": 29,
};

const FAILURES: ReadonlyMap<number, Failure> = new Map(
  Object.entries(NUMBERS).map(([failure, number]) => [number, failure as Failure]),
);

/** The number that stands for a failure. */
export function numberOf(failure: Failure | undefined): number {
  return failure === undefined ? 0 : NUMBERS[failure];
}

/** The failure that a number stands for. */
export function failureOf(number: number): Failure | undefined {
  return FAILURES.get(number);
}

/** An end of a connection, as it travels in JSON. */
export interface End {
  readonly address: string;
  readonly port: number;
}

/** What a program must know before it starts (`NEWS.begin`). */
export interface Beginning {
  readonly hostname: string;
  /** Names of the world and their addresses, as this host sees them. */
  readonly names: readonly (readonly [name: string, address: string])[];
  readonly interfaces: readonly {
    readonly name: string;
    readonly mac: string;
    readonly addresses: readonly { readonly address: string; readonly prefixLength: number }[];
  }[];
  /** What a new socket has. */
  readonly tcpOptions: TcpOptions;
  readonly udpOptions: UdpOptions;
}

/** A disk of the host's own. */
export interface DiskData {
  /** Where the program finds it. */
  readonly mount: string;
  /** The folder that it really is. */
  readonly files: string;
  /** What is safe of files, by their inodes. */
  readonly synced: string;
}

/** What the thread of a program is started with. */
export interface ProgramData {
  readonly memory: ChannelMemory;
  /** Absolute path of the file to run; of a function, what the program takes for its file. */
  readonly program: string;
  /** The text of a function to run instead of the file. */
  readonly source?: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly host: string;
  readonly seed: number;
  /** Milliseconds since 1970 at virtual time 0. */
  readonly epoch: number;
  /** Parts of a million by which its clocks and timers are too fast. */
  readonly drift: number;
  readonly pid: number;
  /** There is a capture, which is to have the keys of TLS. */
  readonly tellsKeys: boolean;
  readonly disk?: DiskData | undefined;
}
