/** The calls that send: `send`, `sendto`, `sendmsg`, and their form that never waits. */

import { encodeUtf8 } from "../stack/base/utf8.ts";
import type { Sockaddr } from "./address.ts";
import { optionsIn, parseTarget } from "./arguments.ts";
import { MSG_DONTWAIT } from "./constants.ts";
import { errno, failed, SocketError } from "./errors.ts";
import type { ControlMessage, SocketOperations } from "./operations.ts";
import { fulfilled, rejected } from "./outcomes.ts";
import { checkTransfer, MOST_BUFFERS } from "./receiving.ts";
import { checkBuffer, type Description, lengthOf, Socket, unopened, unopenedLater } from "./socket.ts";
import { type Call, type WaitOptions, wait } from "./wait.ts";

/** What can be sent: octets, or a string, which goes in UTF-8. Counts are octets. */
export type Message = Uint8Array | string;

/** What `sendmsg` sends. */
export interface OutgoingMessage {
  /** Several are sent as if they were one. */
  readonly data: Message | readonly Message[];
  /** The destination; absent on a connected socket. */
  readonly address?: Sockaddr | undefined;
  /** Control data, such as sockets to pass (SCM_RIGHTS). */
  readonly control?: readonly ControlMessage[] | undefined;
}

/** A send that waits until all of the message is taken. */
class SendCall implements Call {
  readonly #operations: SocketOperations;
  readonly #message: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  readonly #flags: number;
  readonly #to: Sockaddr | undefined;
  #control: readonly ControlMessage[] | undefined;
  #sent = 0;
  #waited = false;

  constructor(
    operations: SocketOperations,
    message: Uint8Array,
    start: number,
    end: number,
    flags: number,
    to: Sockaddr | undefined,
    control: readonly ControlMessage[] | undefined,
  ) {
    this.#operations = operations;
    this.#message = message;
    this.#start = start;
    this.#end = end;
    this.#flags = flags;
    this.#to = to;
    this.#control = control;
  }

  attempt(): number {
    const operations = this.#operations;
    if (checkBuffer(this.#message, this.#start, this.#end) !== 0) return this.interrupted(-errno.EFAULT);
    for (;;) {
      if (this.#sent > 0 && operations.errorPending) return this.#sent;
      // What has happened while it waited comes before what a call that begins now would be told.
      if (this.#waited && operations.errorPending) return operations.takeError();
      const at = this.#start + this.#sent;
      const count = operations.send(this.#message, at, this.#end, this.#flags, this.#to, this.#control);
      if (count === -errno.EAGAIN) {
        this.#waited = true;
        return count;
      }
      if (count < 0) return this.interrupted(count);
      // Control data go with the first octet.
      this.#control = undefined;
      this.#sent += count;
      if (operations.keepsBoundaries || this.#start + this.#sent >= this.#end) return this.#sent;
    }
  }

  interrupted(status: number): number {
    return this.#sent > 0 ? this.#sent : status;
  }

  /** Octets that a send before this call has already taken. */
  set sent(octets: number) {
    this.#sent = octets;
  }
}

/** `send`: see `Sockets.send`. */
export function send(
  socket: Socket,
  given: Message,
  flags = 0,
  start = 0,
  end?: number,
  options?: WaitOptions,
): Promise<number> {
  const message = octetsOf(given);
  return sendOctets(socket, message, flags, start, end ?? lengthOf(message), options);
}

function sendOctets(
  socket: Socket,
  message: Uint8Array,
  flags: number,
  start: number,
  end: number,
  options: WaitOptions | undefined,
): Promise<number> {
  const description = Socket.of(socket);
  if (description === undefined) return unopenedLater(socket, "send");
  const bad = checkTransfer(message, start, end, flags);
  if (bad !== 0) return rejected(description.clock.turns, failed(bad, "send"));
  const { operations } = description;
  let taken = 0;
  if (description.senders.empty && options === undefined) {
    const count = operations.send(message, start, end, flags);
    if (count === end - start) return fulfilled(description.clock.turns, count, count);
    if (count < 0 && count !== -errno.EAGAIN) return rejected(description.clock.turns, failed(count, "send"));
    if (count >= 0) taken = count;
  }
  const call = new SendCall(operations, message, start, end, flags, undefined, undefined);
  call.sent = taken;
  return awaitSend(socket, description, "send", call, flags, options);
}

/** `sendto`: see `Sockets.sendto`. */
export function sendto(
  socket: Socket,
  message: Message,
  address: Sockaddr,
  flags?: number,
  options?: WaitOptions,
): Promise<number>;
export function sendto(
  socket: Socket,
  message: Message,
  family: number,
  address: number | bigint | string,
  port: number,
  flags?: number,
  options?: WaitOptions,
): Promise<number>;
/** AF_UNIX has no port: flags come after the path. */
export function sendto(
  socket: Socket,
  message: Message,
  family: 1,
  path: string,
  flags?: number,
  options?: WaitOptions,
): Promise<number>;
export function sendto(socket: Socket, message: Message, ...target: unknown[]): Promise<number> {
  try {
    const { address, rest } = parseTarget("sendto", target);
    const [flags = 0] = rest;
    if (typeof flags !== "number") return rejected(Socket.turnsOf(socket), failed(-errno.EINVAL, "sendto"));
    return sendMessage(
      socket,
      "sendto",
      octetsOf(message),
      flags,
      address,
      undefined,
      optionsIn(rest.slice(1)),
    );
  } catch (error) {
    return rejected(Socket.turnsOf(socket), error);
  }
}

/** `sendmsg`: see `Sockets.sendmsg`. */
export function sendmsg(
  socket: Socket,
  message: OutgoingMessage,
  flags = 0,
  options?: WaitOptions,
): Promise<number> {
  try {
    if (typeof message !== "object" || message === null) throw new SocketError("EFAULT", "sendmsg");
    const { data, control, address: given } = message;
    if (control !== undefined && !isControl(control)) throw new SocketError("EINVAL", "sendmsg");
    const address = given === undefined ? undefined : parseTarget("sendmsg", [given]).address;
    return sendMessage(socket, "sendmsg", gather(data), flags, address, control, options);
  } catch (error) {
    return rejected(Socket.turnsOf(socket), error);
  }
}

function isControl(given: unknown): boolean {
  return Array.isArray(given) && given.every((each) => typeof each === "object" && each !== null);
}

/** Sends one message whole. */
function sendMessage(
  socket: Socket,
  syscall: string,
  message: Uint8Array,
  flags: number,
  to: Sockaddr | undefined,
  control: readonly ControlMessage[] | undefined,
  options: WaitOptions | undefined,
): Promise<number> {
  const description = Socket.of(socket);
  if (description === undefined) return unopenedLater(socket, syscall);
  const bad = checkTransfer(message, 0, message?.length ?? 0, flags);
  if (bad !== 0) return rejected(description.clock.turns, failed(bad, syscall));
  const call = new SendCall(description.operations, message, 0, message.length, flags, to, control);
  return awaitSend(socket, description, syscall, call, flags, options);
}

/** A string in UTF-8; octets, and what is neither, as they are. */
function octetsOf(message: Message): Uint8Array {
  return typeof message === "string" ? encodeUtf8(message) : message;
}

/** Several buffers as one; a single one stays itself. @throws EFAULT if one is no buffer, EMSGSIZE for too many */
function gather(data: Message | readonly Message[]): Uint8Array {
  if (!Array.isArray(data)) return octetsOf(data as Message);
  if (data.length > MOST_BUFFERS) throw new SocketError("EMSGSIZE", "sendmsg");
  const buffers = (data as readonly Message[]).map(octetsOf);
  let octets = 0;
  for (const buffer of buffers) {
    if (!(buffer instanceof Uint8Array)) throw new SocketError("EFAULT", "sendmsg");
    octets += buffer.length;
  }
  const gathered = new Uint8Array(octets);
  let at = 0;
  for (const buffer of buffers) {
    gathered.set(buffer, at);
    at += buffer.length;
  }
  return gathered;
}

function awaitSend(
  socket: Socket,
  description: Description,
  syscall: string,
  call: SendCall,
  flags: number,
  options: WaitOptions | undefined,
): Promise<number> {
  if (options?.signal?.aborted === true) {
    return rejected(
      description.clock.turns,
      new SocketError("ECANCELED", syscall, undefined, options.signal.reason),
    );
  }
  const queue = description.senders;
  let status = queue.empty ? call.attempt() : -errno.EAGAIN;
  const mayWait = description.mayWaitToSend && (flags & MSG_DONTWAIT) === 0;
  if (status === -errno.EAGAIN && mayWait) {
    return wait(description.clock, queue, {
      handle: socket,
      syscall,
      call,
      timeout: description.operations.kept.sendTimeout,
      timeoutStatus: -errno.EAGAIN,
      options,
      result: (count) => count,
    });
  }
  if (status === -errno.EAGAIN) status = call.interrupted(status);
  const { turns } = description.clock;
  return status < 0 ? rejected(turns, failed(status, syscall)) : fulfilled(turns, status, status);
}

/**
 * The form of `send` and `sendto` that never waits: octets taken, perhaps not all; undefined instead of
 * EAGAIN. @throws {@link SocketError}
 */
export function trySend(
  socket: Socket,
  given: Message,
  flags = 0,
  start = 0,
  end?: number,
  to?: Sockaddr,
): number | undefined {
  const message = octetsOf(given);
  const until = end ?? lengthOf(message);
  const description = Socket.of(socket);
  if (description === undefined) throw unopened(socket, "send");
  const bad = checkTransfer(message, start, until, flags);
  if (bad !== 0) throw failed(bad, "send");
  if (!description.senders.empty) return undefined;
  const count = description.operations.send(message, start, until, flags, to);
  if (count >= 0) return count;
  if (count === -errno.EAGAIN) return undefined;
  throw failed(count, "send");
}
