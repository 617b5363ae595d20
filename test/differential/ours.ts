/** Runs scripted socket calls on our stack, over its loopback interface and in virtual time. */
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  AF_UNSPEC,
  createSockets,
  EPOLL_CTL_ADD,
  EPOLLET,
  type EventSet,
  F_SETFL,
  FIONREAD,
  INADDR_LOOPBACK,
  inet6Sockaddr,
  inetNtop,
  inetPton,
  inetSockaddr,
  MSG_DONTWAIT,
  type NoAddress,
  O_NONBLOCK,
  SCM_RIGHTS,
  SIOCOUTQ,
  SOL_SOCKET,
  type Sockaddr,
  type Socket,
  SocketError,
  type Sockets,
  sockaddrAddr,
  sockaddrPort,
} from "../../src/api/index.ts";
import { VirtualTime } from "../../src/drivers/simulation/index.ts";
import { milliseconds, Stack, Xoshiro128 } from "../../src/stack/index.ts";
import { hex } from "../support/octets.ts";
import type { Step } from "./script.ts";

type Args = readonly unknown[];

/** Steps that let time pass themselves, and so much as they say. */
const OWN_TIME: ReadonlySet<string> = new Set(["settle", "spawn", "outcome", "stuff"]);

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const octets = (message: unknown): Uint8Array => new TextEncoder().encode(message as string);

/** Of a script's value: octets, where it has them in hexadecimal. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("hex" in value)) return value;
  return Uint8Array.from(Buffer.from(value.hex as string, "hex"));
}

/** Control data as the kernel has them: octets, or an integer of four. */
function inHex(data: unknown): unknown {
  if (data instanceof Uint8Array) return Buffer.from(data).toString("hex");
  if (typeof data !== "number") return data;
  const octets = Buffer.alloc(4);
  octets.writeInt32LE(data | 0);
  return octets.toString("hex");
}

/** The results of `steps`, each a JSON value or `{ error: "ECODE" }`. */
export async function runOurs(steps: readonly Step[]): Promise<unknown[]> {
  const time = new VirtualTime({ drain: () => new Promise((resolve) => setImmediate(resolve)) });
  const stack = new Stack({ clock: time, random: new Xoshiro128(1), wakeAt: () => {} });
  time.join("stack", stack);
  const run = new Run(createSockets(stack), time);
  const results: unknown[] = [];
  for (const step of steps) results.push(await run.attempt(step));
  return results;
}

class Run {
  readonly #api: Sockets;
  readonly #time: VirtualTime;
  readonly #sockets: Map<string, Socket> = new Map();
  readonly #ports: Map<number, string> = new Map();
  readonly #epolls: Map<string, EventSet> = new Map();
  readonly #background: Map<string, Promise<unknown>> = new Map();

  constructor(api: Sockets, time: VirtualTime) {
    this.#api = api;
    this.#time = time;
  }

  async attempt(step: Step): Promise<unknown> {
    try {
      const [call, ...args] = step;
      const result = this.#call(call, args);
      const timed = result instanceof Promise && !OWN_TIME.has(call);
      return (await (timed ? this.#time.run(result) : result)) ?? null;
    } catch (error) {
      if (error instanceof SocketError) return { error: error.code };
      return { error: String(error) };
    }
  }

  #call(call: string, args: Args): unknown {
    const operation = this.#operations[call];
    if (operation === undefined) throw new Error(`no call ${call}`);
    return operation(args);
  }

  readonly #operations: Readonly<Record<string, (args: Args) => unknown>> = {
    socket: ([name, family, style, protocol]) => {
      this.#put(name, this.#api.socket(family as number, style as number, protocol as number));
    },
    pair: ([left, right, family, style]) => {
      const [near, far] = this.#api.socketpair(family as number, style as number);
      this.#put(left, near);
      this.#put(right, far);
    },
    bind: ([name, address]) => {
      this.#api.bind(this.#get(name), this.#address(address) as Sockaddr);
      this.#note(name);
    },
    listen: ([name, backlog]) => {
      this.#api.listen(this.#get(name), backlog as number);
      this.#note(name);
    },
    connect: async ([name, address]) => {
      const to = this.#address(address);
      const call =
        to === undefined
          ? this.#api.connect(this.#get(name), AF_UNSPEC)
          : this.#api.connect(this.#get(name), to);
      try {
        await call;
      } finally {
        if (!this.#get(name).closed) this.#note(name);
      }
    },
    accept: async ([name, made]) => {
      const [socket, address] = await this.#api.accept(this.#get(name));
      this.#put(made, socket);
      return this.#shown(address);
    },
    send: ([name, message, flags]) => this.#api.send(this.#get(name), octets(message), flags as number),
    sendmany: ([name, count, flags]) =>
      this.#api.send(this.#get(name), new Uint8Array(count as number).fill(120), flags as number),
    fill: ([name, count]) => this.#fill(this.#get(name), count as number),
    stuff: async ([name, count]) => {
      const sizes = (count as number) > 0 ? [count as number, 1] : [1000];
      for (let quiet = 0; quiet < 3; quiet++) {
        for (const size of sizes) if ((await this.#fill(this.#get(name), size)) === "full") quiet = -1;
        await this.#time.runFor(milliseconds(100));
      }
    },
    drain: async ([name]) => {
      for (;;)
        if ((await this.#api.recvInto(this.#get(name), new Uint8Array(65_536), MSG_DONTWAIT)) === 0)
          return "end";
    },
    sendto: async ([name, message, address, flags]) => {
      const to = this.#address(address) as Sockaddr;
      const count = await this.#api.sendto(this.#get(name), octets(message), to, flags as number);
      this.#note(name);
      return count;
    },
    recv: async ([name, count, flags]) => {
      const buffer = new Uint8Array(count as number);
      const received = await this.#api.recvInto(this.#get(name), buffer, flags as number);
      return text(buffer.subarray(0, received));
    },
    recvcount: ([name, count, flags]) =>
      this.#api.recvInto(this.#get(name), new Uint8Array(count as number), flags as number),
    recvfrom: async ([name, count, flags]) => {
      const buffer = new Uint8Array(count as number);
      const [received, from] = await this.#api.recvfromInto(this.#get(name), buffer, flags as number);
      return [text(buffer.subarray(0, received)), this.#shown(from)];
    },
    recvmsg: async ([name, count, flags]) => {
      const buffer = new Uint8Array(count as number);
      const message = await this.#api.recvmsg(this.#get(name), buffer, flags as number);
      return [text(buffer.subarray(0, message.count)), message.flags, this.#shown(message.address)];
    },
    sendbufs: ([name, count]) =>
      this.#api.sendmsg(this.#get(name), { data: new Array<string>(count as number).fill("x") }),
    recvbufs: async ([name, count]) => {
      const buffers = Array.from({ length: count as number }, () => new Uint8Array(1));
      return (await this.#api.recvmsg(this.#get(name), buffers)).count;
    },
    sendfd: ([name, message, passed]) => {
      const control = [{ level: SOL_SOCKET, type: SCM_RIGHTS, data: [this.#get(passed)] }];
      return this.#api.sendmsg(this.#get(name), { data: octets(message), control });
    },
    recvfd: async ([name, count, made]) => {
      const buffer = new Uint8Array(count as number);
      const message = await this.#api.recvmsg(this.#get(name), buffer);
      for (const { data } of message.control) this.#put(made, (data as Socket[])[0] as Socket);
      return [text(buffer.subarray(0, message.count)), message.control.length];
    },
    shutdown: ([name, how]) => this.#api.shutdown(this.#get(name), how as number),
    close: ([name]) => this.#api.close(this.#get(name)),
    dup: ([name, made]) => this.#put(made, this.#api.dup(this.#get(name))),
    sockname: ([name]) => this.#shown(this.#api.getsockname(this.#get(name))),
    peername: ([name]) => this.#shown(this.#api.getpeername(this.#get(name))),
    setopt: ([name, level, option, value]) =>
      this.#api.setsockopt(this.#get(name), level as never, option as never, plain(value) as never),
    sendcontrol: async ([name, message, address, control, flags]) => {
      const outgoing = {
        data: octets(message),
        address: this.#address(address) as Sockaddr,
        control: (control as readonly [number, number, unknown][]).map(([level, type, data]) => {
          return { level, type, data: plain(data) };
        }),
      };
      const count = await this.#api.sendmsg(this.#get(name), outgoing, flags as number);
      this.#note(name);
      return count;
    },
    recvcontrol: async ([name, count]) => {
      const buffer = new Uint8Array(count as number);
      const message = await this.#api.recvmsg(this.#get(name), buffer, MSG_DONTWAIT);
      const control = message.control.map(({ level, type, data }) => [level, type, inHex(data)]);
      return [text(buffer.subarray(0, message.count)), control];
    },
    getopt: ([name, level, option, kind]) => {
      const value = this.#api.getsockopt(this.#get(name), level as never, option as never);
      if (kind === "exists") return "yes";
      if (kind === "length") return (value as unknown as Uint8Array).length;
      return (value as unknown) instanceof Uint8Array ? hex(value as Uint8Array).replaceAll(" ", "") : value;
    },
    nonblock: ([name]) => {
      this.#api.fcntl(this.#get(name), F_SETFL, O_NONBLOCK);
    },
    poll: async ([name, events, timeout]) => {
      const request = { socket: this.#get(name), events: events as number };
      const [ready] = await this.#api.poll([request], timeout as number);
      return ready?.revents ?? 0;
    },
    select: async ([name, timeout]) => {
      const one = [this.#get(name)];
      const ready = await this.#api.select(one, one, one, 0, (timeout as number) * 1000);
      return ready.map((list) => list.length);
    },
    readable: ([name]) => this.#api.ioctl(this.#get(name), FIONREAD),
    atmark: ([name]) => (this.#api.sockatmark(this.#get(name)) ? 1 : 0),
    outq: ([name]) => this.#api.ioctl(this.#get(name), SIOCOUTQ),
    unlink: ([path]) => this.#api.unlink(`/${path as string}`),
    settle: ([span]) => this.#time.runFor(milliseconds(span as number)),
    spawn: async ([name, step]) => {
      this.#background.set(name as string, this.#spawned(step as Step));
      await this.#time.runFor(milliseconds(20));
    },
    waits: async ([name]) => (await this.#first(name)) === "waits",
    outcome: async ([name]) => {
      await this.#time.runFor(milliseconds(400));
      return this.#first(name);
    },
    epoll: ([name, socket, events, edge]) => {
      const set = this.#epolls.get(name as string) ?? this.#api.epollCreate();
      this.#epolls.set(name as string, set);
      const mask = ((events as number) | (edge === true ? EPOLLET : 0)) >>> 0;
      set.control(EPOLL_CTL_ADD, this.#get(socket), mask);
    },
    epollwait: async ([name, timeout]) => {
      const events = await this.#epolls.get(name as string)?.wait(64, timeout as number);
      return events?.map((each) => each.events).sort((a, b) => a - b);
    },
    join: ([name]) => this.#background.get(name as string),
  };

  /** What has become of a call in the background by now. */
  #first(name: unknown): Promise<unknown> {
    return Promise.race([this.#background.get(name as string), Promise.resolve("waits")]);
  }

  /** As `attempt`, but time is left to whoever waits for it. */
  async #spawned([call, ...args]: Step): Promise<unknown> {
    try {
      return (await this.#call(call, args)) ?? null;
    } catch (error) {
      if (error instanceof SocketError) return { error: error.code };
      throw error;
    }
  }

  async #fill(socket: Socket, count: number): Promise<string> {
    let sent = 0;
    try {
      for (;;) sent += await this.#api.send(socket, new Uint8Array(count).fill(120), MSG_DONTWAIT);
    } catch (error) {
      if (!(error instanceof SocketError) || error.code !== "EAGAIN") throw error;
      return sent > 0 ? "full" : "nothing";
    }
  }

  #put(name: unknown, socket: Socket): void {
    this.#sockets.set(name as string, socket);
  }

  #get(name: unknown): Socket {
    const socket = this.#sockets.get(name as string);
    if (socket === undefined) throw new Error(`no socket ${name as string}`);
    return socket;
  }

  #note(name: unknown): void {
    const address = this.#api.getsockname(this.#get(name));
    if (!("port" in address) || address.port === 0 || this.#ports.has(address.port)) return;
    this.#ports.set(address.port, name as string);
  }

  #address(given: unknown): Sockaddr | undefined {
    const [kind, first, port] = given as readonly [string, string, number];
    if (kind === "unspec") return undefined;
    if (kind === "inet") return inetSockaddr(inetPton(AF_INET, first), port);
    if (kind === "inet6") return inet6Sockaddr(inetPton(AF_INET6, first), port);
    if (kind === "port") {
      const [, family, host, name] = given as readonly [string, string, string, string];
      return this.#address([family, host, sockaddrPort(this.#api.getsockname(this.#get(name)))]);
    }
    if (kind === "abstract") return { family: 1, path: `\0${first}` };
    if (kind === "unix") return { family: 1, path: first === "" ? "" : `/${first}` };
    const at = this.#api.getsockname(this.#get(first));
    if (!("port" in at) || at.address !== 0n) {
      return at.family === AF_INET && sockaddrAddr(at) === 0
        ? inetSockaddr(INADDR_LOOPBACK, sockaddrPort(at))
        : at;
    }
    return inet6Sockaddr(1n, at.port);
  }

  #shown(address: Sockaddr | NoAddress): string {
    if (!("family" in address)) return "none";
    if ("port" in address) {
      const port = address.port === 0 ? "0" : (this.#ports.get(address.port) ?? "?");
      const host = inetNtop(address.family, address.address);
      return address.family === AF_INET ? `${host}:${port}` : `[${host}]:${port}`;
    }
    if (address.family !== AF_UNIX || !("path" in address) || address.path === undefined) return "none";
    if (/^\0[0-9a-f]{5}$/.test(address.path)) return `autobound:${address.path.length}`;
    return address.path.startsWith("\0")
      ? `abstract:${address.path.slice(1)}`
      : `unix:${address.path.slice(1)}`;
  }
}
