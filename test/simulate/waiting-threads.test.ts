/** Programs that wait without yielding, and that use the descriptors of their output: as on Node, in virtual time. */
import { expect } from "chai";
import { type InlineProgram, World } from "../../src/simulate/index.ts";

describe("a simulated program", function () {
  this.timeout(0); // virtual time bounds it

  async function output(program: InlineProgram): Promise<readonly string[]> {
    const world = new World({ patience: 20_000 });
    const host = world.host("alone", program);
    await world.until(() => !host.running, "1min").finally(() => world.close());
    return host.log.text.split("\n");
  }

  it("may look at a clock until a span has passed", async () => {
    const lines = await output(() => {
      const clocks: [() => number, number][] = [
        [Date.now, 100],
        [() => performance.now(), 5],
        [() => Number(process.hrtime.bigint()), 2e6],
        [process.uptime, 0.002],
      ];
      for (const [clock, span] of clocks) {
        const begin = clock();
        while (clock() - begin < span);
        console.log((clock() - begin) / span < 1.02);
      }
      const begin = Date.now();
      setTimeout(() => console.log(Date.now() - begin), 10);
    });
    expect(lines).to.deep.equal(["true", "true", "true", "true", "10", "exit 0"]);
  });

  it("sees time stand still in a turn in which it looks at clocks now and then", async () => {
    const lines = await output(() => {
      const seen = new Set(Array.from({ length: 900 }, () => performance.now()));
      console.log(seen.size);
      setTimeout(() => console.log(new Set(Array.from({ length: 900 }, () => performance.now())).size), 1);
    });
    expect(lines).to.deep.equal(["1", "1", "exit 0"]);
  });

  it("may make its thread sleep by Atomics.wait, and is told where nobody could wake it", async () => {
    const lines = await output(() => {
      const word = new Int32Array(new SharedArrayBuffer(4));
      const begin = Date.now();
      setTimeout(() => console.log("a timer of 100 ms", Date.now() - begin), 100);
      console.log(Atomics.wait(word, 0, 0, 1500), Date.now() - begin);
      console.log(Atomics.wait(word, 0, 1));
      try {
        Atomics.wait(word, 0, 0);
      } catch (error) {
        console.log((error as Error).message);
      }
    });
    expect(lines).to.deep.equal([
      "timed-out 1500",
      "not-equal",
      "host alone: Atomics.wait is not there in a simulation: no other thread could wake this one",
      "a timer of 100 ms 1500",
      "exit 0",
    ]);
  });

  it("has Atomics.waitAsync time out in virtual time, and wakes the one that still waits", async () => {
    const lines = await output(() => {
      const word = new Int32Array(new SharedArrayBuffer(4));
      const wait = Reflect.get(Atomics, "waitAsync") as (...given: unknown[]) => {
        async: boolean;
        value: Promise<string>;
      };
      const note = (what: string) => (answer: string) => console.log(what, answer, performance.now());
      void wait(word, 0, 0, 100).value.then(note("first"));
      void wait(word, 0, 0).value.then(note("second"));
      console.log(wait(word, 0, 0, 0).value, wait(word, 0, 1).value);
      setTimeout(() => Atomics.notify(word, 0, 1), 500);
      setTimeout(() => undefined, 1000);
    });
    expect(lines).to.deep.equal(["timed-out not-equal", "first timed-out 100", "second ok 500", "exit 0"]);
  });

  it("writes to its log by the descriptors 1 and 2, and has nothing to read from 0", async () => {
    const world = new World();
    const host = world.host("alone", () => {
      const fs = require("node:fs") as typeof import("node:fs");
      console.log(fs.writeSync(1, "text\n"), fs.writeSync(2, Buffer.from("-octets\n-"), 1, 7));
      fs.writevSync(1, [Buffer.from("in "), Buffer.from("pieces\n")]);
      fs.writeFileSync(1, "a file\n");
      console.log(fs.readSync(0, Buffer.alloc(8)), fs.readFileSync(0, "utf8") === "");
      fs.write(1, "later\n", (error, count) => console.log(error, count));
      fs.createWriteStream("", { fd: 1, autoClose: false }).end("a stream\n");
    });
    await world.until(() => !host.running, "1min").finally(() => world.close());
    const of = (stream: string): string[] =>
      host.log.lines.filter((line) => line.stream === stream).map(({ text }) => text);
    expect(of("stderr")).to.deep.equal(["octets"]);
    expect(of("stdout")).to.have.members([
      "text",
      "5 7",
      "in pieces",
      "a file",
      "0 true",
      "later",
      "null 6",
      "a stream",
    ]);
  });

  it("has events whose times are virtual", async () => {
    const lines = await output(() => {
      const target = new EventTarget();
      target.addEventListener("x", ({ timeStamp }) => console.log(timeStamp));
      setTimeout(() => target.dispatchEvent(new Event("x")), 5000);
    });
    expect(lines).to.deep.equal(["5000", "exit 0"]);
  });
});
