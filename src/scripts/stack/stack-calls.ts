/** The socket calls of scripts, on the socket interface of our stack. Descriptors are given out as a kernel would. */
import {
  AF_INET,
  type InetSockaddr,
  IPPROTO_TCP,
  inetSockaddr,
  SIOCATMARK,
  type Socket,
  SocketError,
  type Sockets,
  TCP_INFO,
} from "../../api/index.ts";
import type { TcpInfo } from "../../stack/index.ts";
import { type Outcome, UnknownCallError, type Value } from "../run/target.ts";
import type { Ports } from "./connection-clocks.ts";

/** An outcome whose time is not known yet. */
type Result = Omit<Outcome, "at">;
type Given = readonly Value[];
type Structure = Readonly<Record<string, Value>>;
type Call = (given: Given) => Promise<number | Result> | number | Result;

/** 0, 1 and 2 are taken when a program begins. */
const FIRST_DESCRIPTOR = 3;

/** The calls of one run. */
export class StackCalls {
  readonly #sockets: Sockets;
  readonly #open: Map<number, Socket> = new Map();
  readonly #calls: Readonly<Record<string, Call>>;

  constructor(sockets: Sockets) {
    this.#sockets = sockets;
    this.#calls = { ...this.#basics(), ...this.#transfers(), ...this.#options() };
  }

  /** Makes a call. Rejected with an UnknownCallError for what there is not, which is no outcome. */
  async make(name: string, given: Given): Promise<Result> {
    const call = Object.hasOwn(this.#calls, name) ? this.#calls[name] : undefined;
    if (call === undefined) throw new UnknownCallError(`the call ${name} is not supported`);
    try {
      const result = await call(given);
      return typeof result === "number" ? { result, errno: undefined, outputs: {} } : result;
    } catch (error) {
      if (error instanceof SocketError) return { result: -1, errno: error.code, outputs: {} };
      throw error;
    }
  }

  /** What is known of a connection. */
  info(descriptor: number): TcpInfo {
    return this.#sockets.getsockopt(this.#get(descriptor), IPPROTO_TCP, TCP_INFO);
  }

  /** The ports of its connection; 0 and 0 of a socket that has none. */
  ports(descriptor: number): Ports {
    const socket = this.#get(descriptor);
    try {
      const [own, peer] = [this.#sockets.getsockname(socket), this.#sockets.getpeername(socket)];
      return { localPort: (own as InetSockaddr).port, remotePort: (peer as InetSockaddr).port };
    } catch (error) {
      if (error instanceof SocketError && error.code === "ENOTCONN") return { localPort: 0, remotePort: 0 };
      throw error;
    }
  }

  #basics(): Record<string, Call> {
    const api = this.#sockets;
    return {
      socket: ([family, style, protocol]) =>
        this.#add(api.socket((family as number | undefined) ?? AF_INET, integer(style), integer(protocol))),
      bind: ([fd, address]) => none(api.bind(this.#get(fd), addressOf(address))),
      listen: ([fd, backlog]) => none(api.listen(this.#get(fd), integer(backlog))),
      accept: ([fd]) => this.#accept(fd, 0),
      accept4: ([fd, , , flags]) => this.#accept(fd, integer(flags)),
      connect: async ([fd, address]) => none(await api.connect(this.#get(fd), addressOf(address))),
      shutdown: ([fd, how]) => none(api.shutdown(this.#get(fd), integer(how))),
      close: ([fd]) => this.#close(fd),
      fcntl: ([fd, command, value]) => api.fcntl(this.#get(fd), integer(command), integer(value)),
      poll: ([list, , timeout]) => this.#poll(list, integer(timeout ?? -1)),
      dup: ([fd]) => this.#add(api.dup(this.#get(fd))),
    };
  }

  #transfers(): Record<string, Call> {
    const api = this.#sockets;
    const write = ([fd, text, count]: Given): Promise<number> =>
      api.send(this.#get(fd), octetsOf(text, count));
    const read = ([fd, , count]: Given): Promise<number> =>
      api.recvInto(this.#get(fd), new Uint8Array(integer(count)));
    return {
      write,
      read,
      writev: ([fd, vector]) => api.sendmsg(this.#get(fd), { data: buffers(vector) }),
      readv: async ([fd, vector]) => (await api.recvmsg(this.#get(fd), buffers(vector))).count,
      send: ([fd, text, count, flags]) => api.send(this.#get(fd), octetsOf(text, count), integer(flags)),
      recv: ([fd, , count, flags]) =>
        api.recvInto(this.#get(fd), new Uint8Array(integer(count)), integer(flags)),
      sendto: ([fd, text, count, flags, to]) =>
        to === undefined
          ? api.send(this.#get(fd), octetsOf(text, count), integer(flags))
          : api.sendto(this.#get(fd), octetsOf(text, count), addressOf(to), integer(flags)),
      recvfrom: async ([fd, , count, flags]) =>
        (await api.recvfromInto(this.#get(fd), new Uint8Array(integer(count)), integer(flags)))[0],
      sendmsg: ([fd, message, flags]) =>
        api.sendmsg(this.#get(fd), { data: buffers((message as Structure)["msg_iov"]) }, integer(flags)),
      recvmsg: ([fd, message, flags]) => this.#receiveMessage(fd, message, integer(flags)),
    };
  }

  #options(): Record<string, Call> {
    const api = this.#sockets;
    return {
      setsockopt: ([fd, level, name, value]) =>
        none(api.setsockopt(this.#get(fd), level as never, name as never, optionValue(value) as never)),
      getsockopt: ([fd, level, name]) => {
        const value = api.getsockopt(this.#get(fd), level as never, name as never) as unknown;
        return { result: 0, errno: undefined, outputs: { 3: [shown(value, level, name)] } };
      },
      ioctl: ([fd, request, value]) => {
        const number = api.ioctl(this.#get(fd), integer(request), typeof value === "number" ? value : 0);
        return { result: 0, errno: undefined, outputs: { 2: [number] } };
      },
      sockatmark: ([fd]) => api.ioctl(this.#get(fd), SIOCATMARK),
    };
  }

  async #accept(fd: Value, flags: number): Promise<number> {
    const [socket] = await this.#sockets.accept(this.#get(fd), flags);
    return this.#add(socket);
  }

  async #close(fd: Value): Promise<number> {
    const socket = this.#get(fd);
    this.#open.delete(fd as number);
    return none(await this.#sockets.close(socket));
  }

  async #poll(list: Value, timeout: number): Promise<Result> {
    const asked = (list as readonly Structure[]).map((one) => ({
      socket: this.#get(one["fd"]),
      events: integer(one["events"]),
    }));
    const ready = await this.#sockets.poll(asked, timeout);
    const told = asked.map(({ socket }) => ({
      revents: ready.find((one) => one.socket === socket)?.revents ?? 0,
    }));
    return { result: ready.length, errno: undefined, outputs: { 0: told } };
  }

  async #receiveMessage(fd: Value, message: Value, flags: number): Promise<Result> {
    const { msg_iov: vector } = message as Structure;
    const received = await this.#sockets.recvmsg(this.#get(fd), buffers(vector), flags);
    const control = received.control.map(({ level, type, data }) => ({
      cmsg_level: level,
      cmsg_type: type,
      cmsg_data: typeof data === "number" ? data : undefined,
    }));
    const told = { msg_flags: received.flags, msg_control: control };
    return { result: received.count, errno: undefined, outputs: { 1: told } };
  }

  #get(fd: Value): Socket {
    const socket = this.#open.get(fd as number);
    if (socket === undefined) throw new SocketError("EBADF", "script");
    return socket;
  }

  /** The lowest descriptor that is free. */
  #add(socket: Socket): number {
    let fd = FIRST_DESCRIPTOR;
    while (this.#open.has(fd)) fd++;
    this.#open.set(fd, socket);
    return fd;
  }
}

/** Of a call that gives nothing, or throws. */
function none(_done: unknown): number {
  return 0;
}

function integer(value: Value): number {
  return typeof value === "number" ? value : 0;
}

function addressOf(value: Value): InetSockaddr {
  const { sin_addr: address, sin_port: port } = value as Structure;
  return inetSockaddr(integer(address), integer(port));
}

/** What is written: the octets of a string, then zeros; `...` is zeros only. */
function octetsOf(text: Value, count: Value): Uint8Array {
  const octets = new Uint8Array(integer(count));
  if (typeof text === "string") for (let i = 0; i < octets.length; i++) octets[i] = text.charCodeAt(i) || 0;
  return octets;
}

/** `[{..., 40}, {..., 60}]` */
function buffers(vector: Value): Uint8Array[] {
  if (!Array.isArray(vector)) return [];
  return vector.map((one: Structure) => octetsOf(one["0"], one["1"]));
}

/** `[1]` is 1, and a structure what our interface takes for it. */
function optionValue(value: Value): unknown {
  if (Array.isArray(value)) return value.length === 1 ? optionValue(value[0] as Value) : value;
  if (typeof value !== "object") return value;
  const { onoff, linger } = value as Structure;
  return onoff === undefined ? value : [onoff, linger];
}

/** An option as Linux tells it: buffers are twice what was asked for (socket(7)). */
function shown(value: unknown, level: Value, name: Value): Value {
  const isBuffer = level === 1 && (name === 7 || name === 8);
  if (typeof value === "number") return isBuffer ? 2 * value : value;
  if (typeof value === "boolean") return Number(value);
  return Array.isArray(value) ? (value as readonly Value[]) : undefined;
}
