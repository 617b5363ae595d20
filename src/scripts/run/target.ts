/** What a script is run against: a stack, or a kernel. */

/** A value that a call is given, or gives: what a script's expression has come to. */
export type Value =
  | number
  | string
  /** `...`: the target supplies it. */
  | undefined
  | readonly Value[]
  /** A structure; members without a name are called 0, 1, … */
  | { readonly [name: string]: Value };

/** What a call has come to. */
export interface Outcome {
  readonly result: number;
  /** With which it has failed, if it has. */
  readonly errno: string | undefined;
  /** What it has written to its arguments, by their place. */
  readonly outputs: Readonly<Record<number, Value>>;
  /** When it returned, in microseconds of the target. */
  readonly at: number;
}

/** A call that was made. */
export interface PendingCall {
  /** When it was made in fact. */
  readonly began: number;
  /** undefined while it waits. */
  outcome(): Outcome | undefined;
}

/** A datagram that was sent. */
export interface Emission {
  readonly at: number;
  /** From its IP header on. */
  readonly datagram: Uint8Array;
  /** Why, where the target can tell. */
  readonly reason: string | undefined;
}

/** Where a target is, and whom it talks to. Addresses are 32-bit numbers. */
export interface Addresses {
  readonly local: number;
  readonly remote: number;
}

/** What there is of a target besides its calls: it must be so before the first event. */
export interface TargetOptions {
  readonly addresses: Addresses;
  /** Octets of the largest datagram. */
  readonly mtu: number;
  /** By name, as `net.ipv4.tcp_sack`, with what they were set to. */
  readonly sysctls: ReadonlyMap<string, string>;
}

/** What a script is run against. Times are microseconds from a beginning of its own. */
export interface Target {
  /** What it is, for reports. */
  readonly name: string;
  now(): number;
  /** Lets time pass to `until`, or until `done()`; it is asked whenever something has happened. */
  wait(until: number, done: () => boolean): Promise<void>;
  /** Sends a datagram to it, at that time; when that was in fact. */
  inject(datagram: Uint8Array, at: number): Promise<number>;
  /** Makes a call, at that time; `waits`: it is expected not to return at once. */
  call(name: string, given: readonly Value[], at: number, waits: boolean): Promise<PendingCall>;
  /** What has been sent since the last look, in order. */
  emissions(): readonly Emission[];
  /** TCP_INFO of a descriptor, by the names of Linux (`tcpi_snd_cwnd`). */
  info(descriptor: number): Promise<Readonly<Record<string, number>>>;
  /** Changes settings while it runs. @throws an Error that says why it cannot */
  configure(sysctls: ReadonlyMap<string, string>): Promise<void>;
  close(): Promise<void>;
}

/** A target that cannot be had, or has broken; nothing is said of the script. */
export class TargetError extends Error {
  /** Of the class. */
  override readonly name: string = "TargetError";
}

/** A call that a target does not have: the script cannot come true on it. */
export class UnknownCallError extends Error {
  /** Of the class. */
  override readonly name: string = "UnknownCallError";
}

/** Makes a target; there is one for each run. */
export type TargetFactory = (options: TargetOptions) => Promise<Target>;
