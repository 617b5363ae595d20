/** What a simulated program throws and nothing catches: what is expected is what Node 20 prints for the same program. */
import { expect } from "chai";
import { type Host, type InlineProgram, World } from "../../src/simulate/index.ts";

describe("what a simulated program throws", function () {
  this.timeout(0); // virtual time bounds it

  /** A program alone on a host, until it has ended. */
  async function run(program: InlineProgram): Promise<Host> {
    const world = new World();
    const host = world.host("alone", program);
    await world.until(() => !host.running, "1min").finally(() => world.close());
    return host;
  }

  /** Lines that it has written, without where in the text of which file something was thrown. */
  const said = ({ log }: Host): string[] =>
    log.lines.map(({ text }) => text).filter((line) => !line.startsWith("    at "));

  it("is told to those who listen, and the program goes on: timers, immediates, ticks, promises, events", async () => {
    const host = await run(() => {
      process.on("uncaughtException", (error, origin) => console.log(error.message, origin));
      const fail = (what: string) => (): never => {
        throw new Error(what);
      };
      setImmediate(fail("immediate"));
      setImmediate(() => console.log("the next immediate"));
      process.nextTick(fail("tick"));
      process.nextTick(() => console.log("the next tick"));
      setTimeout(fail("timer"), 5);
      setTimeout(fail("another timer"), 5);
      setTimeout(() => console.log("the next timer"), 6);
      setTimeout(() => void Promise.reject(new Error("promise")), 10);
      const net = require("node:net") as typeof import("node:net");
      const server = net.createServer((socket) => {
        socket.on("data", fail("data")).on("close", () => server.close());
        setTimeout(() => socket.end(), 50);
      });
      server.listen(80, () => {
        net.connect(80).on("close", fail("close")).resume().write("x");
      });
      require("node:fs").readFile("/", fail("file"));
    });
    const lines = said(host);
    expect(lines).to.have.members([
      "immediate uncaughtException",
      "the next immediate",
      "tick uncaughtException",
      "the next tick",
      "timer uncaughtException",
      "another timer uncaughtException",
      "the next timer",
      "promise unhandledRejection",
      "data uncaughtException",
      "close uncaughtException",
      "file uncaughtException",
      "exit 0",
    ]);
    const order = ["tick uncaughtException", "timer uncaughtException", "another timer uncaughtException"];
    expect(lines.filter((line) => order.includes(line))).to.deep.equal(order);
  });

  it("ends it with status 1 where nobody listens, and no listener of ours is among the program's", async () => {
    const host = await run(() => {
      console.log(process.listenerCount("uncaughtException"));
      process.on("uncaughtExceptionMonitor", ({ message }) => console.log("seen", message));
      process.on("exit", (code) => console.log("exit with", code));
      setTimeout(() => {
        throw new Error("nobody catches this");
      }, 5);
      setTimeout(() => console.log("not reached"), 10);
    });
    expect(said(host)).to.deep.equal([
      "0",
      "seen nobody catches this",
      "exit with 1",
      "Uncaught Error: nobody catches this",
      "exit 1",
    ]);
  });

  it("goes to the one who has asked to capture it", async () => {
    const host = await run(() => {
      process.setUncaughtExceptionCaptureCallback(({ message }) => console.log("captured", message));
      setTimeout(() => {
        throw new Error("one");
      }, 5);
      setTimeout(() => console.log("goes on"), 10);
    });
    expect(said(host)).to.deep.equal(["captured one", "goes on", "exit 0"]);
  });

  it("ends it with status 7 where the listener throws, and with 1 where one for the exit does", async () => {
    const listener = await run(() => {
      process.on("uncaughtException", () => {
        throw new Error("from the listener");
      });
      setTimeout(() => {
        throw new Error("one");
      }, 5);
    });
    expect(said(listener)).to.deep.equal(["Uncaught Error: from the listener", "exit 7"]);
    const exit = await run(() => {
      process.on("exit", () => {
        throw new Error("in exit");
      });
    });
    expect(said(exit)).to.deep.equal(["Uncaught Error: in exit", "exit 1"]);
  });

  it("does not take from it what came with a signal", async () => {
    const host = await run(() => {
      process.on("uncaughtException", ({ message }) => console.log(message));
      process.on("SIGTERM", () => {
        throw new Error("in a signal");
      });
      setTimeout(() => process.kill(process.pid), 5);
      setTimeout(() => console.log("goes on"), 10);
    });
    expect(said(host)).to.deep.equal(["in a signal", "goes on", "exit 0"]);
  });
});

describe("a signal that a simulated program sends to itself", function () {
  this.timeout(0);

  it("is known by name and number, and is refused, or ends it, as on Unix", async () => {
    const world = new World();
    const host = world.host("alone", () => {
      process.on("exit", () => console.log("not told of"));
      const kill = process.kill as (pid: unknown, signal?: unknown) => boolean;
      for (const given of [
        ["x"],
        [99_999, 0],
        [process.pid, 0],
        [process.pid, "SIGFOO"],
        [process.pid, 99],
      ]) {
        try {
          console.log(kill(given[0], given[1]));
        } catch (error) {
          console.log((error as NodeJS.ErrnoException).code);
        }
      }
      kill(process.pid, "SIGWINCH"); // ends nobody
      setTimeout(() => kill(0, 15), 5);
      setTimeout(() => console.log("not reached"), 10);
    });
    await world.until(() => !host.running, "1min").finally(() => world.close());
    expect(host.log.text.split("\n")).to.deep.equal([
      "ERR_INVALID_ARG_TYPE",
      "ESRCH",
      "true",
      "ERR_UNKNOWN_SIGNAL",
      "EINVAL",
      "exit 143",
    ]);
  });
});
