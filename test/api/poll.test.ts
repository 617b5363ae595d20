import { expect } from "chai";
import {
  AF_UNIX,
  createSockets,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  SOCK_STREAM,
  type Socket,
  type Sockets,
} from "../../src/api/index.ts";
import { milliseconds } from "../../src/stack/index.ts";
import { fails, octets, QuietStack, settles, throws } from "./support.ts";

describe("poll and select", () => {
  let stack: QuietStack;
  let api: Sockets;
  let left: Socket;
  let right: Socket;

  beforeEach(() => {
    stack = new QuietStack();
    api = createSockets(stack);
    [left, right] = api.socketpair(AF_UNIX, SOCK_STREAM);
  });

  it("give what is so at once", async () => {
    const ready = await api.poll([
      { socket: left, events: POLLIN | POLLOUT },
      { socket: right, events: POLLIN },
    ]);
    expect(ready).to.deep.equal([{ socket: left, revents: POLLOUT }]);
    expect(await api.select([right], [left], [left])).to.deep.equal([[], [left], []]);
  });

  it("wait until it is so", async () => {
    const polling = api.poll([{ socket: right, events: POLLIN }]);
    const selecting = api.select([right], [], [right]);
    expect(await settles(Promise.race([polling, selecting]))).to.equal(false);
    await api.send(left, octets("x"));
    expect(await polling).to.deep.equal([{ socket: right, revents: POLLIN }]);
    expect(await selecting).to.deep.equal([[right], [], []]);
  });

  it("give nothing when their time is over", async () => {
    expect(await api.poll([{ socket: right, events: POLLIN }], 0)).to.deep.equal([]);
    const polling = api.poll([{ socket: right, events: POLLIN }], 20);
    const selecting = api.select([right], [], [], 0, 30_000);
    const sleeping = api.select([], [], [], 0, 40_000);
    stack.elapse(milliseconds(20));
    expect(await polling).to.deep.equal([]);
    stack.elapse(milliseconds(10));
    expect(await selecting).to.deep.equal([[], [], []]);
    expect(await settles(sleeping)).to.equal(false);
    stack.elapse(milliseconds(10));
    await sleeping;
    expect(stack.timers.size).to.equal(0);
  });

  it("notice a socket that is closed while they wait", async () => {
    const polling = api.poll([{ socket: right, events: POLLIN }]);
    const selecting = api.select([right], [], []);
    await api.close(right);
    expect(await polling).to.deep.equal([{ socket: right, revents: POLLNVAL }]);
    await fails(selecting, "EBADF");
    await fails(api.select([right], [], []), "EBADF");
    await fails(api.poll([{ socket: 5 as unknown as Socket, events: 1 }]), "ENOTSOCK");
    const [end] = await api.poll([{ socket: left, events: 0 }]);
    expect(end?.revents, "unasked").to.equal(POLLHUP);
  });

  it("end with ECANCELED when they are aborted, and forget their sockets", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const polling = api.poll([{ socket: right, events: POLLIN }], -1, { signal });
    controller.abort();
    await fails(polling, "ECANCELED");
    await fails(api.poll([{ socket: right, events: POLLIN }], -1, { signal }), "ECANCELED");
    await api.send(left, octets("x"));
  });
});

describe("event sets", () => {
  let stack: QuietStack;
  let api: Sockets;
  let left: Socket;
  let right: Socket;

  beforeEach(() => {
    stack = new QuietStack();
    api = createSockets(stack);
    [left, right] = api.socketpair(AF_UNIX, SOCK_STREAM);
  });

  it("tell again and again of what is so, level triggered", async () => {
    const set = api.epollCreate<string>();
    set.control(EPOLL_CTL_ADD, right, EPOLLIN, "right");
    await api.send(left, octets("x"));
    for (let again = 0; again < 3; again++) {
      expect(await set.wait()).to.deep.equal([{ socket: right, events: EPOLLIN, data: "right" }]);
    }
    api.tryRecvInto(right, new Uint8Array(1));
    expect(await set.wait(8, 0)).to.deep.equal([]);
  });

  it("tell once of each change, edge triggered", async () => {
    const set = api.epollCreate();
    set.control(EPOLL_CTL_ADD, right, EPOLLIN | EPOLLET);
    await api.send(left, octets("x"));
    expect(await set.wait()).to.have.length(1);
    expect(await set.wait(8, 0), "no news").to.have.length(0);
    await api.send(left, octets("y"));
    expect(await set.wait()).to.have.length(1);
  });

  it("tell once until they are armed again, with EPOLLONESHOT", async () => {
    const set = api.epollCreate();
    set.control(EPOLL_CTL_ADD, right, EPOLLIN | EPOLLONESHOT);
    await api.send(left, octets("x"));
    expect(await set.wait()).to.have.length(1);
    await api.send(left, octets("y"));
    expect(await set.wait(8, 0)).to.have.length(0);
    set.control(EPOLL_CTL_MOD, right, EPOLLIN | EPOLLONESHOT);
    expect(await set.wait()).to.have.length(1);
  });

  it("wait for news, no longer than they may", async () => {
    const set = api.epollCreate();
    set.control(EPOLL_CTL_ADD, right, EPOLLIN);
    const late = set.wait(8, 10);
    stack.elapse(milliseconds(10));
    expect(await late).to.deep.equal([]);
    const waiting = set.wait();
    await api.send(left, octets("x"));
    expect((await waiting)[0]?.events).to.equal(EPOLLIN);
  });

  it("take turns when there is more news than is asked for", async () => {
    const set = api.epollCreate<number>();
    const pairs = [0, 1, 2].map(() => api.socketpair(AF_UNIX, SOCK_STREAM));
    for (const [index, [one]] of pairs.entries()) set.control(EPOLL_CTL_ADD, one, EPOLLOUT, index);
    const seen: number[] = [];
    for (let turn = 0; turn < 6; turn++) seen.push(...(await set.wait(1)).map(({ data }) => data));
    expect(seen).to.deep.equal([0, 1, 2, 0, 1, 2]);
  });

  it("let closed sockets go, and tell of ends unasked", async () => {
    const set = api.epollCreate();
    set.control(EPOLL_CTL_ADD, left, 0);
    set.control(EPOLL_CTL_ADD, right, EPOLLIN);
    await api.close(right);
    expect(set.size).to.equal(1);
    expect((await set.wait())[0]?.events).to.equal(EPOLLHUP);
  });

  it("refuse what makes no sense", async () => {
    const set = api.epollCreate();
    set.control(EPOLL_CTL_ADD, right, EPOLLIN);
    throws(() => set.control(EPOLL_CTL_ADD, right, EPOLLIN), "EEXIST");
    throws(() => set.control(EPOLL_CTL_DEL, left), "ENOENT");
    throws(() => set.control(9, right), "EINVAL");
    throws(() => set.control(EPOLL_CTL_ADD, left, 0.5), "EINVAL");
    await fails(set.wait(0), "EINVAL");
    set.control(EPOLL_CTL_DEL, right);
    expect(set.size).to.equal(0);
    const waiting = set.wait();
    set.close();
    await fails(waiting, "EBADF");
    await fails(set.wait(), "EBADF");
    throws(() => set.control(EPOLL_CTL_ADD, left, EPOLLIN), "EBADF");
  });
});
