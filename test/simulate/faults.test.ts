import { expect } from "chai";
import { type Host, simulate, World } from "../../src/simulate/index.ts";
import { programs } from "./programs.ts";

/** Answers each request after 20 ms with a count, and ends gracefully on SIGTERM. */
const SERVER = `
const http = require("http");
let count = 0;
const server = http.createServer((request, response) => setTimeout(() => response.end(String(++count)), 20));
server.listen(80, () => console.log("ready"));
process.on("SIGTERM", () => { console.log("closing"); server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

/** Asks ten times a second for so many seconds, and says what it sees whenever that changes. */
const CLIENT = `
const http = require("http");
const agent = new http.Agent({ keepAlive: true });
let last;
const say = (what) => { if (what !== last) console.log(what); last = what; };
const ask = () => {
  const request = http.get({ host: "server", agent, timeout: 3000 }, (response) => {
    let body = "";
    response.on("data", (data) => (body += data)).on("end", () => say("answered")).on("error", (error) => say(error.code));
  });
  request.on("timeout", () => request.destroy(Object.assign(new Error(), { code: "no answer in 3 s" })));
  request.on("error", (error) => say(error.code));
};
const timer = setInterval(ask, 100);
setTimeout(() => { clearInterval(timer); setTimeout(() => agent.destroy(), 5000); }, Number(process.argv[2]) * 1000);
`;

describe("faults of a simulated world", function () {
  this.timeout(0); // virtual time bounds it; on a busy machine, threads come up slowly
  const files = programs();
  after(() => files.remove());

  /** A server and a client, and what the client said until everything had ended. */
  async function trouble(
    plan: (world: World, server: Host, client: Host) => void,
    seconds = 20,
  ): Promise<{ world: World; server: string[]; client: string[]; at: (text: string) => number }> {
    const world = new World({ capture: true });
    const server = world.host("server", { program: files.write("server.cjs", SERVER) });
    const client = world.host("client", {
      program: files.write("client.cjs", CLIENT),
      args: [String(seconds)],
    });
    world.link(server, client, { impairments: "delay=5ms,jitter=1ms" });
    plan(world, server, client);
    await world.until(() => client.exitCode !== undefined, "10min");
    await world.close();
    const texts = (host: Host): string[] => host.log.lines.map(({ text }) => text);
    const at = (text: string): number => (world.log.find((line) => line.text === text)?.at ?? -1) / 1e6;
    return { world, server: texts(server), client: texts(client), at };
  }

  it("a killed program: its peers see a reset, then a refusal", async () => {
    const { server, client, world } = await trouble((w, s) => w.at("5s", () => s.kill()));
    expect(server).to.deep.equal(["ready", "killed"]);
    expect(client.slice(0, 3)).to.deep.equal(["answered", "ECONNRESET", "ECONNREFUSED"]);
    expect(world.packets.some(({ flags, from }) => from === "server" && flags.includes("R"))).to.equal(true);
  });

  it("a crashed machine: silence, and nothing that it sends", async () => {
    const { client, world } = await trouble((w, s) => w.at("5s", () => s.crash()));
    expect(client.slice(0, 2)).to.deep.equal(["answered", "no answer in 3 s"]);
    expect(client).to.include("EHOSTUNREACH").and.not.to.include("ECONNREFUSED");
    expect(world.packets.filter(({ from, at }) => from === "server" && at > 5000)).to.deep.equal([]);
  });

  it("a restarted machine has lost everything, answers old connections by RST, and serves again", async () => {
    const { server, client, world } = await trouble((w, s) => {
      w.at("5s", () => s.crash());
      w.at("7s", () => s.restart());
    });
    expect(server).to.deep.equal(["ready", "crashed", "restarted", "ready"]);
    expect(client.filter((text) => text === "answered").length).to.be.greaterThan(1);
    const resets = world.packets.filter(
      ({ from, flags, at }) => from === "server" && flags.includes("R") && at > 7000,
    );
    expect(resets.length).to.be.greaterThan(0);
    const starts = world.packets.filter(({ from, flags }) => from === "server" && flags === "S.");
    const sequences = starts.map(({ sequence }) => sequence);
    expect(new Set(sequences).size).to.equal(sequences.length);
  });

  it("a program that is started anew on the same machine serves again at once", async () => {
    const { server, client } = await trouble((w, s) => w.at("5s", () => s.restart()));
    expect(server).to.deep.equal(["ready", "killed", "restarted", "ready"]);
    expect(client.at(-2)).to.equal("answered");
  });

  it("SIGTERM calls the program's listeners, which end it gracefully", async () => {
    const { server, client } = await trouble((w, s) => w.at("5s", () => s.signal("SIGTERM")));
    expect(server).to.deep.equal(["ready", "SIGTERM", "closing", "exit 0"]);
    expect(client).to.include("ECONNREFUSED").and.not.to.include("no answer in 3 s");
  });

  it("a partition: nothing passes, and TCP goes on when it is healed", async () => {
    const { client, at, world } = await trouble((w, s, c) => {
      w.at("5s", () => w.partition(s, c));
      w.at("12s", () => w.heal());
    });
    expect(at("no answer in 3 s")).to.be.closeTo(8, 0.2);
    expect(client.at(-2)).to.equal("answered");
    expect(world.dropped.partitioned).to.be.greaterThan(10);
    expect(world.log.map(({ text }) => text)).to.include.members(["partition: server and client", "healed"]);
  });

  it("a partition in one way lets the other pass", async () => {
    const { client, world } = await trouble((w, s, c) => {
      w.at("5s", () => w.after("4s", w.partition(s, c, { oneWay: true })));
    });
    expect(client.slice(0, 2)).to.deep.equal(["answered", "no answer in 3 s"]);
    expect(client.at(-2)).to.equal("answered");
    // Requests arrived and were answered, but the answers were lost.
    const served = world.packets.filter(
      ({ from, at, length }) => from === "server" && at > 5500 && at < 8900 && length > 0,
    );
    expect(served.length).to.be.greaterThan(0);
  });

  it("a paused program holds its connections, and answers when it goes on", async () => {
    const { client, at } = await trouble((w, s) => {
      w.at("5s", () => s.pause());
      w.at("7s", () => s.resume());
    });
    expect(client).to.deep.equal(["answered", "exit 0"]);
    expect(at("resumed")).to.equal(7);
  });

  it("an unplugged cable loses everything, both ways, and nothing of the program", async () => {
    const { client, world } = await trouble((w, s) => {
      w.at("5s", () => s.unplug());
      w.at("9s", () => s.plug());
    });
    expect(client.slice(0, 2)).to.deep.equal(["answered", "no answer in 3 s"]);
    expect(client.at(-2)).to.equal("answered");
    expect(world.dropped.unplugged).to.be.greaterThan(10);
  });

  it("scripted drops: without its first two SYNs, a connection stands after 1 + 2 s (RFC 6298 §5.7)", async () => {
    let port = 0;
    const { world } = await trouble((w) => {
      const first = (one: number): boolean => {
        port ||= one;
        return port === one;
      };
      w.drop(({ flags, sourcePort }) => flags === "S" && first(sourcePort), { times: 2 });
    }, 1);
    const syns = world.packets.filter(({ flags, sourcePort }) => flags === "S" && sourcePort === port);
    const waits = syns.slice(1).map(({ at }, index) => Math.round((at - (syns[index]?.at ?? 0)) / 100) / 10);
    expect(world.dropped.scripted).to.equal(2);
    expect(waits).to.deep.equal([1, 2]);
  });

  it("a link that gets worse, and better again", async () => {
    const { client } = await trouble((w, s, c) => {
      w.at("5s", () => w.impair([s, c], "loss=100%"));
      w.at("9s", () => w.impair([s, c]));
    });
    expect(client.slice(0, 2)).to.deep.equal(["answered", "no answer in 3 s"]);
    expect(client.at(-2)).to.equal("answered");
  });

  it("checks invariants after every event, and says when one does not hold", async () => {
    const { message } = await trouble((w, s) => w.always(() => !s.log.includes("ready"))).then(
      () => new Error("held"),
      (error: Error) => error,
    );
    expect(message).to.equal("0.000000 s: an invariant does not hold");
  });

  it("tells what should have come true and did not, and lets time go on meanwhile", async () => {
    const { world, at } = await trouble((w, s, c) => {
      w.eventually(() => c.log.includes("answered"));
      w.eventually(() => s.log.includes("ready") && c.log.includes("answered"), "5s");
    });
    expect(world.unmet).to.deep.equal([]);
    expect(at("exit 0")).to.be.greaterThan(20);
    const { message } = await trouble((w, s) => w.at("1s", () => w.eventually(() => s.crashed, "2s"))).then(
      () => new Error("it came true"),
      (error: Error) => error,
    );
    expect(message).to.match(
      /^3\.000000 s: it has not come true within 2s from 1\.000000 s on that \(\) => s\.crashed\n {2}server: /,
    );
    const run = simulate((w) => {
      w.host("a", { program: files.write("nothing.cjs", "") });
      w.eventually(() => false);
      return w.run("1s");
    });
    const error = (await run().catch((one: unknown) => one)) as Error;
    expect(error.message).to.match(/in the end, it has not come true from 0\.000000 s on that \(\) => false/);
  });

  it("tells of programs that go on and on while hardly any time goes by", async () => {
    const world = new World({ standstill: 200 });
    const talk = `socket.on("error", () => undefined).on("data", () => socket.write("again"));`;
    world.host("one", {
      program: files.write("one.cjs", `require("net").createServer((socket) => { ${talk} }).listen(80);`),
    });
    world.host("two", {
      program: files.write(
        "two.cjs",
        `setTimeout(() => { const socket = require("net").connect(80, "one", () => socket.write("go")); ${talk} }, 3000);`,
      ),
    });
    const error = (await world.run("10s").catch((one: unknown) => one)) as Error;
    await world.close();
    expect(error.message).to.match(
      /^3\.\d{6} s: hardly any time goes by: turns since \d\.\d{6} s: \w+ \d+, \w+ \d+\n {2}one: /,
    );
    expect(error.message).to.include("two: 10.0.0.2:");
  });

  it("names host and call where a fault cannot be", async () => {
    const world = new World();
    const host = world.host("one", { program: files.write("nothing.cjs", "") });
    await world.run();
    expect(() => host.kill()).to.throw("host one: kill: its program does not run");
    host.crash();
    expect(() => host.crash()).to.throw("host one: crash: it has crashed already");
    await world.close();
  });
});
