import { expect } from "chai";
import {
  AF_INET,
  AF_UNIX,
  createSockets,
  F_SETFL,
  INADDR_LOOPBACK,
  O_NONBLOCK,
  POLLOUT,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Socket,
  type Sockets,
} from "../../src/api/index.ts";
import { EventLoop, hostRandom } from "../../src/drivers/node/index.ts";
import { VirtualTimeError } from "../../src/drivers/simulation/index.ts";
import { Lab } from "../../src/lab/index.ts";
import { type Deferred, Stack, seconds, type Turns, timer } from "../../src/stack/index.ts";
import { fails, QuietStack, settles } from "./support.ts";

/** A host that cuts the turn off when the test says so. */
class Cutting implements Turns {
  cut = false;
  told: number[] = [];
  readonly waiting: Deferred[] = [];

  spend(octets: number): boolean {
    this.told.push(octets);
    return !this.cut;
  }

  putOff(task: Deferred): void {
    this.waiting.push(task);
  }

  next(task: Deferred): void {
    this.waiting.push(task);
  }

  resume(): void {
    this.cut = false;
    for (const task of this.waiting.splice(0)) task.run();
  }
}

describe("a turn of the application", () => {
  let turns: Cutting;
  let api: Sockets;
  let left: Socket;
  let right: Socket;

  beforeEach(() => {
    turns = new Cutting();
    api = createSockets(Object.assign(new QuietStack(), { turns }));
    [left, right] = api.socketpair(AF_UNIX, SOCK_STREAM);
  });

  it("is charged with every call that ends, and the octets that it moved", async () => {
    const buffer = new Uint8Array(100);
    await api.send(left, new Uint8Array(30));
    await api.recvInto(right, buffer);
    const waiting = api.recvInto(right, buffer);
    await api.send(left, new Uint8Array(7));
    await waiting;
    await api.poll([{ socket: left, events: POLLOUT }]);
    await fails(api.sendto(left, buffer, AF_UNIX, "/nobody"), "EISCONN");
    await api.close(left);
    await fails(api.close(left), "EBADF");
    // The receive ends before the send that ends it.
    expect(turns.told).to.deep.equal([30, 30, 7, 7, 0, 0, 0, 0]);
  });

  it("that is over tells nothing more, and the next one all of it in the order in which it ended", async () => {
    const order: string[] = [];
    const note = (name: string, call: Promise<unknown>): Promise<unknown> =>
      call.then(
        () => order.push(name),
        () => order.push(`${name} failed`),
      );
    const waiting = note("receive", api.recvInto(right, new Uint8Array(10)));
    turns.cut = true;
    const sent = note("send", api.send(left, new Uint8Array(10)));
    const refused = note("connect", api.connect(left, AF_UNIX, "/nobody"));
    const closed = note("close", api.close(left));
    const end = note("end", api.recvInto(right, new Uint8Array(10)));
    const all = Promise.all([waiting, sent, refused, closed, end]);
    expect(await settles(all)).to.equal(false);
    expect(order).to.deep.equal([]);
    turns.resume();
    await all;
    expect(order).to.deep.equal(["receive", "send", "connect failed", "close", "end"]);
  });
});

/** Calls after which a pump gives up: it would take seconds, a turn of the event loop some 200 µs. */
const MOST_CALLS = 1_000_000;

describe("the event loop's turns", () => {
  let loop: EventLoop;
  let api: Sockets;
  let stop: boolean;
  let calls: number;

  beforeEach(() => {
    loop = new EventLoop();
    const stack = new Stack({
      clock: loop,
      random: hostRandom(1).random,
      wakeAt: (deadline) => loop.wakeAt(deadline),
    });
    loop.drive(stack);
    api = createSockets(stack);
    stop = false;
    calls = 0;
  });
  afterEach(() => loop.close());

  async function sends(socket: Socket): Promise<void> {
    for (const octets = new Uint8Array(100); !stop && calls < MOST_CALLS; calls++)
      await api.send(socket, octets);
    await api.close(socket);
  }

  async function receives(socket: Socket): Promise<void> {
    const buffer = new Uint8Array(65_536);
    for (; !stop && calls < MOST_CALLS; calls++) if ((await api.recvInto(socket, buffer)) === 0) return;
  }

  /** The program's own timers and immediates must run while `pump` does. */
  async function servesOthers(...pump: readonly Promise<unknown>[]): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setImmediate(resolve));
    stop = true;
    await Promise.all(pump);
    expect(calls, "calls in which no timer fired").to.be.below(MOST_CALLS);
    expect(calls).to.be.above(0);
  }

  it("end while two ends of an AF_UNIX pair keep each other busy", async () => {
    const [left, right] = api.socketpair(AF_UNIX, SOCK_STREAM);
    await servesOthers(sends(left), receives(right));
  });

  it("end while TCP over the loopback interface is busy", async () => {
    const listener = api.socket(AF_INET, SOCK_STREAM);
    api.bind(listener, AF_INET, INADDR_LOOPBACK, 7);
    api.listen(listener, 1);
    const client = api.socket(AF_INET, SOCK_STREAM);
    const [[server]] = await Promise.all([
      api.accept(listener),
      api.connect(client, AF_INET, INADDR_LOOPBACK, 7),
    ]);
    await servesOthers(sends(client), receives(server));
  });

  it("end while UDP over the loopback interface is echoed to and fro", async () => {
    const [one, other] = [7, 8].map((port) => {
      const socket = api.socket(AF_INET, SOCK_DGRAM);
      api.bind(socket, AF_INET, INADDR_LOOPBACK, port);
      return socket;
    }) as [Socket, Socket];
    const echoes = async (socket: Socket, to: number): Promise<void> => {
      const buffer = new Uint8Array(100);
      for (; !stop && calls < MOST_CALLS; calls++) {
        await api.sendto(socket, buffer, AF_INET, INADDR_LOOPBACK, to);
        await api.recvInto(socket, buffer);
      }
      await api.sendto(socket, buffer, AF_INET, INADDR_LOOPBACK, to); // lets the other go
    };
    await servesOthers(echoes(one, 8), echoes(other, 7));
  });

  it("end while a call that never waits is asked again and again", async () => {
    const [, right] = api.socketpair(AF_UNIX, SOCK_STREAM);
    api.fcntl(right, F_SETFL, O_NONBLOCK);
    const asks = async (): Promise<void> => {
      for (; !stop && calls < MOST_CALLS; calls++)
        await fails(api.recvInto(right, new Uint8Array(1)), "EAGAIN");
    };
    await servesOthers(asks());
  });

  it("end while calls are made on a socket that is closed", async () => {
    const [, right] = api.socketpair(AF_UNIX, SOCK_STREAM);
    await api.close(right);
    const asks = async (): Promise<void> => {
      for (; !stop && calls < MOST_CALLS; calls++)
        await fails(api.recvInto(right, new Uint8Array(1)), "EBADF");
    };
    await servesOthers(asks());
  });

  it("run what was put off though the loop was closed", async () => {
    const order: string[] = [];
    const note = (name: string): Deferred => ({ run: () => order.push(name) });
    loop.putOff(note("put off"));
    loop.next(note("next"));
    loop.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).to.deep.equal(["put off", "next"]);
  });

  it("let promises go on after each event that is given to next", async () => {
    const order: string[] = [];
    for (const name of ["first", "second"]) {
      loop.next({
        run: () => {
          order.push(name);
          process.nextTick(() => order.push(`tick after ${name}`));
          void Promise.resolve().then(() => order.push(`promise after ${name}`));
        },
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
    const events = (name: string): string[] => [name, `tick after ${name}`, `promise after ${name}`];
    expect(order).to.deep.equal([...events("first"), ...events("second")]);
  });
});

describe("virtual time's turns", () => {
  let lab: Lab;
  let api: Sockets;
  let left: Socket;
  let right: Socket;

  beforeEach(() => {
    lab = new Lab({ standstill: 10_000 });
    api = lab.host("alice", "10.0.0.1/24").sockets;
    [left, right] = api.socketpair(AF_UNIX, SOCK_STREAM);
  });
  afterEach(() => lab.close());

  it("let no time pass while calls can still end, however many", async () => {
    let deadlineSeen = false;
    timer(lab.time.timers, () => {
      deadlineSeen = true;
    }).set(1 as never);
    const buffer = new Uint8Array(100);
    const send = async (): Promise<void> => {
      for (let i = 0; i < 20_000; i++) await api.send(left, buffer);
    };
    const receive = async (): Promise<void> => {
      for (let octets = 0; octets < 2_000_000; ) octets += await api.recvInto(right, buffer);
    };
    await lab.run(Promise.all([send(), receive()]));
    expect(lab.time.now()).to.equal(0);
    expect(deadlineSeen).to.equal(false);
  });

  it("end, so that a program that goes round in circles is found out", async () => {
    const buffer = new Uint8Array(100);
    let stop = false;
    const send = async (): Promise<void> => {
      while (!stop) await api.send(left, buffer);
    };
    const receive = async (): Promise<void> => {
      while (!stop) await api.recvInto(right, buffer);
    };
    const [outcome] = await Promise.allSettled([lab.run(Promise.all([send(), receive()]))]);
    stop = true;
    if (outcome?.status !== "rejected") throw new Error("it ended");
    expect(outcome.reason).to.be.instanceOf(VirtualTimeError);
    expect((outcome.reason as Error).message).to.match(/time stands still at 0 s/);
  });

  it("run events one by one, with promises served in between, before time moves on", async () => {
    const order: string[] = [];
    const late = new Promise<void>((resolve) => {
      timer(lab.time.timers, () => {
        order.push("a second later");
        resolve();
      }).set(seconds(1) as never);
    });
    for (const name of ["first", "second"]) {
      lab.time.next({
        run: () => {
          order.push(name);
          void Promise.resolve().then(() => order.push(`promise after ${name}`));
        },
      });
    }
    lab.time.putOff({ run: () => order.push("put off") });
    await lab.run(late);
    expect(order).to.deep.equal([
      "put off",
      "first",
      "promise after first",
      "second",
      "promise after second",
      "a second later",
    ]);
  });
});
