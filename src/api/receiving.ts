/** The calls that receive: `recv!`, `recvfrom!`, `recvmsg`, and their forms that never wait. */
import { isInteger, NO_ADDRESS, type NoAddress, type Sockaddr } from "./address.ts";
import {
  AF_UNIX,
  IPPROTO_TCP,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  POLLERR,
  POLLHUP,
  POLLRDHUP,
  TCP_INQ,
} from "./constants.ts";
import { errno, failed, SocketError } from "./errors.ts";
import { type ControlMessage, Received, type SocketOperations } from "./operations.ts";
import { optionKey } from "./options/option-value.ts";
import { fulfilled, rejected } from "./outcomes.ts";
import { receiveFrom } from "./peek-offset.ts";
import { checkBuffer, type Description, lengthOf, Socket, unopened, unopenedLater } from "./socket.ts";
import { type Call, type WaitOptions, wait } from "./wait.ts";

/** With these, what is received is not simply the next octets of the stream. */
const SPECIAL: number = MSG_PEEK | MSG_OOB | MSG_TRUNC | MSG_ERRQUEUE;

const INQ = optionKey(IPPROTO_TCP, TCP_INQ);
const LOOK_AT_ALL: number = MSG_PEEK | MSG_WAITALL;

/** Buffers of one call: UIO_MAXIOV of Linux (IOV_MAX in POSIX). */
export const MOST_BUFFERS = 1024;

/** What `recvmsg` gives. */
export interface ReceivedMessage {
  /** Octets received; with MSG_TRUNC in the flags, of a datagram its whole length. */
  readonly count: number;
  /** Where it came from; the empty vector for streams. */
  readonly address: Sockaddr | NoAddress;
  /** MSG_TRUNC: the rest of the datagram is lost; MSG_CTRUNC, MSG_EOR, MSG_OOB. */
  readonly flags: number;
  /** Control data that came with it. */
  readonly control: readonly ControlMessage[];
}

/** A receive that waits: for one octet, or as many as SO_RCVLOWAT or MSG_WAITALL want. */
class ReceiveCall implements Call {
  readonly #operations: SocketOperations;
  readonly #buffer: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  readonly #flags: number;
  readonly #details: Received | undefined;
  readonly #target: number;
  #copied = 0;
  #waited = false;
  /** Octets that were there to be looked at, of a call that waits to look at more. */
  #peeked = 0;

  constructor(
    operations: SocketOperations,
    buffer: Uint8Array,
    start: number,
    end: number,
    flags: number,
    details: Received | undefined,
  ) {
    this.#operations = operations;
    this.#buffer = buffer;
    this.#start = start;
    this.#end = end;
    this.#flags = flags;
    this.#details = details;
    this.#target = targetOf(operations, end - start, flags);
  }

  attempt(): number {
    const operations = this.#operations;
    // The application may have taken the buffer's memory away, by transferring it, while the call waited.
    if (checkBuffer(this.#buffer, this.#start, this.#end) !== 0) return this.interrupted(-errno.EFAULT);
    for (;;) {
      if (this.#copied > 0 && operations.errorPending) return this.#copied;
      const at = this.#start + this.#copied;
      const count = receiveFrom(operations, this.#buffer, at, this.#end, this.#flags, this.#details);
      if (count === -errno.EAGAIN) return this.#waits(at);
      if (count < 0) return this.interrupted(this.#asWaited(count));
      if (this.#looksForMore(count)) return -errno.EAGAIN;
      this.#copied += count;
      if (count === 0 || this.#copied >= this.#target) return this.#copied;
    }
  }

  /** While it waits, what comes goes straight into its buffer; where it is only looked at, it must stay behind. */
  #waits(at: number): number {
    this.#waited = true;
    if ((this.#flags & SPECIAL) === 0) this.#operations.lend?.(this.#buffer, at, this.#end);
    return -errno.EAGAIN;
  }

  withdraw(): void {
    this.#operations.withdraw?.();
  }

  interrupted(status: number): number {
    this.#takeLent();
    this.withdraw();
    return this.#copied > 0 ? this.#copied : this.#peeked > 0 ? this.#peeked : status;
  }

  /**
   * What has come into its buffer in this very entry, before it could try again, counts: nothing is written behind the
   * count that it gives.
   */
  #takeLent(): void {
    const operations = this.#operations;
    if (!this.#waited || (this.#flags & SPECIAL) !== 0 || operations.lend === undefined) return;
    if (operations.available === 0 || operations.errorPending) return;
    if (checkBuffer(this.#buffer, this.#start, this.#end) !== 0) return;
    const at = this.#start + this.#copied;
    const count = receiveFrom(operations, this.#buffer, at, this.#end, this.#flags, this.#details);
    this.#copied += Math.max(0, count);
  }

  /** MSG_PEEK with MSG_WAITALL of TCP: all that is asked for must be there, unless no more can come. */
  #looksForMore(count: number): boolean {
    if ((this.#flags & LOOK_AT_ALL) !== LOOK_AT_ALL || this.#operations.kind !== "tcp") return false;
    if (this.#start + count >= this.#end || this.#operations.available > count) return false;
    if ((this.#operations.readiness() & (POLLRDHUP | POLLHUP | POLLERR)) !== 0) return false;
    this.#peeked = count;
    this.#waited = true;
    return true;
  }

  /** What a call that has waited on a connection that is dissolved now (AF_UNSPEC) is told, as on Linux. */
  #asWaited(status: number): number {
    return status === -errno.ENOTCONN && this.#waited ? -errno.EPIPE : status;
  }
}

/** Octets to wait for. */
function targetOf(operations: SocketOperations, room: number, flags: number): number {
  if (operations.keepsBoundaries || (flags & (MSG_PEEK | MSG_OOB | MSG_TRUNC)) !== 0)
    return Math.min(1, room);
  return (flags & MSG_WAITALL) !== 0 ? room : Math.min(operations.lowWater, room);
}

/** A negated errno if the arguments of a receive or send are wrong, else 0. */
export function checkTransfer(buffer: unknown, start: number, end: number, flags: number): number {
  // As on Linux, flags that a call does not know are not looked at.
  if (!isInteger(flags, -0x8000_0000, 0xffff_ffff)) return -errno.EINVAL;
  return checkBuffer(buffer, start, end);
}

/** `recv!`: see `Sockets.recvInto`. */
export function recvInto(
  socket: Socket,
  buffer: Uint8Array,
  flags = 0,
  start = 0,
  end: number = lengthOf(buffer),
  options?: WaitOptions,
): Promise<number> {
  const description = Socket.of(socket);
  if (description === undefined) return unopenedLater(socket, "recv!");
  const bad = checkTransfer(buffer, start, end, flags);
  if (bad !== 0) return rejected(description.clock.turns, failed(bad, "recv!"));
  const { operations } = description;
  const simple = targetOf(operations, end - start, flags) <= 1 && (flags & LOOK_AT_ALL) !== LOOK_AT_ALL;
  if (description.receivers.empty && options === undefined && simple) {
    const count = receiveFrom(operations, buffer, start, end, flags);
    if (count >= 0) return fulfilled(description.clock.turns, count, count);
    if (count !== -errno.EAGAIN) return rejected(description.clock.turns, failed(count, "recv!"));
  }
  const call = new ReceiveCall(operations, buffer, start, end, flags, undefined);
  return awaitReceive(socket, description, "recv!", call, flags, options, (count) => count);
}

/** `recvfrom!`: see `Sockets.recvfromInto`. */
export function recvfromInto(
  socket: Socket,
  buffer: Uint8Array,
  flags = 0,
  start = 0,
  end: number = lengthOf(buffer),
  options?: WaitOptions,
): Promise<[number, Sockaddr | NoAddress]> {
  const description = Socket.of(socket);
  if (description === undefined) return unopenedLater(socket, "recvfrom!");
  const bad = checkTransfer(buffer, start, end, flags);
  if (bad !== 0) return rejected(description.clock.turns, failed(bad, "recvfrom!"));
  const details = new Received(false);
  const call = new ReceiveCall(description.operations, buffer, start, end, flags, details);
  return awaitReceive(socket, description, "recvfrom!", call, flags, options, (count) => [
    count,
    details.address ?? NO_ADDRESS,
  ]);
}

/** `recvmsg`: see `Sockets.recvmsg`. */
export function recvmsg(
  socket: Socket,
  buffers: Uint8Array | readonly Uint8Array[],
  flags = 0,
  options?: WaitOptions,
): Promise<ReceivedMessage> {
  const description = Socket.of(socket);
  if (description === undefined) return unopenedLater(socket, "recvmsg");
  const several = Array.isArray(buffers) ? (buffers as readonly Uint8Array[]) : [buffers as Uint8Array];
  if (several.length > MOST_BUFFERS)
    return rejected(description.clock.turns, failed(-errno.EMSGSIZE, "recvmsg"));
  let room = 0;
  for (const buffer of several) {
    const bad = checkTransfer(buffer, 0, buffer?.length ?? 0, flags);
    if (bad !== 0) return rejected(description.clock.turns, failed(bad, "recvmsg"));
    room += buffer.length;
  }
  const [first] = several;
  const gathered = several.length === 1 && first !== undefined ? first : new Uint8Array(room);
  const details = new Received(true);
  const call = new ReceiveCall(description.operations, gathered, 0, room, flags, details);
  return awaitReceive(socket, description, "recvmsg", call, flags, options, (count) => {
    if (gathered !== first) scatter(gathered, Math.min(count, room), several);
    const { operations } = description;
    if (operations.kind === "tcp" && operations.kept.isOn(INQ)) {
      // As on Linux, where nothing is left but the end, 1 says that it pays to read on.
      const left = operations.available || ((operations.readiness() & POLLRDHUP) === 0 ? 0 : 1);
      details.control.push({ level: IPPROTO_TCP, type: TCP_INQ, data: left });
    }
    const { address, control } = details;
    return { count, address: address ?? NO_ADDRESS, flags: details.flags, control };
  });
}

/** Copies `octets` of `from` to one buffer after the other. */
function scatter(from: Uint8Array, octets: number, buffers: readonly Uint8Array[]): void {
  let at = 0;
  for (const buffer of buffers) {
    const next = Math.min(octets, at + buffer.length);
    buffer.set(from.subarray(at, next));
    at = next;
  }
}

/** Flags with which a receive does not wait. The queue of errors is looked at (ip(7)); AF_UNIX has none. */
function neverWaiting({ family }: SocketOperations): number {
  return family === AF_UNIX ? MSG_DONTWAIT : MSG_DONTWAIT | MSG_ERRQUEUE;
}

function awaitReceive<T>(
  socket: Socket,
  description: Description,
  syscall: string,
  call: Call,
  flags: number,
  options: WaitOptions | undefined,
  result: (count: number) => T,
): Promise<T> {
  if (options?.signal?.aborted === true) {
    return rejected(
      description.clock.turns,
      new SocketError("ECANCELED", syscall, undefined, options.signal.reason),
    );
  }
  const queue = description.receivers;
  let status = queue.empty ? call.attempt() : -errno.EAGAIN;
  const mayWait = description.mayWaitToReceive && (flags & neverWaiting(description.operations)) === 0;
  if (status === -errno.EAGAIN && mayWait) {
    const timeout = description.operations.kept.receiveTimeout;
    const timeoutStatus = -errno.EAGAIN;
    return wait(description.clock, queue, {
      handle: socket,
      syscall,
      call,
      timeout,
      timeoutStatus,
      options,
      result,
    });
  }
  if (status === -errno.EAGAIN) status = call.interrupted(status);
  const { turns } = description.clock;
  return status < 0 ? rejected(turns, failed(status, syscall)) : fulfilled(turns, result(status), status);
}

/** The form of `recv!` that never waits: undefined instead of EAGAIN. @throws {@link SocketError} */
export function tryRecvInto(
  socket: Socket,
  buffer: Uint8Array,
  flags = 0,
  start = 0,
  end: number = lengthOf(buffer),
): number | undefined {
  return tryReceive(socket, "recv!", buffer, flags, start, end, undefined);
}

/** The form of `recvfrom!` that never waits: undefined instead of EAGAIN. @throws {@link SocketError} */
export function tryRecvfromInto(
  socket: Socket,
  buffer: Uint8Array,
  flags = 0,
  start = 0,
  end: number = lengthOf(buffer),
): [number, Sockaddr | NoAddress] | undefined {
  const details = new Received(false);
  const count = tryReceive(socket, "recvfrom!", buffer, flags, start, end, details);
  return count === undefined ? undefined : [count, details.address ?? NO_ADDRESS];
}

function tryReceive(
  socket: Socket,
  syscall: string,
  buffer: Uint8Array,
  flags: number,
  start: number,
  end: number,
  details: Received | undefined,
): number | undefined {
  const description = Socket.of(socket);
  if (description === undefined) throw unopened(socket, syscall);
  const bad = checkTransfer(buffer, start, end, flags);
  if (bad !== 0) throw failed(bad, syscall);
  if (!description.receivers.empty) return undefined;
  const count = receiveFrom(description.operations, buffer, start, end, flags, details);
  if (count >= 0) return count;
  if (count === -errno.EAGAIN) return undefined;
  throw failed(count, syscall);
}
