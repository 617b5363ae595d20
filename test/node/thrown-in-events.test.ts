/**
 * What a program throws in an event goes to those who listen for uncaught exceptions, and all else goes on as on Node. The
 * same runs over Node's own sockets, in the same process: what that logs is what is expected.
 */
import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo, type Server, type Socket } from "node:net";
import { expect } from "chai";
import { loopbackStack } from "./loopback-stack.ts";
import { type NetRig, rigOn, settled } from "./net-rig.ts";

type Log = string[];
type Net = typeof net;
type Adopt = (server: http.Server) => http.Server;

/** What is thrown comes to `listener`, not to the test's runner. */
async function uncaught(listener: (error: Error) => void, run: () => Promise<void>): Promise<void> {
  const runners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", listener);
  try {
    await run();
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const runner of runners) process.on("uncaughtException", runner);
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A server answers, and throws: the answer, and two immediates one in the other which the listener sets. */
async function answersAndThrows(server: Server, world: Net, question: string): Promise<Log> {
  const log: Log = [];
  const client = world.connect(await listen(server), "127.0.0.1");
  const listener = (error: Error): void => {
    log.push(error.message);
    setImmediate(() => {
      log.push("immediate");
      setImmediate(() => log.push("immediate in it"));
    });
  };
  await uncaught(listener, async () => {
    client.write(question);
    await once(client, "data").then(() => log.push("answer"));
    await new Promise((resolve) => setTimeout(resolve, 5));
  });
  client.destroy();
  server.close();
  await once(server, "close");
  return log;
}

function rawServer(world: Net): Server {
  return world.createServer((socket: Socket) => {
    socket.on("data", () => {
      socket.write("answer");
      throw new Error("thrown");
    });
    socket.on("end", () => socket.end());
  });
}

/** Its parser, which is C++, calls the program. */
function httpServer(adopt: Adopt): http.Server {
  return adopt(
    http.createServer((_request, response) => {
      response.end("answer");
      throw new Error("thrown");
    }),
  );
}

describe("what a program throws in an event", () => {
  let rig: NetRig;

  beforeEach(() => {
    rig = rigOn(loopbackStack());
  });

  afterEach(() => settled(rig));

  const EXPECTED = ["thrown", "immediate", "answer", "immediate in it"];

  it("is heard of ahead of the next events, and so are the immediates that its listener sets", async () => {
    expect(await answersAndThrows(rawServer(net), net, "?")).to.deep.equal(EXPECTED);
    const world = rig.net as Net;
    expect(await answersAndThrows(rawServer(world), world, "?")).to.deep.equal(EXPECTED);
  });

  it("is so, too, where C++ has called the program", async () => {
    const question = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    expect(
      await answersAndThrows(
        httpServer((one) => one),
        net,
        question,
      ),
    ).to.deep.equal(EXPECTED);
    const world = rig.net as Net;
    expect(await answersAndThrows(httpServer(rig.net.adopt), world, question)).to.deep.equal(EXPECTED);
  });

  it("by a listener of a close does not keep the process", async () => {
    const messages: string[] = [];
    const server = rig.net.createServer((socket: Socket) => socket.resume());
    const client = (rig.net as Net).connect(await listen(server), "127.0.0.1");
    await once(client, "connect");
    await uncaught(
      ({ message }) => messages.push(message),
      async () => {
        client.on("close", () => {
          throw new Error("of the listener");
        });
        client.destroy();
        server.close();
        await once(server, "close");
      },
    );
    expect(messages).to.deep.equal(["of the listener"]);
    // And `settled` finds nothing that holds the process.
  });
});
