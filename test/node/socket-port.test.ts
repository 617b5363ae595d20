import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import { expect } from "chai";
import { AF_UNIX, createSockets, SOCK_STREAM, type Socket, type Sockets } from "../../src/api/index.ts";
import { openPort } from "../../src/node/index.ts";
import { loopbackStack } from "./loopback-stack.ts";
import { received } from "./net-rig.ts";

describe("a port over a socket", () => {
  let sockets: Sockets;
  let left: Socket;
  let right: Socket;

  beforeEach(() => {
    sockets = createSockets(loopbackStack());
    [left, right] = sockets.socketpair(AF_UNIX, SOCK_STREAM, 0);
  });

  it("reads and writes, and each half ends by itself", async () => {
    const here = openPort(sockets, left, { allowHalfOpen: true });
    const there = openPort(sockets, right, { allowHalfOpen: true });
    here.end("to the other side");
    expect(String(await received(there))).to.equal("to the other side");
    const large = Buffer.alloc(2_000_000, "back ");
    there.end(large);
    expect((await received(here)).equals(large)).to.equal(true);
  });

  it("stops a writer whose peer does not read", async () => {
    const here = openPort(sockets, left);
    const there = openPort(sockets, right);
    const chunk = Buffer.alloc(65_536);
    let taken = 0;
    for (let i = 0; i < 50; i++) here.write(chunk, () => taken++);
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(taken).to.be.lessThan(10);
    here.end();
    expect((await received(there)).length).to.equal(50 * chunk.length);
    expect(taken).to.equal(50);
    here.destroy();
    there.destroy();
  });

  it("closes the socket when it is destroyed, and ends the read that waits", async () => {
    const here = openPort(sockets, left);
    here.resume();
    here.destroy();
    await once(here, "close");
    expect(() => sockets.getsockname(left)).to.throw(/EBADF/);
    sockets.close(right);
  });

  it("goes through a pipeline", async () => {
    const there = openPort(sockets, right);
    void pipeline(there, there);
    const here = openPort(sockets, left, { buffer: 65_536 });
    here.end("there and back");
    expect(String(await received(here))).to.equal("there and back");
  });
});
