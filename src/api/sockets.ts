/** The socket calls of one stack. `createSockets` makes them; there is nothing global. */
import { NO_ADDRESS, type Sockaddr } from "./address.ts";
import { parseTarget } from "./arguments.ts";
import { accept, close, connect, tryAccept } from "./connecting.ts";
import { AF_INET, AF_UNIX, SHUT_RD, SHUT_RDWR, SOCK_NONBLOCK } from "./constants.ts";
import { controlFlags, ioctl } from "./control.ts";
import { checked, errno, failed, rejected, SocketError } from "./errors.ts";
import { type Families, type Family, inetFamily, newOperations, plainStyle } from "./kinds.ts";
import { type Credentials, Received } from "./operations.ts";
import { getOption, setOption } from "./options.ts";
import { recvfromInto, recvInto, recvmsg, tryRecvInto } from "./receiving.ts";
import { gather, send, sendMessage, trySend } from "./sending.ts";
import { Description, opened, Socket } from "./socket.ts";
import type { OutgoingMessage, Sockets } from "./sockets-interface.ts";
import type { SocketStack } from "./stack.ts";
import { UnixNamespace } from "./unix/namespace.ts";
import type { UnixContext } from "./unix/unix-core.ts";
import { unixPair, unixSocket } from "./unix/unix-family.ts";
import type { WaitOptions } from "./wait.ts";

/** What a set of sockets may be given besides its stack. */
export interface SocketsOptions {
  /** The names of AF_UNIX; give the same to several sets to let them meet. A new one by default. */
  readonly namespace?: UnixNamespace | undefined;
  /** Who the owner is, for SO_PEERCRED and SCM_CREDENTIALS; process 1 of user and group 0 by default. */
  readonly credentials?: Credentials | undefined;
}

/** The socket calls, bound to `stack`. Two sets on one stack share its ports, and nothing else. */
export function createSockets(stack: SocketStack, options: SocketsOptions = {}): Sockets {
  const namespace = options.namespace ?? new UnixNamespace();
  const unix = { namespace, credentials: options.credentials ?? { pid: 1, uid: 0, gid: 0 } };
  const families: Families = new Map<number, Family>([
    [AF_INET, (style, protocol) => inetFamily(stack, style, protocol)],
    [AF_UNIX, (style, protocol) => unixSocket(unix, style, protocol)],
  ]);
  const receive: Sockets["recvInto"] = (
    socket,
    buffer,
    flags = 0,
    start = 0,
    end = lengthOf(buffer),
    options,
  ) => recvInto(stack, socket, buffer, flags, start, end, options);
  const receiveFrom: Sockets["recvfromInto"] = (
    socket,
    buffer,
    flags = 0,
    start = 0,
    end = lengthOf(buffer),
    options,
  ) => recvfromInto(stack, socket, buffer, flags, start, end, options);
  const closeSocket: Sockets["close"] = (socket) => close(stack, socket);
  return Object.freeze({
    ...IMMEDIATE,
    socket: (family: number, style: number, protocol = 0) => newSocket(families, family, style, protocol),
    socketpair: (family: number, style: number, protocol = 0) =>
      newPair(families, unix, family, style, protocol),
    unlink: (path: string) => {
      checked(typeof path === "string" ? namespace.unlink(path) : -errno.EINVAL, "unlink");
    },
    accept: (socket: Socket, flags = 0, options?: WaitOptions) => accept(stack, socket, flags, options),
    connect: (socket: Socket, ...target: unknown[]) => connectTo(stack, socket, target),
    send: (
      socket: Socket,
      message: Uint8Array,
      flags = 0,
      start = 0,
      end = lengthOf(message),
      options?: WaitOptions,
    ) => send(stack, socket, message, flags, start, end, options),
    sendto: (socket: Socket, message: Uint8Array, ...target: unknown[]) =>
      sendTo(stack, socket, message, target),
    sendmsg: (socket: Socket, message: OutgoingMessage, flags = 0, options?: WaitOptions) =>
      sendGathered(stack, socket, message, flags, options),
    recvInto: receive,
    "recv!": receive,
    recvfromInto: receiveFrom,
    "recvfrom!": receiveFrom,
    recvmsg: (
      socket: Socket,
      buffers: Uint8Array | readonly Uint8Array[],
      flags = 0,
      options?: WaitOptions,
    ) => recvmsg(stack, socket, buffers, flags, options),
    close: closeSocket,
    "close-port": closeSocket,
  });
}

/** The calls that never wait, and so need no stack to wait with. */
const IMMEDIATE = {
  bind(socket: Socket, ...target: unknown[]): void {
    const { operations } = opened(socket, "bind");
    const { address } = parseTarget("bind", target);
    if (address === undefined) throw new SocketError("EAFNOSUPPORT", "bind");
    checked(operations.bind(address), "bind");
  },
  listen(socket: Socket, backlog: number): void {
    const { operations } = opened(socket, "listen");
    if (!Number.isInteger(backlog)) throw new SocketError("EINVAL", "listen");
    checked(operations.listen(backlog), "listen");
  },
  tryAccept,
  tryRecvInto: (socket: Socket, buffer: Uint8Array, flags = 0, start = 0, end = lengthOf(buffer)) =>
    tryRecvInto(socket, buffer, flags, start, end),
  tryRecvfromInto(socket: Socket, buffer: Uint8Array, flags = 0, start = 0, end = lengthOf(buffer)) {
    const details = new Received(false);
    const count = tryRecvInto(socket, buffer, flags, start, end, details);
    return count === undefined ? undefined : ([count, details.address ?? NO_ADDRESS] as [number, Sockaddr]);
  },
  trySend: (
    socket: Socket,
    message: Uint8Array,
    flags = 0,
    start = 0,
    end = lengthOf(message),
    to?: Sockaddr,
  ) => trySend(socket, message, flags, start, end, to),
  shutdown(socket: Socket, how: number): void {
    const { operations } = opened(socket, "shutdown");
    if (!Number.isInteger(how) || how < SHUT_RD || how > SHUT_RDWR) {
      throw new SocketError("EINVAL", "shutdown");
    }
    checked(operations.shutdown(how), "shutdown");
  },
  getsockname: (socket: Socket) => opened(socket, "getsockname").operations.localAddress(),
  getpeername(socket: Socket): Sockaddr {
    const peer = opened(socket, "getpeername").operations.peerAddress();
    if (typeof peer === "number") throw failed(peer, "getpeername");
    return peer;
  },
  getsockopt: (socket: Socket, level: number, name: number) =>
    getOption(opened(socket, "getsockopt"), level, name),
  setsockopt: (socket: Socket, level: number, name: number, value: unknown) =>
    setOption(opened(socket, "setsockopt"), level, name, value),
  fcntl: controlFlags,
  ioctl,
  sockatmark: (socket: Socket) =>
    checked(opened(socket, "sockatmark").operations.atMark(), "sockatmark") === 1,
  dup: (socket: Socket) => new Socket(opened(socket, "dup").retain()),
};

function newSocket(families: Families, family: number, style: number, protocol: number): Socket {
  const operations = newOperations(families, family, style, protocol);
  if (typeof operations === "number") throw failed(operations, "socket");
  return new Socket(new Description(operations, (style & SOCK_NONBLOCK) !== 0));
}

function newPair(
  families: Families,
  context: UnixContext,
  family: number,
  style: number,
  protocol: number,
): [Socket, Socket] {
  const first = newOperations(families, family, style, protocol);
  if (typeof first === "number") throw failed(first, "socketpair");
  first.close();
  if (family !== AF_UNIX) throw new SocketError("EOPNOTSUPP", "socketpair");
  const pair = unixPair(context, plainStyle(style), protocol);
  if (typeof pair === "number") throw failed(pair, "socketpair");
  const nonBlocking = (style & SOCK_NONBLOCK) !== 0;
  return [
    new Socket(new Description(pair[0], nonBlocking)),
    new Socket(new Description(pair[1], nonBlocking)),
  ];
}

/** The whole of `buffer`; 0 of what is no buffer, which the call itself then refuses. */
function lengthOf(buffer: Uint8Array): number {
  return buffer instanceof Uint8Array ? buffer.length : 0;
}

/** Options stand behind the address; the port's place may be left out where there is none. */
function optionsIn(rest: readonly unknown[]): WaitOptions | undefined {
  return rest.find((each): each is WaitOptions => typeof each === "object" && each !== null);
}

function connectTo(stack: SocketStack, socket: Socket, target: readonly unknown[]): Promise<void> {
  try {
    const { address, rest } = parseTarget("connect", target);
    return connect(stack, socket, address, optionsIn(rest));
  } catch (error) {
    return rejected(error);
  }
}

function sendTo(
  stack: SocketStack,
  socket: Socket,
  message: Uint8Array,
  target: readonly unknown[],
): Promise<number> {
  try {
    const { address, rest } = parseTarget("sendto", target);
    const [flags = 0] = rest;
    if (typeof flags !== "number") return rejected(failed(-errno.EINVAL, "sendto"));
    const options = optionsIn(rest.slice(1));
    return sendMessage(stack, socket, "sendto", message, flags, address, undefined, options);
  } catch (error) {
    return rejected(error);
  }
}

function sendGathered(
  stack: SocketStack,
  socket: Socket,
  message: OutgoingMessage,
  flags: number,
  options: WaitOptions | undefined,
): Promise<number> {
  try {
    const given = message.address;
    const address = given === undefined ? undefined : parseTarget("sendmsg", [given]).address;
    const { data, control } = message;
    const octets = gather(data);
    return sendMessage(stack, socket, "sendmsg", octets, flags, address, control, options);
  } catch (error) {
    return rejected(error);
  }
}
