import { expect } from "chai";
import fc from "fast-check";
import {
  AddressInfoError,
  AF_INET,
  AF_PACKET,
  AF_UNIX,
  createSockets,
  ETH_P_ALL,
  EventSet,
  LookupError,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  Socket,
  SocketError,
  type Sockets,
} from "../../src/api/index.ts";
import { VirtualTime } from "../../src/drivers/simulation/index.ts";
import { Stack, Xoshiro128 } from "../../src/stack/index.ts";
import { throws } from "./support.ts";

/** All calls; each is given anything at all. */
const CALLS = [
  "socket",
  "socketpair",
  "unlink",
  "bind",
  "listen",
  "accept",
  "connect",
  "send",
  "sendto",
  "sendmsg",
  "recv!",
  "recvfrom!",
  "recvmsg",
  "tryRecvInto",
  "tryRecvfromInto",
  "trySend",
  "tryAccept",
  "shutdown",
  "close",
  "getsockname",
  "getpeername",
  "getsockopt",
  "setsockopt",
  "poll",
  "select",
  "fcntl",
  "ioctl",
  "sockatmark",
  "dup",
  "getaddrinfo",
  "gethost",
  "gethostbyname",
  "gethostbyaddr",
  "getnet",
  "getservbyname",
  "getprotobyname",
] as const;

/** Those that can wait: they must not throw. */
const WAITING = new Set([
  "accept",
  "connect",
  "send",
  "sendto",
  "sendmsg",
  "recv!",
  "recvfrom!",
  "recvmsg",
  "close",
  "poll",
  "select",
  "getaddrinfo",
  "gethost",
  "gethostbyname",
  "gethostbyaddr",
  "getnet",
]);

function freshSockets(): Sockets {
  const time = new VirtualTime();
  const stack = new Stack({ clock: time, random: new Xoshiro128(1), wakeAt: () => {} });
  time.join("stack", stack);
  return createSockets(stack);
}

/** A few sockets of every kind and in several states. */
function zoo(api: Sockets): Socket[] {
  const listener = api.socket(AF_INET, SOCK_STREAM);
  api.listen(listener, 3);
  const closed = api.socket(AF_INET, SOCK_DGRAM);
  api.close(closed);
  return [
    ...api.socketpair(AF_UNIX, SOCK_STREAM),
    ...api.socketpair(AF_UNIX, SOCK_DGRAM),
    api.socket(AF_INET, SOCK_STREAM),
    api.socket(AF_INET, SOCK_DGRAM),
    api.socket(AF_INET, SOCK_RAW, 253),
    api.socket(AF_PACKET, SOCK_RAW, ETH_P_ALL),
    listener,
    closed,
  ];
}

function known(error: unknown): boolean {
  return error instanceof SocketError || error instanceof LookupError || error instanceof AddressInfoError;
}

describe("calls with bad input", () => {
  const argument = fc.oneof(
    fc.integer({ min: -2, max: 20 }),
    fc.constantFrom(0x7f00_0001, 65_536, 2 ** 32, 1 << 30, 0.5, Number.NaN, Number.POSITIVE_INFINITY),
    fc.constantFrom<unknown>(
      undefined,
      null,
      "",
      "x",
      "\0",
      true,
      {},
      [],
      [1, 2],
      { family: 2 },
      { family: 1, path: 3 },
    ),
    fc.constantFrom<unknown>(
      { signal: {} },
      { signal: 1 },
      { data: 1 },
      { socket: 1 },
      { family: 17, index: 1 },
    ),
    fc.constantFrom<unknown>({ family: 2, address: 0x7f00_0001, port: 9 }, [{ socket: null, events: "x" }]),
    fc.constant(new Uint8Array(8)),
    fc.anything(),
  );
  const step = fc.record({
    call: fc.constantFrom(...CALLS),
    socket: fc.nat(9),
    onSocket: fc.boolean(),
    args: fc.array(argument, { maxLength: 6 }),
  });

  it("fail with an error of this library, from the promise if they can wait, whatever they are given", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): number => unhandled.push(reason);
    process.on("unhandledRejection", note);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        const api = freshSockets();
        const sockets = zoo(api);
        const outcomes: Promise<unknown>[] = [];
        for (const { call, socket, onSocket, args } of steps) {
          const given = onSocket ? [sockets[socket], ...args] : args;
          try {
            const result: unknown = (api[call] as (...all: unknown[]) => unknown)(...given);
            if (result instanceof Promise) outcomes.push(result);
            if (result instanceof Socket) sockets.push(result);
          } catch (error) {
            if (!known(error)) throw error;
            if (WAITING.has(call)) throw new Error(`${call} threw instead of rejecting`, { cause: error });
          }
        }
        for (const socket of sockets) await api.close(socket).catch(() => undefined);
        for (const outcome of outcomes) {
          // A wait for time alone, such as a `select` of nothing, goes on for ever.
          const settled = await Promise.race([Promise.allSettled([outcome]), Promise.resolve([])]);
          for (const each of settled) {
            if (each.status === "rejected" && !known(each.reason)) throw each.reason;
          }
        }
      }),
      { numRuns: 400 },
    );
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", note);
    expect(unhandled).to.deep.equal([]);
  });

  it("change nothing when they are refused", () => {
    const api = freshSockets();
    const socket = api.socket(AF_INET, SOCK_STREAM);
    throws(() => api.bind(socket, AF_INET, 0x7f00_0001, 70_000), "EINVAL");
    throws(() => api.bind(socket, AF_INET, "127.0.0.1", 7), "EINVAL");
    throws(() => api.bind(socket, 99, 1, 7), "EAFNOSUPPORT");
    expect(api.getsockname(socket)).to.deep.equal({ family: 2, address: 0, port: 0 });
    throws(() => api.setsockopt(socket, 1, 8, -1), "EINVAL");
    throws(() => api.setsockopt(socket, 1, 8, "big" as never), "EINVAL");
    expect(api.getsockopt(socket, 1, 8)).to.be.greaterThan(0);
  });

  it("name the call that failed, with errno's number", () => {
    const api = freshSockets();
    const error = new SocketError("ECONNREFUSED", "connect");
    expect(error).to.include({ code: "ECONNREFUSED", errno: 111, syscall: "connect", name: "SocketError" });
    expect(error.message).to.equal("connect: the peer refused the connection (ECONNREFUSED)");
    expect(() => api.listen(5 as unknown as Socket, 1))
      .to.throw(SocketError)
      .that.includes({ syscall: "listen", code: "ENOTSOCK" });
    expect(api.epollCreate()).to.be.instanceOf(EventSet);
  });
});
