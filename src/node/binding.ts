/**
 * The parts of Node's inside that the handles of this folder stand on, each with the shape that Node 20 gives
 * it, found once at load. Nothing else in the folder reaches into Node. Why it is done this way, and what was
 * weighed against it: docs/decisions/0020-node-net.md.
 */
import dgram from "node:dgram";
import net from "node:net";
import { refusalOf } from "./runtime.ts";

/** What Node hands a request object to; `status` is 0 or a negative errno. */
export interface Request {
  oncomplete?: ((...results: unknown[]) => void) | null | undefined;
  error?: string;
}

/** Node's `JSStream`: a stream that C++ (TLS) can use although JavaScript implements it. */
export interface NativeStream {
  /** Hands arrived octets to the C++ consumer, which copies them. */
  readBuffer(octets: Uint8Array): void;
  emitEOF(): void;
  finishWrite(request: Request, status: number): void;
  finishShutdown(request: Request, status: number): void;
  getAsyncId(): number;
  asyncReset(resource?: object): void;
  getProviderType(): number;
}

/** The four numbers through which a handle and lib/internal/stream_base_commons.js tell each other results. */
interface StreamWrapBinding {
  readonly streamBaseState: Int32Array;
  readonly kReadBytesOrError: number;
  readonly kArrayBufferOffset: number;
  readonly kBytesWritten: number;
  readonly kLastWriteWasAsync: number;
  readonly kLastWriteErr: number | undefined;
}

function binding(name: string): Record<string, unknown> {
  const refusal = refusalOf(process);
  if (refusal !== undefined) throw new Error(`tapstack/net: ${refusal}`);
  const open = Reflect.get(process, "binding") as ((name: string) => Record<string, unknown>) | undefined;
  if (open === undefined) throw new Error(`tapstack/net needs process.binding("${name}"), as Node 20 has it`);
  return open.call(process, name);
}

/** Gives other classes to those who ask `process.binding` from now on. */
export function replaceInBinding(name: string, members: Readonly<Record<string, unknown>>): void {
  Object.assign(binding(name), members);
}

function named<T>(name: string, key: string): T {
  const value = binding(name)[key];
  if (value === undefined) {
    throw new Error(`tapstack/net needs "${key}" of Node's ${name}, which ${process.version} has not`);
  }
  return value as T;
}

/** Runs what was queued by `process.nextTick` and promises, as Node does between two immediates. */
export const runTicks: () => void = (Reflect.get(process, "_tickCallback") as () => void).bind(process);

/** Node's class of streams that C++ can use although JavaScript implements them. */
export const JSStream: new () => NativeStream = named("js_stream", "JSStream");

const userBuffer = Reflect.get(JSStream.prototype, "useUserBuffer") as (
  this: NativeStream,
  buffer: Uint8Array,
) => void;

/** Tells C++ who takes what arrives when nothing of C++ is on top of the stream. */
export function setNativeOnRead(stream: NativeStream, take: unknown): void {
  // An accessor inside V8, which shows as a plain property and acts on the receiver.
  Reflect.set(JSStream.prototype, "onread", take, stream);
}

/** Tells C++ where to put what arrives then. */
export function setNativeUserBuffer(stream: NativeStream, buffer: Uint8Array): void {
  userBuffer.call(stream, buffer);
}

/** libuv's handles. None of them is ever opened here. */
export interface NodeHandle {
  getProviderType(): number;
  close(callback?: () => void): void;
}
type HandleClass = new (type: number) => NodeHandle;

/** The class itself, found by its prototype: in a simulated program what the binding names makes handles of ours. */
function handleClass(name: string, key: string): HandleClass {
  return named<{ readonly prototype: { readonly constructor: HandleClass } }>(name, key).prototype
    .constructor;
}

/** libuv's class of TCP sockets. */
export const TcpWrap: HandleClass = handleClass("tcp_wrap", "TCP");
const PipeWrap: HandleClass = handleClass("pipe_wrap", "Pipe");
const UdpWrap: HandleClass = handleClass("udp_wrap", "UDP");

/** Prototypes that ours inherit from, so that Node's `instanceof` tests hold (`resetAndDestroy`, `listen`). */
export const TCP_PROTOTYPE: object = TcpWrap.prototype;
/** The prototype of Node's `Pipe`: see `TCP_PROTOTYPE`. */
export const PIPE_PROTOTYPE: object = PipeWrap.prototype;

/** Whether a handle is libuv's own, and not one of ours, which inherits from it. */
export function isNodeTcp(handle: object): handle is NodeHandle {
  return Object.getPrototypeOf(handle) === TCP_PROTOTYPE;
}

// Flags of `bind`; 0 where this Node does not have them, so that none of its flags matches.
const tcpConstants: Readonly<Record<string, number>> = named("tcp_wrap", "constants");
const udpConstants: Readonly<Record<string, number>> = named("udp_wrap", "constants");
/** Flag of `TCP.bind`: share the port (SO_REUSEPORT). */
export const TCP_REUSEPORT: number = tcpConstants["UV_TCP_REUSEPORT"] ?? 0;
/** Flag of `TCP.bind6`: IPV6_V6ONLY. */
export const TCP_IPV6ONLY: number = tcpConstants["UV_TCP_IPV6ONLY"] ?? 0;
/** Flag of `UDP.bind6`: IPV6_V6ONLY. */
export const UDP_IPV6ONLY: number = udpConstants["UV_UDP_IPV6ONLY"] ?? 0;
/** Flag of `UDP.bind`: SO_REUSEADDR. */
export const UDP_REUSEADDR: number = udpConstants["UV_UDP_REUSEADDR"] ?? 0;
/** Flag of `UDP.bind`: share the port (SO_REUSEPORT). */
export const UDP_REUSEPORT: number = udpConstants["UV_UDP_REUSEPORT"] ?? 0;

const streamWrap: StreamWrapBinding = {
  streamBaseState: named("stream_wrap", "streamBaseState"),
  kReadBytesOrError: named("stream_wrap", "kReadBytesOrError"),
  kArrayBufferOffset: named("stream_wrap", "kArrayBufferOffset"),
  kBytesWritten: named("stream_wrap", "kBytesWritten"),
  kLastWriteWasAsync: named("stream_wrap", "kLastWriteWasAsync"),
  // Of Node 26: why a write has failed for which it was given a request all the same. Ours never does that.
  kLastWriteErr: binding("stream_wrap")["kLastWriteErr"] as number | undefined,
};

const WriteRequest: new () => Request & { writeStatus?: number | null } = named("stream_wrap", "WriteWrap");

/** A request for a write that is not yet done, where Node wants one of the handle (Node 26). */
export function makeWriteRequest(): Request {
  const request = new WriteRequest();
  // A number here would say that it is done already.
  request.writeStatus = null;
  return request;
}

/** Says what an `onread` that follows is about: octets read, or a negative errno; where in its buffer. */
export function reportRead(result: number, offset: number): void {
  streamWrap.streamBaseState[streamWrap.kReadBytesOrError] = result;
  streamWrap.streamBaseState[streamWrap.kArrayBufferOffset] = offset;
}

/** Says how a write that is about to return went: octets taken, and whether its request completes later. */
export function reportWrite(octets: number, later: boolean): void {
  streamWrap.streamBaseState[streamWrap.kBytesWritten] = octets;
  streamWrap.streamBaseState[streamWrap.kLastWriteWasAsync] = later ? 1 : 0;
  if (streamWrap.kLastWriteErr !== undefined) streamWrap.streamBaseState[streamWrap.kLastWriteErr] = 0;
}

/** Makes `ancestor` an ancestor of `derived`, which extends JSStream: what is between the two stays in force. */
export function graft(derived: object, ancestor: object): void {
  const between: object[] = [];
  for (
    let at = Object.getPrototypeOf(derived);
    between[0] !== JSStream.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    between.unshift(at);
  }
  const own = Object.assign({}, ...between.map(Object.getOwnPropertyDescriptors));
  Object.setPrototypeOf(derived, Object.create(ancestor, { ...refusals(ancestor), ...own }));
}

/**
 * Methods of libuv's handles that a newer Node may have and ours do not: C++ would only say "Illegal invocation" to a
 * handle of ours. Those that JSStream has as well serve ours too.
 */
function refusals(ancestor: object): PropertyDescriptorMap {
  const refused: PropertyDescriptorMap = {};
  for (
    let at: object | null = ancestor;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value !== "function" || name === "constructor" || name in JSStream.prototype) continue;
      const refuse = (): never => {
        throw new Error(
          `tapstack: a socket of a stack has no ${name}, which Node ${process.version} asks of its handle`,
        );
      };
      refused[name] = { value: refuse, writable: true, configurable: true };
    }
  }
  return refused;
}

/** The symbol of that description among an object's own: Node's are not to be had otherwise. */
export function findSymbol(object: object, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description);
}

function symbolOf(object: object, description: string): symbol {
  const found = findSymbol(object, description);
  if (found === undefined) throw new Error(`tapstack/net needs Node's symbol "${description}"`);
  return found;
}

/** `net.Socket.prototype[kReinitializeHandle](handle)`: gives a socket a (new) handle and prepares both. */
export const REINITIALIZE: symbol = symbolOf(net.Socket.prototype, "kReinitializeHandle");

/** What shows only in a handle of Node's that was made and closed. */
interface HandleFacts {
  /** `handle[handle_onclose]()`: what C++ calls when a handle of libuv's has closed. */
  readonly onClose: symbol;
  /** `handle[owner_symbol]`: the socket that a handle belongs to. */
  readonly owner: symbol;
  /** The kinds of handles as numbers: what `getProviderType` gives. */
  readonly tcp: number;
  readonly pipe: number;
  readonly udp: number;
}

let facts: HandleFacts | undefined;

/** Found at first use, since loading a module makes nothing. The handles never have a socket of the machine. */
export function handleFacts(): HandleFacts {
  if (facts !== undefined) return facts;
  const handles = [new TcpWrap(0), new PipeWrap(0), new UdpWrap(0)] as const;
  const [tcp, pipe, udp] = handles.map((handle) => handle.getProviderType()) as [number, number, number];
  for (const handle of handles) handle.close(() => undefined);
  const onClose = symbolOf(handles[0], "handle_onclose");
  facts = { onClose, owner: symbolOf(handles[0], "owner_symbol"), tcp, pipe, udp };
  return facts;
}

/** The socket that a handle belongs to; undefined or null when Node has given it to none. */
export function ownerOf(handle: object): unknown {
  return Reflect.get(handle, handleFacts().owner);
}

/** Gives a handle to a socket. */
export function setOwner(handle: object, socket: object): void {
  Reflect.set(handle, handleFacts().owner, socket);
}

let dgramState: symbol | undefined;

/**
 * `socket[kStateSymbol]` of a `dgram.Socket`, whose `handle` is what sends and receives. The symbol is found in the
 * first socket that asks: to make one at load would open a socket of the machine that nobody wanted.
 */
export function dgramStateOf<T>(socket: dgram.Socket): T {
  dgramState ??= symbolOf(socket, "state symbol");
  return Reflect.get(socket, dgramState) as T;
}

/** That symbol, where a socket may be made to find it: a program that is taken over as a whole has sockets anyway. */
export function dgramStateSymbol(): symbol {
  if (dgramState === undefined) {
    const socket = dgram.createSocket("udp4");
    dgramState = symbolOf(socket, "state symbol");
    socket.close();
  }
  return dgramState;
}

/** Fields and methods of Node's `net.Socket` and `net.Server` that its type declarations leave out. */
export interface SocketInside extends net.Socket {
  _handle: object | null;
  _peername: unknown;
  _sockname: unknown;
}

/** Fields and methods of Node's `net.Server` that its type declarations leave out. */
export interface ServerInside extends net.Server {
  _handle: object | null;
  _pipeName?: string;
  _listen2: Listen2;
}

/** What `net.Server.prototype.listen` ends in: makes the handle unless there is one, then listens on it. */
export type Listen2 = (
  this: ServerInside,
  address: string | null,
  port: number | null,
  addressType: number | null,
  backlog: number,
  fd: number | undefined,
  flags?: number,
) => void;

/** The arguments of `connect` or `listen`, as options and callback; marked, so that Node knows them again. */
export type Normalized = [Record<string, unknown>, ((...results: unknown[]) => void) | null];

/** Exported by Node under an underscore, and used by well-known packages: as stable as public. */
export const normalizeArguments: (args: readonly unknown[]) => Normalized = Reflect.get(
  net,
  "_normalizeArgs",
) as (args: readonly unknown[]) => Normalized;
