import { expect } from "chai";
import {
  AF_UNIX,
  createSockets,
  F_GETFL,
  F_SETFL,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_WAITALL,
  O_NONBLOCK,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  type Sockets,
} from "../../src/api/index.ts";
import { milliseconds } from "../../src/stack/index.ts";
import { fails, octets, QuietStack, settles, text, throws } from "./support.ts";

describe("calls that wait", () => {
  let stack: QuietStack;
  let api: Sockets;
  let left: Socket;
  let right: Socket;

  beforeEach(() => {
    stack = new QuietStack();
    api = createSockets(stack);
    [left, right] = api.socketpair(AF_UNIX, SOCK_STREAM);
  });

  it("are served in the order in which they were made", async () => {
    const buffers = [new Uint8Array(2), new Uint8Array(2), new Uint8Array(2)];
    const calls = buffers.map((buffer) => api.recvInto(right, buffer));
    await api.send(left, octets("abcdef"));
    expect(await Promise.all(calls)).to.deep.equal([2, 2, 2]);
    expect(buffers.map(text)).to.deep.equal(["ab", "cd", "ef"]);
  });

  it("end with EBADF when their socket is closed, and those of a duplicate go on", async () => {
    const other = api.dup(right);
    const closed = api.recvInto(right, new Uint8Array(2));
    const open = api.recvInto(other, new Uint8Array(2));
    await api.close(right);
    await fails(closed, "EBADF");
    await api.send(left, octets("x"));
    expect(await open).to.equal(1);
    await fails(api.recvInto(right, new Uint8Array(2)), "EBADF");
    await fails(api.close(right), "EBADF");
  });

  it("end after SO_RCVTIMEO with EAGAIN, to the microsecond", async () => {
    api.setsockopt(right, SOL_SOCKET, SO_RCVTIMEO, [0, 250_000]);
    expect(api.getsockopt(right, SOL_SOCKET, SO_RCVTIMEO)).to.deep.equal([0, 250_000]);
    const call = api.recvInto(right, new Uint8Array(1));
    stack.elapse(milliseconds(249.999));
    expect(await settles(call)).to.equal(false);
    stack.elapse(milliseconds(0.001));
    await fails(call, "EAGAIN");
    expect(stack.timers.size, "timers left").to.equal(0);
  });

  it("are not given more time by what comes meanwhile (as Linux, which takes what is left of SO_RCVTIMEO along)", async () => {
    api.setsockopt(right, SOL_SOCKET, SO_RCVTIMEO, [1, 0]);
    const call = api.recvInto(right, new Uint8Array(9), MSG_WAITALL);
    for (let i = 0; i < 3; i++) {
      stack.elapse(milliseconds(300));
      await api.send(left, octets("x"));
    }
    stack.elapse(milliseconds(99.999));
    expect(await settles(call)).to.equal(false);
    stack.elapse(milliseconds(0.001));
    expect(await call).to.equal(3);
  });

  it("are not given more time by what is read meanwhile, when they send (SO_SNDTIMEO)", async () => {
    api.setsockopt(left, SOL_SOCKET, SO_SNDTIMEO, [1, 0]);
    const call = api.send(left, new Uint8Array(1_000_000));
    for (let i = 0; i < 3; i++) {
      stack.elapse(milliseconds(300));
      await api.recvInto(right, new Uint8Array(100_000));
    }
    stack.elapse(milliseconds(99.999));
    expect(await settles(call)).to.equal(false);
    stack.elapse(milliseconds(0.001));
    expect(await call).to.be.within(212_992 + 1, 999_999);
  });

  it("leave no timer behind when they succeed", async () => {
    api.setsockopt(right, SOL_SOCKET, SO_RCVTIMEO, [1, 0]);
    const call = api.recvInto(right, new Uint8Array(1));
    expect(stack.timers.size).to.equal(1);
    await api.send(left, octets("x"));
    expect(await call).to.equal(1);
    expect(stack.timers.size).to.equal(0);
  });

  it("give the count of what was sent when SO_SNDTIMEO is over", async () => {
    api.setsockopt(left, SOL_SOCKET, SO_SNDTIMEO, [1, 0]);
    const call = api.send(left, new Uint8Array(300_000));
    stack.elapse(milliseconds(1000));
    expect(await call).to.equal(212_992);
    await fails(
      (async () => {
        const nothingTaken = api.send(left, new Uint8Array(1));
        stack.elapse(milliseconds(1000));
        return nothingTaken;
      })(),
      "EAGAIN",
    );
  });

  it("end with ECANCELED when their signal is aborted, and take nothing afterwards", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const call = api.recvInto(right, new Uint8Array(1), 0, 0, 1, { signal });
    controller.abort("enough");
    expect((await fails(call, "ECANCELED")).cause).to.equal("enough");
    await fails(api.recvInto(right, new Uint8Array(1), 0, 0, 1, { signal }), "ECANCELED");
    await api.send(left, octets("x"));
    expect(api.tryRecvInto(right, new Uint8Array(1))).to.equal(1);
  });

  it("do not wait on a socket that must not, nor with MSG_DONTWAIT", async () => {
    await fails(api.recvInto(right, new Uint8Array(1), MSG_DONTWAIT), "EAGAIN");
    expect(api.tryRecvInto(right, new Uint8Array(1))).to.equal(undefined);
    api.fcntl(right, F_SETFL, O_NONBLOCK);
    expect(api.fcntl(right, F_GETFL) & O_NONBLOCK).to.equal(O_NONBLOCK);
    await fails(api.recvInto(right, new Uint8Array(1)), "EAGAIN");
    const [near] = api.socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK);
    expect(await api.send(near, new Uint8Array(300_000)), "a partial count").to.equal(212_992);
    await fails(api.send(near, new Uint8Array(1)), "EAGAIN");
  });

  it("send all of a message as it is read, however large", async () => {
    const message = Uint8Array.from({ length: 1_000_000 }, (_, i) => i * 7 + (i >> 8));
    const sending = api.send(left, message);
    const received = new Uint8Array(message.length);
    for (let at = 0; at < received.length; ) {
      at += await api.recvInto(right, received, 0, at, Math.min(at + 70_000, received.length));
    }
    expect(await sending).to.equal(message.length);
    expect(Buffer.compare(received, message)).to.equal(0);
  });

  it("wait for all of the buffer with MSG_WAITALL, or the end", async () => {
    const buffer = new Uint8Array(6);
    const all = api.recvInto(right, buffer, MSG_WAITALL);
    await api.send(left, octets("abc"));
    expect(await settles(all)).to.equal(false);
    await api.send(left, octets("defg"));
    expect(await all).to.equal(6);
    const rest = api.recvInto(right, buffer, MSG_WAITALL);
    await api.close(left);
    expect(await rest).to.equal(1);
    expect(text(buffer)).to.equal("gbcdef");
  });

  it("leave what MSG_PEEK has shown", async () => {
    await api.send(left, octets("ab"));
    await api.send(left, octets("cd"));
    const buffer = new Uint8Array(8);
    expect(await api.recvInto(right, buffer, MSG_PEEK)).to.equal(4);
    expect(await api.recvInto(right, buffer, 0, 2, 5)).to.equal(3);
    expect(text(buffer.subarray(0, 5))).to.equal("ababc");
  });

  it("refuse wrong arguments before anything changes", async () => {
    await api.send(left, octets("x"));
    const detached = new Uint8Array(4);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    await fails(api.recvInto(right, detached), "EFAULT");
    await fails(api.recvInto(right, "text" as unknown as Uint8Array), "EFAULT");
    await fails(api.recvInto(right, new Uint8Array(4), 0, 2, 5), "EINVAL");
    await fails(api.recvInto(right, new Uint8Array(4), 0, 3, 2), "EINVAL");
    await fails(api.recvInto(right, new Uint8Array(4), 0, -1), "EINVAL");
    await fails(api.recvInto(right, new Uint8Array(4), 2 ** 33), "EINVAL");
    await fails(api.send(left, new Uint8Array(4), 0.5), "EINVAL");
    await fails(api.recvInto({} as Socket, new Uint8Array(4)), "ENOTSOCK");
    throws(() => api.shutdown(left, 3), "EINVAL");
    throws(() => api.listen(left, 0.5), "EINVAL");
    expect(api.tryRecvInto(right, new Uint8Array(4)), "nothing was taken").to.equal(1);
  });

  it("notice that their buffer is detached while they wait", async () => {
    const buffer = new Uint8Array(4);
    const call = api.recvInto(right, buffer);
    structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
    await api.send(left, octets("x"));
    await fails(call, "EFAULT");
  });

  it("never end in an unhandled rejection", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => {
      unhandled.push(reason);
    };
    process.on("unhandledRejection", note);
    api.recvInto(right, new Uint8Array(1));
    api.close(right);
    api.close(right);
    api.send(left, new Uint8Array(1));
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", note);
    expect(unhandled).to.deep.equal([]);
  });
});
