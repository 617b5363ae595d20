/**
 * Sockets under a test framework's fake timers. The right values are Node's own: with its own sockets, which libuv
 * drives, all of this arrives while the program's timers stand still.
 */
import { once } from "node:events";
import http from "node:http";
import { createRequire, syncBuiltinESMExports } from "node:module";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { mock } from "node:test";
import { expect } from "chai";
import {
  AF_INET,
  createSockets,
  INADDR_LOOPBACK,
  SO_RCVTIMEO,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../src/api/index.ts";
import { createHttpAgent } from "../../src/node/index.ts";
import type { Stack } from "../../src/stack/index.ts";
import { fails } from "../api/support.ts";
import { loopbackStack } from "./loopback-stack.ts";
import { type NetRig, received, rigOn, settled } from "./net-rig.ts";

const timers: Record<string, unknown> = createRequire(import.meta.url)("node:timers");

/** What `@sinonjs/fake-timers` replaces, in the global object and in `node:timers`. */
const TIMERS = [
  "setTimeout",
  "setInterval",
  "setImmediate",
  "clearTimeout",
  "clearInterval",
  "clearImmediate",
];

/** Replaces everything as sinon does, with what never calls; gives back how to undo it. */
function standStill(): () => void {
  const undo: (() => void)[] = [];
  const replace = (object: object, name: string, value: unknown): void => {
    const real = Reflect.getOwnPropertyDescriptor(object, name);
    Object.defineProperty(object, name, { value, configurable: true, writable: true });
    undo.push(() =>
      real === undefined ? Reflect.deleteProperty(object, name) : Object.defineProperty(object, name, real),
    );
  };
  for (const name of TIMERS) {
    replace(globalThis, name, () => ({}));
    replace(timers, name, () => ({}));
  }
  replace(globalThis, "queueMicrotask", () => undefined);
  replace(globalThis, "Date", class {});
  replace(performance, "now", () => 0);
  replace(process, "hrtime", () => [0, 0]);
  syncBuiltinESMExports();
  return () => {
    for (const step of undo.reverse()) step();
    syncBuiltinESMExports();
  };
}

/** The same of `node:test`. */
function mockTimers(): () => void {
  mock.timers.enable();
  return () => mock.timers.reset();
}

for (const [framework, begin] of [
  ["sinon", standStill],
  ["node:test", mockTimers],
] as const) {
  describe(`under the fake timers of ${framework}`, () => {
    let stack: Stack;
    let rig: NetRig;
    let end: () => void;

    beforeEach(() => {
      stack = loopbackStack();
      rig = rigOn(stack);
      end = begin();
    });
    afterEach(async () => {
      end();
      await settled(rig);
    });

    it("a program's timers stand still", async () => {
      let fired = false;
      setImmediate(() => {
        fired = true;
      });
      const server = rig.net.createServer();
      await once(server.listen(0), "listening");
      server.close();
      await once(server, "close");
      expect(fired).to.equal(false);
    });

    it("streams connect, carry and end", async () => {
      const server = rig.net.createServer((socket) => socket.pipe(socket));
      await once(server.listen(0), "listening");
      const client = rig.net.connect((server.address() as AddressInfo).port);
      client.end("there and back");
      expect(String(await received(client))).to.equal("there and back");
      server.close();
      await once(server, "close");
    });

    it("streams by path refuse and carry", async () => {
      const refused = rig.net.connect("/nobody");
      expect((await once(refused, "error"))[0].code).to.equal("ENOENT");
      const server = rig.net.createServer((socket) => socket.end("by path"));
      await once(server.listen("/somebody"), "listening");
      expect(String(await received(rig.net.connect("/somebody")))).to.equal("by path");
      server.close();
      await once(server, "close");
    });

    it("datagrams are sent, told of, and arrive", async () => {
      const socket = rig.dgram.createSocket("udp4");
      socket.bind(0);
      await once(socket, "listening");
      const arrived = once(socket, "message");
      await new Promise((resolve) => socket.send("datagram", socket.address().port, "127.0.0.1", resolve));
      expect(String((await arrived)[0])).to.equal("datagram");
      socket.close();
      await once(socket, "close");
    });

    it("HTTP is served and asked", async () => {
      const server = rig.net.adopt(http.createServer((_request, response) => response.end("page")));
      await once(server.listen(0), "listening");
      const agent = createHttpAgent(rig.net);
      const { port } = server.address() as AddressInfo;
      const [response] = await once(http.get({ host: "localhost", port, agent }), "response");
      expect(await text(response)).to.equal("page");
      server.close();
      await once(server, "close");
    });

    it("socket calls end, and turns of the event loop", async () => {
      const api = createSockets(stack);
      const listener = api.socket(AF_INET, SOCK_STREAM);
      api.bind(listener, AF_INET, INADDR_LOOPBACK, 7);
      api.listen(listener, 1);
      const client = api.socket(AF_INET, SOCK_STREAM);
      const connected = api.connect(client, AF_INET, INADDR_LOOPBACK, 7);
      const [server] = await api.accept(listener);
      await connected;
      const buffer = new Uint8Array(1000);
      // More than one turn holds.
      const rounds = 3_000;
      const receive = async (): Promise<number> => {
        let octets = 0;
        while (octets < rounds * buffer.length) octets += await api.recvInto(server, buffer);
        return octets;
      };
      const send = async (): Promise<void> => {
        for (let round = 0; round < rounds; round++) await api.send(client, buffer);
      };
      const [octets] = await Promise.all([receive(), send()]);
      expect(octets).to.equal(rounds * buffer.length);
    });

    it("the stack's own timers fire", async () => {
      const api = createSockets(stack);
      const socket = api.socket(AF_INET, SOCK_DGRAM);
      api.bind(socket, AF_INET, INADDR_LOOPBACK, 7);
      api.setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, [0, 3_000]);
      await fails(api.recvInto(socket, new Uint8Array(1)), "EAGAIN");
    });
  });
}
