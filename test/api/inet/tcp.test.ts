import { expect } from "chai";
import {
  AF_INET,
  INADDR_ANY,
  IPPROTO_TCP,
  MSG_DONTWAIT,
  MSG_MORE,
  MSG_WAITALL,
  POLLIN,
  SHUT_WR,
  SO_LINGER,
  SO_RCVBUF,
  SO_RCVLOWAT,
  SO_SNDTIMEO,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  TCP_INFO,
  TCP_MAXSEG,
  TCP_NODELAY,
} from "../../../src/api/index.ts";
import { Lab, type LabHost } from "../../../src/lab/index.ts";
import { seconds, type TcpInfo } from "../../../src/stack/index.ts";
import { fails, octets, text, throws } from "../support.ts";

describe("TCP sockets between two hosts", () => {
  let lab: Lab;
  let alice: LabHost;
  let bob: LabHost;
  let client: Socket;
  let server: Socket;
  let listener: Socket;
  const BOB = 0x0a00_0002;

  beforeEach(async () => {
    lab = new Lab({ seed: 7 });
    alice = lab.host("alice", "10.0.0.1/24");
    bob = lab.host("bob", "10.0.0.2/24");
    lab.link(alice, bob, { impairments: "delay=5ms" });
    listener = bob.sockets.socket(AF_INET, SOCK_STREAM);
    bob.sockets.bind(listener, AF_INET, INADDR_ANY, 80);
    bob.sockets.listen(listener, 8);
    client = alice.sockets.socket(AF_INET, SOCK_STREAM);
    const accepting = bob.sockets.accept(listener);
    await lab.run(alice.sockets.connect(client, AF_INET, BOB, 80));
    [server] = await lab.run(accepting);
  });

  afterEach(() => lab.close());

  it("leave the buffer of a receive that was called off alone, and what then comes to the next", async () => {
    const abort = new AbortController();
    const first = new Uint8Array(8);
    const called = bob.sockets.recvInto(server, first, MSG_WAITALL, 0, 8, { signal: abort.signal });
    await lab.run(alice.sockets.send(client, octets("abc")));
    lab.time.elapse(seconds(1));
    abort.abort();
    expect(await called, "what had come by then").to.equal(3);
    await lab.run(alice.sockets.send(client, octets("defg")));
    lab.time.elapse(seconds(1));
    expect([...first.subarray(3)], "is not written to any more").to.deep.equal([0, 0, 0, 0, 0]);
    const second = new Uint8Array(8);
    expect(await lab.run(bob.sockets.recvInto(server, second))).to.equal(4);
    expect(text(first.subarray(0, 3)) + text(second.subarray(0, 4))).to.equal("abcdefg");
  });

  it("are readable once their buffer is full, whatever SO_RCVLOWAT wants", async () => {
    bob.sockets.setsockopt(server, SOL_SOCKET, SO_RCVLOWAT, 600_000);
    bob.sockets.setsockopt(server, SOL_SOCKET, SO_RCVBUF, 4096);
    expect(bob.sockets.getsockopt(server, SOL_SOCKET, SO_RCVLOWAT)).to.equal(600_000);
    const sent = alice.sockets.send(client, new Uint8Array(2_000_000), MSG_DONTWAIT);
    const ready = await lab.run(bob.sockets.poll([{ socket: server, events: POLLIN }], 60_000));
    expect(ready.map(({ revents }) => revents)).to.deep.equal([POLLIN]);
    expect(await sent).to.be.greaterThan(4096);
  });

  it("leave the buffer of a receive alone whose duplicate was closed", async () => {
    const other = bob.sockets.dup(server);
    const buffer = new Uint8Array(4);
    const called = bob.sockets.recvInto(other, buffer);
    await bob.sockets.close(other);
    await fails(called, "EBADF");
    await lab.run(alice.sockets.send(client, octets("abcd")));
    lab.time.elapse(seconds(1));
    expect([...buffer]).to.deep.equal([0, 0, 0, 0]);
    expect(await lab.run(bob.sockets.recvInto(server, buffer))).to.equal(4);
  });

  it("carry a megabyte there and back, unchanged", async () => {
    const message = Uint8Array.from({ length: 1_000_000 }, (_, i) => i * 13 + (i >> 9));
    const echo = async (): Promise<void> => {
      const buffer = new Uint8Array(50_000);
      for (;;) {
        const count = await bob.sockets.recvInto(server, buffer);
        if (count === 0) break;
        await bob.sockets.send(server, buffer, 0, 0, count);
      }
      await bob.sockets.close(server);
    };
    const collect = async (): Promise<Uint8Array> => {
      const all = new Uint8Array(message.length);
      let at = 0;
      for (;;) {
        const count = await alice.sockets.recvInto(client, all, 0, at);
        if (count === 0) return all.subarray(0, at);
        at += count;
        if (at === all.length) return all;
      }
    };
    const serving = echo();
    const collecting = collect();
    await lab.run(alice.sockets.send(client, message));
    alice.sockets.shutdown(client, SHUT_WR);
    expect(Buffer.compare(await lab.run(collecting), message)).to.equal(0);
    await lab.run(serving);
  });

  it("tell a connect that does not wait EINPROGRESS, and one that waits for nobody EHOSTUNREACH or ETIMEDOUT", async () => {
    const { sockets } = alice;
    const quick = sockets.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
    await fails(sockets.connect(quick, AF_INET, BOB, 80), "EINPROGRESS");
    await fails(sockets.connect(quick, AF_INET, BOB, 80), "EALREADY");
    await fails(sockets.send(quick, octets("x")), "EAGAIN");
    const [ready] = await lab.run(sockets.poll([{ socket: quick, events: 4 }]));
    expect(ready?.revents).to.equal(4);
    await sockets.connect(quick, AF_INET, BOB, 80);
    await fails(sockets.connect(quick, AF_INET, BOB, 80), "EISCONN");
    const lost = sockets.socket(AF_INET, SOCK_STREAM);
    const error = await fails(lab.run(sockets.connect(lost, AF_INET, 0x0a00_0063, 80)), "EHOSTUNREACH");
    expect(error.syscall).to.equal("connect");
    await fails(sockets.connect(lost, AF_INET, 0xc000_0201, 80), "ENETUNREACH");
  });

  it("give up a connect after SO_SNDTIMEO, though the attempt goes on", async () => {
    const { sockets } = alice;
    const lost = sockets.socket(AF_INET, SOCK_STREAM);
    sockets.setsockopt(lost, SOL_SOCKET, SO_SNDTIMEO, [1, 0]);
    const begun = lab.time.now();
    await fails(lab.run(sockets.connect(lost, AF_INET, 0x0a00_0063, 80)), "EINPROGRESS");
    expect(lab.time.now() - begun).to.equal(seconds(1));
    await sockets.close(lost);
  });

  it("end a connect, an accept and a recv with EBADF when they are closed", async () => {
    const connecting = alice.sockets.socket(AF_INET, SOCK_STREAM);
    const connect = alice.sockets.connect(connecting, AF_INET, 0x0a00_0063, 80);
    const accept = bob.sockets.accept(listener);
    const recv = alice.sockets.recvInto(client, new Uint8Array(1));
    await alice.sockets.close(connecting);
    await bob.sockets.close(listener);
    await alice.sockets.close(client);
    await fails(connect, "EBADF");
    await fails(accept, "EBADF");
    await fails(recv, "EBADF");
    throws(() => alice.sockets.getsockname(client), "EBADF");
  });

  it("let close wait for what was sent with SO_LINGER, but not longer than it says", async () => {
    const { sockets } = alice;
    sockets.setsockopt(client, SOL_SOCKET, SO_LINGER, [1, 3]);
    await sockets.send(client, new Uint8Array(100_000));
    const begun = lab.time.now();
    const closing = sockets.close(client);
    await fails(sockets.send(client, octets("x")), "EBADF");
    // Nobody reads at the other end, but the window there has room for all of it.
    await lab.run(closing);
    const took = lab.time.now() - begun;
    expect(took).to.be.greaterThan(5_000).and.lessThan(seconds(3));
    const buffer = new Uint8Array(200_000);
    let received = 0;
    for (let count = -1; count !== 0; received += count) {
      count = await lab.run(bob.sockets.recvInto(server, buffer, 0, received));
    }
    expect(received).to.equal(100_000);
  });

  it("let a lingering close wait for the FIN's ACK, though nothing is queued (as Linux: sk_stream_wait_close)", async () => {
    const { sockets } = alice;
    sockets.setsockopt(client, SOL_SOCKET, SO_LINGER, [1, 3]);
    await lab.runFor(seconds(1));
    const begun = lab.time.now();
    await lab.run(sockets.close(client));
    expect(lab.time.now() - begun)
      .to.be.greaterThan(0)
      .and.lessThan(seconds(1));
  });

  it("do not linger where something is unread: that is a reset", async () => {
    const { sockets } = alice;
    sockets.setsockopt(client, SOL_SOCKET, SO_LINGER, [1, 3]);
    await bob.sockets.send(server, octets("unread"));
    await lab.runFor(seconds(1));
    await sockets.send(client, new Uint8Array(1000));
    const begun = lab.time.now();
    await lab.run(sockets.close(client));
    expect(lab.time.now() - begun).to.equal(0);
  });

  it("end a lingering close when the time is over", async () => {
    const { sockets } = alice;
    sockets.setsockopt(client, SOL_SOCKET, SO_LINGER, [1, 2]);
    sockets.fcntl(client, 4, 0o4000);
    let stuck = await sockets.send(client, new Uint8Array(1_000_000));
    for (let more = stuck; more > 0; ) {
      await lab.runFor(seconds(1));
      more = sockets.trySend(client, new Uint8Array(1_000_000)) ?? 0;
      stuck += more;
    }
    expect(stuck, "more than the peer takes").to.be.greaterThan(100_000);
    const begun = lab.time.now();
    await lab.run(sockets.close(client));
    expect(lab.time.now() - begun).to.equal(seconds(2));
  });

  it("hold a partial segment back with MSG_MORE", async () => {
    const { sockets } = alice;
    sockets.setsockopt(client, IPPROTO_TCP, TCP_NODELAY, 1);
    await sockets.send(client, octets("first "), MSG_MORE);
    const buffer = new Uint8Array(64);
    await lab.runFor(seconds(0.05));
    expect(bob.sockets.tryRecvInto(server, buffer)).to.equal(undefined);
    await sockets.send(client, octets("second"));
    const count = await lab.run(bob.sockets.recvInto(server, buffer));
    expect(text(buffer.subarray(0, count))).to.equal("first second");
  });

  it("know their segment size and their round trip", () => {
    expect(alice.sockets.getsockopt(client, IPPROTO_TCP, TCP_MAXSEG)).to.equal(1448);
    const info = alice.sockets.getsockopt(client, IPPROTO_TCP, TCP_INFO) as Readonly<TcpInfo>;
    expect(info.state).to.equal("established");
    expect(info.smoothedRtt).to.be.at.least(10_000);
  });

  it("serve receives that wait in the order in which they came", async () => {
    const buffers = [new Uint8Array(3), new Uint8Array(3)];
    const calls = buffers.map((buffer) => bob.sockets.recvInto(server, buffer));
    await lab.run(alice.sockets.send(client, octets("abcdef")));
    expect(await lab.run(Promise.all(calls))).to.deep.equal([3, 3]);
    expect(buffers.map(text)).to.deep.equal(["abc", "def"]);
  });

  it("leave nothing behind when both ends are closed", async () => {
    await alice.sockets.close(client);
    await lab.run(bob.sockets.recvInto(server, new Uint8Array(1)));
    await bob.sockets.close(server);
    await bob.sockets.close(listener);
    await lab.runFor(seconds(300));
    expect(
      [alice.stack.contextFor("test").timers.size, bob.stack.contextFor("test").timers.size].every(
        (size) => size <= 1,
      ),
    ).to.equal(true);
    expect([
      alice.stack.contextFor("test").pool.outstanding,
      bob.stack.contextFor("test").pool.outstanding,
    ]).to.deep.equal([0, 0]);
  });
});
