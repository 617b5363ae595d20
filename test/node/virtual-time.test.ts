/** Programs written for Node, on the hosts of a lab: nothing has to be said about how they are given their turns. */
import { readFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { gunzip, gzipSync } from "node:zlib";
import { expect } from "chai";
import { Lab, type LabHost } from "../../src/lab/index.ts";
import { createHttpAgent } from "../../src/node/agents.ts";
import { createDgram, createNet } from "../../src/node/create.ts";

/** Answers each POST with the number of octets that it brought. */
async function countingServer(lab: Lab, host: LabHost): Promise<http.Server> {
  const server = createNet(host.stack).adopt(
    http.createServer((request, response) => {
      let octets = 0;
      request.on("data", (chunk: Buffer) => {
        octets += chunk.length;
      });
      request.on("end", () => response.end(String(octets)));
    }),
  );
  await lab.run(new Promise<void>((resolve) => server.listen(80, host.ip.toString(), resolve)));
  return server;
}

function post(agent: http.Agent, host: string, body: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port: 80, method: "POST", agent }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve(text));
    });
    request.on("error", reject);
    request.end(body);
  });
}

function twoHosts(seed: number, impairments: string): [Lab, LabHost, LabHost] {
  const lab = new Lab({ seed, capture: true });
  const [alice, bob] = [lab.host("alice", "10.0.0.1/24"), lab.host("bob", "10.0.0.2/24")];
  lab.link(alice, bob, { impairments });
  return [lab, alice, bob];
}

describe("a program for Node on a host of a lab", () => {
  for (const seed of [1, 2, 3, 7]) {
    it(`posts 200 kB over a line that loses every tenth frame, seed ${seed}`, async () => {
      const captures: Uint8Array[] = [];
      for (let i = 0; i < 2; i++) {
        const [lab, alice, bob] = twoHosts(seed, "loss=10%,delay=5ms");
        const server = await countingServer(lab, bob);
        const agent = createHttpAgent(createNet(alice.stack), { keepAlive: true });
        expect(await lab.run(post(agent, "10.0.0.2", Buffer.alloc(200_000, "x")))).to.equal("200000");
        expect(bob.stack.counters.tcp?.inSegs, "segments of the body").to.be.above(130);
        captures.push(lab.capture());
        server.close();
        lab.close();
      }
      expect(Buffer.compare(withoutDates(captures[0]), withoutDates(captures[1]))).to.equal(0);
    });
  }

  it("goes on in chains of immediates and ticks at one instant", async () => {
    const [lab, alice, bob] = twoHosts(5, "delay=1ms");
    const server = createNet(bob.stack).createServer((socket) => socket.end("hello"));
    await lab.run(new Promise<void>((resolve) => server.listen(7, "10.0.0.2", resolve)));
    const steps: number[] = [];
    const chained = new Promise<void>((resolve) => {
      const socket = createNet(alice.stack).connect(7, "10.0.0.2", () => {
        const next = (left: number): void => {
          steps.push(lab.time.now());
          if (left === 0) resolve();
          else if (left % 2 === 0) setImmediate(next, left - 1);
          else process.nextTick(next, left - 1);
        };
        next(40);
      });
      socket.resume();
    });
    await lab.run(chained);
    expect(new Set(steps).size, "instants").to.equal(1);
    expect(steps).to.have.length(41);
    lab.close();
  });

  it("may wait for files and threads of Node: time stands still for it", async () => {
    const [lab, alice, bob] = twoHosts(6, "delay=1ms");
    const server = await countingServer(lab, bob);
    const packed = gzipSync(Buffer.alloc(300_000, "tapstack "));
    const work = async (): Promise<string> => {
      const text = await readFile(new URL(import.meta.url));
      const body = await new Promise<Buffer>((resolve, reject) =>
        gunzip(packed, (error, result) => (error ? reject(error) : resolve(result))),
      );
      expect(text.length).to.be.above(100);
      return post(createHttpAgent(createNet(alice.stack)), "10.0.0.2", body);
    };
    expect(await lab.run(work())).to.equal("300000");
    expect(lab.time.now()).to.be.below(10_000_000);
    server.close();
    lab.close();
  });

  it("sends datagrams by dgram", async () => {
    const [lab, alice, bob] = twoHosts(8, "delay=3ms");
    const receiver = createDgram(bob.stack).createSocket("udp4");
    await lab.run(new Promise<void>((resolve) => receiver.bind(53, "10.0.0.2", resolve)));
    const heard = new Promise<string>((resolve) =>
      receiver.once("message", (message, from) => resolve(`${message} from ${from.address}`)),
    );
    const sender = createDgram(alice.stack).createSocket("udp4");
    sender.send("who is it", (receiver.address() as AddressInfo).port, "10.0.0.2");
    expect(await lab.run(heard)).to.equal("who is it from 10.0.0.1");
    sender.close();
    receiver.close();
    lab.close();
  });

  it("that waits for ever is told of with its sockets", async () => {
    const [lab, alice, bob] = twoHosts(9, "delay=1ms");
    const server = createNet(bob.stack).createServer(() => undefined);
    await lab.run(new Promise<void>((resolve) => server.listen(7, "10.0.0.2", resolve)));
    const silence = new Promise<void>((resolve) => {
      createNet(alice.stack)
        .connect(7, "10.0.0.2")
        .once("data", () => resolve());
    });
    const error: Error = await lab.run(silence).then(
      () => expect.fail("nobody sends anything"),
      (reason) => reason as Error,
    );
    expect(error.message).to.match(/deadlock: the promise is not settled/);
    expect(error.message).to.match(/alice: TCP 10\.0\.0\.1:\d+, peer 10\.0\.0\.2:7 in ESTABLISHED/);
    expect(error.message).to.match(/bob: TCP 10\.0\.0\.2:7 in LISTEN/);
    lab.close();
  });
});

/** HTTP's Date header is the machine's, and so are the checksums of what it is in. */
function withoutDates(capture: Uint8Array = new Uint8Array()): Buffer {
  const text = Buffer.from(capture);
  const at = text.indexOf("Date: ");
  return at < 0 ? text : text.subarray(0, at - 200);
}
