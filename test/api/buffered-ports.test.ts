import { expect } from "chai";
import * as guile from "../../src/api/index.ts";
import {
  AF_UNIX,
  createSockets,
  FIONREAD,
  SOCK_STREAM,
  type Socket,
  type Sockets,
} from "../../src/api/index.ts";
import { fails, octets, QuietStack, settles, text, throws } from "./support.ts";

const { "duplicate-port": duplicatePort, "close-port": closePort, "recv!": recv, webStreams } = guile;

describe("ports", () => {
  let api: Sockets;
  let left: Socket;
  let right: Socket;
  let buffer: Uint8Array;

  beforeEach(() => {
    api = createSockets(new QuietStack());
    [left, right] = api.socketpair(AF_UNIX, SOCK_STREAM);
    buffer = new Uint8Array(64);
  });

  it("hold written octets back until they are flushed or too many", async () => {
    const port = duplicatePort(left, 4);
    await port.write(octets("abc"));
    expect(api.tryRecvInto(right, buffer)).to.equal(undefined);
    await port.write(octets("defgh"));
    expect(await recv(right, buffer)).to.equal(8);
    await port.write(octets("i"));
    await port.flush();
    expect(await recv(right, buffer)).to.equal(1);
  });

  it("are for reading, for writing or for both, and hold back as their mode says", async () => {
    const reader = duplicatePort(right, "r");
    const unbuffered = duplicatePort(left, "w0");
    await unbuffered.write("né");
    expect(await reader.read(buffer)).to.equal(3);
    expect(text(buffer.subarray(0, 3))).to.equal("né");
    const lines = duplicatePort(left, "r+lb");
    await lines.write("half");
    expect(api.ioctl(right, FIONREAD)).to.equal(0);
    await lines.write(" a line\nand");
    expect(api.ioctl(right, FIONREAD)).to.equal(15);
    const full = duplicatePort(left, "w", 4);
    await full.write("abc");
    expect(api.ioctl(right, FIONREAD)).to.equal(15);
    await fails(reader.write("x"), "EBADF");
    await fails(unbuffered.read(buffer), "EBADF");
    throws(() => duplicatePort(left, "x"), "EINVAL");
    throws(() => duplicatePort(left, "r?"), "EINVAL");
  });

  it("read ahead, unseen by the socket", async () => {
    const port = duplicatePort(right);
    await api.send(left, octets("first\nsecond\nrest"));
    expect(text((await port.readLine()) as Uint8Array)).to.equal("first");
    expect(api.tryRecvInto(right, buffer), "all is in the port's buffer").to.equal(undefined);
    expect(await port.readOctet()).to.equal("s".charCodeAt(0));
    expect(await port.read(buffer, 0, 3)).to.equal(3);
    expect(text((await port.readLine()) as Uint8Array)).to.equal("nd");
    await api.close(left);
    expect(text((await port.readLine()) as Uint8Array)).to.equal("rest");
    expect(await port.readLine()).to.equal(undefined);
    expect(await port.readOctet()).to.equal(undefined);
    expect(await port.read(buffer)).to.equal(0);
  });

  it("flush when they are closed, and leave the socket that they were made of open", async () => {
    const port = duplicatePort(left);
    await port.write(octets("last"));
    await closePort(port);
    expect(port.closed).to.equal(true);
    expect(await recv(right, buffer)).to.equal(4);
    await api.send(left, octets("more"));
    expect(await recv(right, buffer)).to.equal(4);
    await fails(closePort(port), "EBADF");
    await closePort(left);
    await fails(closePort(left), "EBADF");
    expect(await recv(right, buffer)).to.equal(0);
  });

  it("keep what they could not send", async () => {
    const port = duplicatePort(left, 8);
    api.fcntl(left, guile.F_SETFL, guile.O_NONBLOCK);
    await api.send(left, new Uint8Array(212_988));
    await port.write(octets("abcdef"));
    await fails(port.flush(), "EAGAIN");
    for (let unread = 212_992; unread > 0; ) unread -= await recv(right, new Uint8Array(65_536));
    await port.flush();
    expect(await recv(right, buffer)).to.equal(2);
    expect(text(buffer.subarray(0, 2))).to.equal("ef");
  });
});

describe("web streams over a socket", () => {
  let api: Sockets;
  let left: Socket;
  let right: Socket;

  beforeEach(() => {
    api = createSockets(new QuietStack());
    [left, right] = api.socketpair(AF_UNIX, SOCK_STREAM);
  });

  it("carry octets both ways, the ends independent of each other", async () => {
    const streams = webStreams(right, { ReadableStream, WritableStream });
    const reader = streams.readable.getReader();
    const writer = streams.writable.getWriter();
    await api.send(left, octets("question"));
    api.shutdown(left, guile.SHUT_WR);
    expect(text((await reader.read()).value as unknown as Uint8Array)).to.equal("question");
    expect((await reader.read()).done).to.equal(true);
    await writer.write(octets("answer"));
    const buffer = new Uint8Array(16);
    expect(await recv(left, buffer)).to.equal(6);
    expect(right.closed).to.equal(false);
    await writer.close();
    expect(right.closed, "both halves have ended").to.equal(true);
    expect(await recv(left, buffer)).to.equal(0);
  });

  it("press back: nothing is read unasked, and a write waits for room", async () => {
    const { readable, writable } = webStreams(right, { ReadableStream, WritableStream }, { chunkSize: 4 });
    await api.send(left, octets("abcdefgh"));
    await settles(Promise.resolve());
    expect(api.ioctl(right, guile.FIONREAD)).to.equal(8);
    const reader = readable.getReader();
    expect(text((await reader.read()).value as unknown as Uint8Array)).to.equal("abcd");
    expect(api.ioctl(right, guile.FIONREAD)).to.equal(4);
    const writer = writable.getWriter();
    const writing = writer.write(new Uint8Array(300_000));
    expect(await settles(writing)).to.equal(false);
    const sink = new Uint8Array(300_000);
    expect(await recv(left, sink, guile.MSG_WAITALL)).to.equal(300_000);
    await writing;
  });

  it("fail with the socket's error, and close it", async () => {
    const { readable, writable } = webStreams(right, { ReadableStream, WritableStream });
    await api.send(right, octets("unread"));
    await api.close(left);
    const reader = readable.getReader();
    await fails(reader.read(), "ECONNRESET");
    await fails(writable.getWriter().write(octets("x")), "EPIPE");
    expect(right.closed).to.equal(true);
  });

  it("let go of the socket when they are cancelled and aborted", async () => {
    const { readable, writable } = webStreams(right, { ReadableStream, WritableStream });
    await readable.cancel();
    await fails(api.send(left, octets("x")), "EPIPE");
    await writable.abort();
    expect(right.closed).to.equal(true);
  });
});
