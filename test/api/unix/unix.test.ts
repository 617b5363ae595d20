import { expect } from "chai";
import {
  AF_UNIX,
  type ControlMessage,
  createSockets,
  MSG_DONTWAIT,
  makeSocketAddress,
  NO_ADDRESS,
  SCM_CREDENTIALS,
  SCM_RIGHTS,
  SO_PASSCRED,
  SO_PEERCRED,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  type Sockets,
  sockaddrPath,
  UnixNamespace,
} from "../../../src/api/index.ts";
import { fails, octets, QuietStack, settles, text, throws } from "../support.ts";

describe("AF_UNIX", () => {
  let api: Sockets;
  let buffer: Uint8Array;

  beforeEach(() => {
    api = createSockets(new QuietStack());
    buffer = new Uint8Array(64);
  });

  function listening(path: string, backlog = 1): Socket {
    const listener = api.socket(AF_UNIX, SOCK_STREAM);
    api.bind(listener, AF_UNIX, path);
    api.listen(listener, backlog);
    return listener;
  }

  it("connects by path name, and the parties learn each other's names", async () => {
    const listener = listening("/run/service");
    const client = api.socket(AF_UNIX, SOCK_STREAM);
    await api.connect(client, AF_UNIX, "/run/service");
    const [server, address] = await api.accept(listener);
    expect(address, "an unnamed peer").to.equal(NO_ADDRESS);
    expect(api.getpeername(client)).to.deep.equal(makeSocketAddress(AF_UNIX, "/run/service"));
    expect(api.getsockname(server)).to.deep.equal(makeSocketAddress(AF_UNIX, "/run/service"));
    expect(sockaddrPath(api.getsockname(client))).to.equal(undefined);
    await api.send(client, octets("ping"));
    expect(await api.recvInto(server, buffer)).to.equal(4);
    await api.close(client);
    expect(await api.recvInto(server, buffer), "the end").to.equal(0);
    await fails(api.send(server, octets("x")), "EPIPE");
  });

  it("keeps a path until it is unlinked, and an abstract name as long as its socket", async () => {
    const listener = listening("/run/service");
    const second = api.socket(AF_UNIX, SOCK_STREAM);
    throws(() => api.bind(second, AF_UNIX, "/run/service"), "EADDRINUSE");
    await api.close(listener);
    await fails(api.connect(second, AF_UNIX, "/run/service"), "ECONNREFUSED");
    throws(() => api.bind(second, AF_UNIX, "/run/service"), "EADDRINUSE");
    api.unlink("/run/service");
    throws(() => api.unlink("/run/service"), "ENOENT");
    await fails(api.connect(second, AF_UNIX, "/run/service"), "ENOENT");
    const abstract = listening("\0service");
    await api.close(abstract);
    api.bind(second, AF_UNIX, "\0service");
  });

  it("finds an abstract name by itself when it is bound without one", () => {
    const names = [1, 2, 3].map(() => {
      const socket = api.socket(AF_UNIX, SOCK_DGRAM);
      api.bind(socket, { family: 1, path: undefined });
      return sockaddrPath(api.getsockname(socket));
    });
    expect(new Set(names).size).to.equal(3);
    for (const name of names) expect(name).to.match(/^\0[0-9a-f]{5}$/);
  });

  it("lets sockets of several stacks meet in one namespace", async () => {
    const namespace = new UnixNamespace();
    const here = createSockets(new QuietStack(), { namespace, credentials: { pid: 7, uid: 8, gid: 9 } });
    const there = createSockets(new QuietStack(), { namespace });
    const listener = here.socket(AF_UNIX, SOCK_SEQPACKET);
    here.bind(listener, AF_UNIX, "/shared");
    here.listen(listener, 5);
    const client = there.socket(AF_UNIX, SOCK_SEQPACKET);
    await there.connect(client, AF_UNIX, "/shared");
    expect(there.getsockopt(client, SOL_SOCKET, SO_PEERCRED)).to.deep.equal({ pid: 7, uid: 8, gid: 9 });
    expect(namespace.names()).to.deep.equal(["/shared"]);
  });

  it("makes a connect wait while the backlog is full, and refuses it when the listener closes", async () => {
    const listener = listening("/full", 0);
    const clients = [1, 2, 3].map(() => api.socket(AF_UNIX, SOCK_STREAM));
    const calls = clients.map((client) => api.connect(client, AF_UNIX, "/full"));
    expect(await Promise.all(calls.map(settles))).to.deep.equal([true, false, false]);
    await api.accept(listener);
    expect(await Promise.all(calls.map(settles))).to.deep.equal([true, true, false]);
    await api.close(listener);
    await fails(calls[2] as Promise<void>, "ECONNREFUSED");
    await fails(api.recvInto(clients[1] as Socket, buffer), "ECONNRESET");
    expect(await api.recvInto(clients[1] as Socket, buffer)).to.equal(0);
  });

  it("resets a peer whose octets nobody read", async () => {
    const [left, right] = api.socketpair(AF_UNIX, SOCK_STREAM);
    await api.send(left, octets("lost"));
    await api.send(right, octets("kept"));
    await api.close(right);
    expect(await api.recvInto(left, buffer)).to.equal(4);
    await fails(api.recvInto(left, buffer), "ECONNRESET");
    expect(await api.recvInto(left, buffer)).to.equal(0);
  });

  it("keeps the boundaries of seqpacket messages", async () => {
    const [left, right] = api.socketpair(AF_UNIX, SOCK_SEQPACKET);
    await api.send(left, octets("one"));
    await api.send(left, octets("twothree"));
    expect(await api.recvInto(right, buffer)).to.equal(3);
    expect(await api.recvInto(right, buffer, 0, 0, 3), "the rest is lost").to.equal(3);
    await api.close(left);
    expect(await api.recvInto(right, buffer)).to.equal(0);
  });

  it("delivers datagrams by name, and tells who sent them", async () => {
    const server = api.socket(AF_UNIX, SOCK_DGRAM);
    api.bind(server, AF_UNIX, "/log");
    const client = api.socket(AF_UNIX, SOCK_DGRAM);
    await fails(api.send(client, octets("x")), "ENOTCONN");
    await fails(api.sendto(client, octets("x"), AF_UNIX, "/nowhere"), "ENOENT");
    expect(await api.sendto(client, octets("unnamed"), AF_UNIX, "/log")).to.equal(7);
    expect(await api.recvfromInto(server, buffer)).to.deep.equal([7, NO_ADDRESS]);
    api.bind(client, AF_UNIX, "/client");
    expect(await api.sendto(client, octets(""), makeSocketAddress(AF_UNIX, "/log"))).to.equal(0);
    expect(await api.recvfromInto(server, buffer)).to.deep.equal([0, makeSocketAddress(AF_UNIX, "/client")]);
  });

  it("makes a datagram wait for a receiver that has ten waiting", async () => {
    const server = api.socket(AF_UNIX, SOCK_DGRAM);
    api.bind(server, AF_UNIX, "/slow");
    const client = api.socket(AF_UNIX, SOCK_DGRAM);
    await api.connect(client, AF_UNIX, "/slow");
    for (let i = 0; i < 11; i++) await api.send(client, octets(`${i}`));
    await fails(api.send(client, octets("now"), MSG_DONTWAIT), "EAGAIN");
    const waiting = api.send(client, octets("later"));
    expect(await settles(waiting)).to.equal(false);
    expect(await api.recvInto(server, buffer)).to.equal(1);
    expect(await waiting).to.equal(5);
    await api.close(server);
    await fails(api.send(client, octets("x")), "ECONNREFUSED");
    await fails(api.send(client, octets("x")), "ENOTCONN");
  });

  it("passes open sockets, which live on when the sender closes them", async () => {
    const [left, right] = api.socketpair(AF_UNIX, SOCK_STREAM);
    const [near, far] = api.socketpair(AF_UNIX, SOCK_STREAM);
    const control = [{ level: SOL_SOCKET, type: SCM_RIGHTS, data: [far] }];
    await api.sendmsg(left, { data: [octets("he"), octets("re")], control });
    await api.close(far);
    const message = await api.recvmsg(right, [buffer.subarray(0, 1), buffer.subarray(1)]);
    expect(message.count).to.equal(4);
    expect(text(buffer.subarray(0, 4))).to.equal("here");
    const [passed] = (message.control[0] as ControlMessage).data as Socket[];
    await api.send(passed as Socket, octets("alive"));
    expect(await api.recvInto(near, buffer)).to.equal(5);
    await api.close(passed as Socket);
    expect(await api.recvInto(near, buffer), "the last reference is gone").to.equal(0);
  });

  it("closes passed sockets that nobody takes", async () => {
    const [left, right] = api.socketpair(AF_UNIX, SOCK_STREAM);
    for (const lose of [() => api.recvInto(right, buffer), () => api.close(right)]) {
      const [near, far] = api.socketpair(AF_UNIX, SOCK_STREAM);
      const control = [{ level: SOL_SOCKET, type: SCM_RIGHTS, data: [far] }];
      await api.sendmsg(left, { data: octets("x"), control });
      await api.close(far);
      await lose();
      expect(await api.recvInto(near, buffer, MSG_DONTWAIT)).to.equal(0);
    }
  });

  it("refuses to pass what is no open socket", async () => {
    const [left] = api.socketpair(AF_UNIX, SOCK_STREAM);
    const [closed] = api.socketpair(AF_UNIX, SOCK_STREAM);
    await api.close(closed);
    const rights = (data: unknown) => [{ level: SOL_SOCKET, type: SCM_RIGHTS, data }];
    await fails(api.sendmsg(left, { data: octets("x"), control: rights([closed]) }), "EBADF");
    await fails(api.sendmsg(left, { data: octets("x"), control: rights(closed) }), "EINVAL");
    const unknown = [{ level: 99, type: 1, data: 0 }];
    await fails(api.sendmsg(left, { data: octets("x"), control: unknown }), "EINVAL");
  });

  it("tells the receiver who the sender is when SO_PASSCRED is on", async () => {
    const sockets = createSockets(new QuietStack(), { credentials: { pid: 2, uid: 3, gid: 4 } });
    const [left, right] = sockets.socketpair(AF_UNIX, SOCK_DGRAM);
    sockets.setsockopt(right, SOL_SOCKET, SO_PASSCRED, 1);
    await sockets.send(left, octets("x"));
    const { control } = await sockets.recvmsg(right, buffer);
    expect(control).to.deep.equal([
      { level: SOL_SOCKET, type: SCM_CREDENTIALS, data: { pid: 2, uid: 3, gid: 4 } },
    ]);
  });

  it("refuses pairs that there are not", () => {
    throws(() => api.socketpair(AF_UNIX, 99), "EINVAL");
    throws(() => api.socketpair(AF_UNIX, SOCK_STREAM, 6), "EPROTONOSUPPORT");
    throws(() => api.socketpair(99, SOCK_STREAM), "EAFNOSUPPORT");
  });
});
