import { expect } from "chai";
import { SimulationError, simulate, World } from "../../src/simulate/index.ts";
import { programs } from "./programs.ts";

const SERVER = `
const http = require("http");
const zlib = require("zlib");
let count = 0;
const server = http.createServer((request, response) => {
  count++;
  if (request.url === "/slow") return setTimeout(() => response.end("after an hour " + count), 3600e3);
  if (request.url === "/gzip") return zlib.gzip("x".repeat(10_000), (error, octets) => response.end(octets));
  if (request.url === "/big") return response.end("x".repeat(200_000));
  response.end("hello " + Math.random() + " " + require("crypto").randomUUID());
});
server.listen(80, () => console.log("listening", JSON.stringify(server.address()), require.main === module));
`;

const CLIENT = `
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { readFile } from "node:fs/promises";
await sleep(100);
const get = (path) => new Promise((resolve, reject) => http.get("http://server" + path, (response) => {
  let octets = 0;
  let text = "";
  response.on("data", (data) => ((octets += data.length), (text += data)));
  response.on("end", () => resolve([response.headers.date, octets, text.length < 100 ? text : ""]));
}).on("error", reject));
for (const path of ["/", "/slow", "/gzip", "/big"]) {
  console.log(path, ...(await get(path)));
  await readFile(new URL(import.meta.url));
}
const response = await fetch("http://server/");
console.log("fetch", response.status, (await response.text()).slice(0, 5));
`;

describe("a simulated world", function () {
  this.timeout(0); // virtual time bounds it; on a busy machine, threads come up slowly
  const files = programs();
  after(() => files.remove());

  /** Output of `text` alone on a host; programs of tests are small enough to be written on the spot. */
  async function output(text: string, name = "program.cjs"): Promise<string> {
    const world = new World();
    const host = world.host("alone", { program: files.write(name, text) });
    await world.run();
    await world.close();
    return host.log.text;
  }

  async function serverAndClient(seed: number): Promise<{ text: string; fingerprint: string; pcap: string }> {
    const world = new World({ seed, capture: true });
    const server = world.host("server", { program: files.write("server.cjs", SERVER) });
    const client = world.host("client", { program: files.write("client.mjs", CLIENT) });
    world.link(server, client, { impairments: "delay=5ms,jitter=1ms,loss=10%" });
    await world.run();
    const { fingerprint } = world;
    const pcap = Buffer.from(world.pcapng(server)).toString("hex");
    await world.close();
    return { text: `${server.log.text}\n---\n${client.log.text}`, fingerprint, pcap };
  }

  it("runs unchanged programs, CommonJS and ESM, over a TCP that loses one frame in ten", async () => {
    const { text } = await serverAndClient(1);
    const [server = "", client = ""] = text.split("\n---\n");
    expect(server).to.match(/^listening \{"address":"0\.0\.0\.0","family":"IPv4","port":80\} true$/m);
    expect(client.split("\n").map((line) => line.replace(/0\.\d+ [-0-9a-f]{36}/, "RANDOM"))).to.deep.equal([
      "/ Thu, 01 Jan 2026 00:00:00 GMT 61 hello RANDOM",
      "/slow Thu, 01 Jan 2026 01:00:00 GMT 15 after an hour 2",
      client.split("\n")[2] ?? "",
      "/big Thu, 01 Jan 2026 01:00:00 GMT 200000 ",
      "fetch 200 hello",
      "exit 0",
    ]);
  });

  it("is the same in every run of a seed, octet for octet, and another with another seed", async () => {
    const [first, again, other] = [
      await serverAndClient(7),
      await serverAndClient(7),
      await serverAndClient(8),
    ];
    expect(again).to.deep.equal(first);
    expect(other.fingerprint).not.to.equal(first.fingerprint);
    expect(other.text).not.to.equal(first.text); // random numbers of the programs, too
  });

  it("keeps the order of ticks, microtasks, immediates and timers that Node has", async () => {
    const text = `
      const log = (what) => console.log(what);
      setTimeout(() => { log("timeout 2"); Promise.resolve().then(() => log("microtask of timeout 2")); }, 2);
      setTimeout(() => { log("timeout 1"); process.nextTick(log, "tick of timeout 1"); setImmediate(log, "immediate of timeout 1"); }, 1);
      setImmediate(() => { log("immediate"); process.nextTick(log, "tick of immediate"); setImmediate(log, "immediate of immediate"); });
      Promise.resolve().then(() => log("microtask"));
      process.nextTick(log, "tick");
      queueMicrotask(() => log("another microtask"));
      const interval = setInterval(() => { log("interval"); clearInterval(interval); }, 50);
      setTimeout(log, 1000, "unref'd").unref();
      setTimeout(log, 100, "late");
      require("timers/promises").setTimeout(70, "promised").then(log);
      AbortSignal.timeout(60).addEventListener("abort", () => log("aborted"));
      process.on("beforeExit", () => log("beforeExit"));
      process.on("exit", (code) => log("exit " + code));
    `;
    const world = new World();
    const host = world.host("alone", { program: files.write("order.cjs", text) });
    await world.run();
    await world.close();
    // What Node itself prints where its loop takes less than a millisecond to get to its first immediates.
    expect(host.log.lines.map((line) => line.text)).to.deep.equal([
      ...["tick", "microtask", "another microtask"],
      ...["immediate", "tick of immediate", "immediate of immediate"],
      ...["timeout 1", "tick of timeout 1", "immediate of timeout 1", "timeout 2", "microtask of timeout 2"],
      ...["interval", "aborted", "promised", "late", "beforeExit", "exit 0", "exit 0"],
    ]);
    expect(world.now).to.equal(100);
  });

  it("shows virtual time on every clock of a program", async () => {
    const text = `
      const begin = [Date.now(), performance.now(), process.hrtime(), process.hrtime.bigint(), process.uptime()];
      setTimeout(() => {
        const [seconds, nanoseconds] = process.hrtime(begin[2]);
        console.log(Date.now() - begin[0], performance.now() - begin[1], seconds, nanoseconds,
          process.hrtime.bigint() - begin[3], process.uptime() - begin[4], new Date().toISOString(),
          new Date() instanceof Date, typeof Date());
        console.log(performance.mark("m").startTime, performance.measure("d", "m").duration);
      }, 90_061_001);`;
    expect(await output(text)).to.equal(
      "90061001 90061001 90061 1000000 90061001000000n 90061.001 2026-01-02T01:01:01.001Z true string\n90061001 0\nexit 0",
    );
  });

  it("delivers work of the thread pool in the order in which it was given, and lets time stand still for it", async () => {
    const text = `
      const { pbkdf2 } = require("crypto"), { gzip } = require("zlib"), { readFile } = require("fs");
      const begin = Date.now();
      const done = (name) => () => console.log(name, Date.now() - begin);
      pbkdf2("x", "y", 300_000, 32, "sha256", done("long"));
      for (const name of ["a", "b", "c"]) pbkdf2("x", "y", 10, 32, "sha256", done(name));
      gzip("x".repeat(1000), done("gzip"));
      readFile(__filename, done("file"));
      setTimeout(done("timer"), 1);`;
    const lines = (await output(text)).split("\n");
    expect(lines.slice(0, 4)).to.deep.equal(["long 0", "a 0", "b 0", "c 0"]);
    expect(lines.slice(4, 6)).to.have.members(["gzip 0", "file 0"]); // both take several jobs
    expect(lines.slice(6)).to.deep.equal(["timer 1", "exit 0"]);
  });

  it("bounds headers and requests of HTTP servers in virtual time", async () => {
    const text = `
      const http = require("http"), net = require("net");
      const server = http.createServer({ headersTimeout: 20_000, requestTimeout: 50_000, connectionsCheckingInterval: 1000 }, (request, response) => {
        request.resume().on("end", () => response.end("done"));
      }).listen(80, () => {
        const begin = performance.now();
        const ask = (name, octets) => {
          const socket = net.connect(80, "alone", () => socket.write(octets));
          let seen = "";
          socket.on("data", (data) => (seen += data)).on("close", () => console.log(name, Math.round((performance.now() - begin) / 1000), seen.split("\\r\\n")[0]));
        };
        ask("headers", "GET / HTTP/1.1\\r\\nHost: x\\r\\n");
        ask("body", "POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 10\\r\\n\\r\\nhalf");
        setTimeout(() => server.close(), 70_000);
      });`;
    const lines = (await output(text)).split("\n");
    expect(lines[0]).to.match(/^headers (?:20|21|22) HTTP\/1\.1 408 Request Timeout$/);
    expect(lines[1]).to.match(/^body (?:50|51|52) HTTP\/1\.1 408 Request Timeout$/);
  });

  it("gives each host a process of its own", async () => {
    const text = `
      const os = require("os");
      globalThis.mark = (globalThis.mark ?? 0) + 1;
      process.env.MARK = (process.env.MARK ?? "") + "x";
      const [eth0] = os.networkInterfaces().eth0;
      console.log(os.hostname(), process.argv.slice(2).join(), process.env.NAME, process.env.MARK, mark,
        eth0.address, eth0.netmask, eth0.cidr, process.pid, process.cwd());`;
    const world = new World();
    const program = files.write("who.cjs", text);
    const [one, two] = world.hosts("host", 2, { program, args: ["a", "b"], env: { NAME: "N" }, cwd: "/srv" });
    await world.run();
    await world.close();
    expect(one?.log.text).to.equal("host-1 a,b N x 1 10.0.0.1 255.255.0.0 10.0.0.1/16 1001 /srv\nexit 0");
    expect(two?.log.text).to.equal("host-2 a,b N x 1 10.0.0.2 255.255.0.0 10.0.0.2/16 1002 /srv\nexit 0");
  });

  it("ends a program as Node does, and tells its exit code", async () => {
    expect(await output(`process.on("exit", (code) => console.log("bye", code)); process.exit(3);`)).to.equal(
      "bye 3\nexit 3",
    );
    expect(await output(`setTimeout(() => { throw new Error("oh no"); }, 5);`)).to.match(
      /Uncaught Error: oh no\n {4}at .*\n[\s\S]*exit 1$/,
    );
    expect(await output(`Promise.reject(new Error("nobody listens"));`)).to.match(
      /nobody listens[\s\S]*exit 1$/,
    );
    expect(await output(`await new Promise(() => undefined);`, "stuck.mjs")).to.equal("exit 13");
    expect(
      await output(`process.on("uncaughtException", (e) => console.log("caught", e.message)); x();`),
    ).to.equal("caught x is not defined\nexit 0");
    expect(await output(`setTimeout(() => process.kill(process.pid, "SIGTERM"), 10);`)).to.equal("exit 143");
  });

  it("runs the text of a function on a host, with nothing of what is around it", async () => {
    const world = new World();
    const server = world.host("server", () => {
      const { createServer } = require("node:net") as typeof import("node:net");
      createServer((socket) => socket.end("from a function")).listen(7);
    });
    const client = world.host("client", {
      program: async (name: string) => {
        const { connect } = await import("node:net");
        const chai = await import("chai"); // from npm, as from the folder of this process
        connect(7, name).on("data", (data) => console.log(String(data), typeof chai.expect, typeof world));
      },
      args: ["server"],
    });
    const method = world.host("method", {
      async program() {
        throw new Error("of a method");
      },
    });
    await world.until(() => !client.running);
    await world.close();
    expect(client.log.text).to.equal("from a function function undefined\nexit 0");
    expect(method.log.text).to.match(/^Uncaught Error: of a method\n/);
    expect(server.running).to.equal(false); // closed
  });

  it("names host and call where a program wants what cannot be simulated", async () => {
    const text = `
      for (const call of [() => require("child_process").spawn("ls"), () => new (require("worker_threads").Worker)("x"),
        () => process.chdir("/")]) {
        try { call(); } catch (error) { console.log(error.code, error.message); }
      }`;
    expect(await output(text)).to.equal(
      [
        "ERR_NOT_SIMULATED host alone: child_process.spawn is not there in a simulation: another process would run in real time",
        "ERR_NOT_SIMULATED host alone: worker_threads.Worker is not there in a simulation: another thread would run in real time",
        "ERR_NOT_SIMULATED host alone: process.chdir is not there in a simulation: it would change the process that simulates",
        "exit 0",
      ].join("\n"),
    );
  });

  it("resolves the names of its hosts, and no others", async () => {
    const text = `
      const dns = require("dns");
      const show = (name) => (error, ...found) => console.log(name, error ? error.code : JSON.stringify(found));
      dns.lookup("ALONE", show("lookup"));
      dns.lookup("localhost", { all: true }, show("all"));
      dns.lookup("example.org", show("other"));
      dns.resolve4("alone", show("resolve4"));
      dns.resolve6("alone", show("resolve6"));
      dns.reverse("10.0.0.1", show("reverse"));
      dns.promises.resolveMx("example.org").catch((error) => console.log(error.message));`;
    const lines = (await output(text)).split("\n").sort();
    expect(lines).to.deep.equal(
      [
        'lookup ["10.0.0.1",4]',
        'all [[{"address":"127.0.0.1","family":4}]]',
        "other ENOTFOUND",
        'resolve4 [["10.0.0.1"]]',
        "resolve6 ENODATA",
        'reverse [["alone"]]',
        "queryMx ENOTFOUND example.org",
        "exit 0",
      ].sort(),
    );
  });

  it("carries datagrams, and tells of a port where nobody listens", async () => {
    const world = new World();
    const server = files.write(
      "echo.cjs",
      `const socket = require("dgram").createSocket("udp4");
       socket.on("message", (data, from) => socket.send("you said " + data, from.port, from.address));
       socket.bind(7);`,
    );
    const client = files.write(
      "ask.cjs",
      `const socket = require("dgram").createSocket("udp4");
       socket.on("message", (data, from) => { console.log(String(data), from.address, from.port); socket.close(); });
       socket.send("hello", 7, "server", (error, count) => console.log("sent", error, count));
       const refused = require("dgram").createSocket("udp4");
       refused.connect(8, "server", () => refused.send("?"));
       refused.on("error", (error) => { console.log(error.code); refused.close(); });`,
    );
    world.link(world.host("server", { program: server }), world.host("client", { program: client }), {});
    await world.run();
    await world.close();
    expect(world.log.filter(({ host }) => host === "client").map(({ text }) => text)).to.have.members([
      "sent null 5",
      "you said hello 10.0.0.1 7",
      "ECONNREFUSED",
      "exit 0",
    ]);
  });

  it("keeps path sockets within a host", async () => {
    const text = `
      const net = require("net");
      const server = net.createServer((socket) => socket.end("by a path")).listen("/run/own.sock", () => {
        net.connect("/run/own.sock").on("data", (data) => console.log(String(data))).on("close", () => server.close());
      });`;
    const world = new World();
    const hosts = world.hosts("host", 2, { program: files.write("path.cjs", text) });
    await world.run();
    await world.close();
    expect(hosts.map(({ log }) => log.text)).to.deep.equal(["by a path\nexit 0", "by a path\nexit 0"]);
    expect(world.log.filter(({ stream }) => stream === "stderr")).to.deep.equal([]);
  });

  it("loses no octet of bulk in both directions, with back-pressure, over a bad line", async () => {
    const text = `
      const net = require("net"), crypto = require("crypto");
      const total = 3_000_000;
      const run = (socket) => {
        const [sent, got] = [crypto.createHash("sha256"), crypto.createHash("sha256")];
        let left = total, waits = 0;
        const more = () => {
          while (left > 0) {
            const piece = crypto.randomBytes(Math.min(left, 70_001));
            left -= piece.length; sent.update(piece);
            if (!socket.write(piece)) { waits++; return void socket.once("drain", more); }
          }
          socket.end();
        };
        socket.on("data", (data) => got.update(data));
        socket.on("end", () => console.log("got", got.digest("hex")));
        socket.on("finish", () => console.log("sent", sent.digest("hex"), "waited", waits > 3));
        more();
      };
      if (process.argv[2] === "server") net.createServer((socket) => run(socket)).listen(9000);
      else run(net.connect(9000, "server"));`;
    const program = files.write("bulk.cjs", text);
    const world = new World({ seed: 3 });
    const server = world.host("server", { program, args: ["server"] });
    const client = world.host("client", { program, args: ["client"] });
    world.link(server, client, { impairments: "delay=2ms,loss=1%,reorder=1%,duplicate=1%" });
    await world.until(() => client.exitCode !== undefined);
    await world.close();
    const [, sent] = /sent (\w+) waited true/.exec(client.log.text) ?? [];
    const [, sentBack] = /sent (\w+) waited true/.exec(server.log.text) ?? [];
    expect(server.log.text).to.include(`got ${sent}`);
    expect(client.log.text).to.include(`got ${sentBack}`);
  });

  it("says who waits for what when a condition can no longer come true", async () => {
    const world = new World();
    const program = files.write("listens.cjs", `require("net").createServer().listen(80, "10.0.0.1");`);
    world.host("server", { program });
    world.host("other", { program: files.write("nothing.cjs", "") });
    const error = await world.until(() => false).catch((one: unknown) => one);
    await world.close();
    expect(error).to.be.instanceOf(SimulationError);
    expect((error as Error).message).to.match(
      /^\d\.\d+ s: the condition does not hold: nothing is left that could happen\n {2}server: 10\.0\.0\.1:80 listen\n {2}other: its program has ended$/,
    );
  });

  it("lists what programs have left open: sockets, and the timers that keep them alive", async () => {
    const world = new World();
    world.host("server", {
      program: files.write(
        "opens.cjs",
        `require("net").createServer().listen(80); setInterval(() => {}, 7000);`,
      ),
    });
    world.host("other", { program: files.write("ends.cjs", "") });
    await world.run("10s");
    const { open } = world;
    await world.close();
    expect(open.map((line) => line.replace(/\(\S+\//, "("))).to.deep.equal([
      "server: 0.0.0.0:80 listen (opens.cjs:1)",
      "server: a timer, due at 14.000000 s",
    ]);
  });

  it("gives each host a wall clock that may be wrong, and may be set", async () => {
    const world = new World();
    const program = files.write(
      "clock.cjs",
      `const begin = Date.now(), since = performance.now();
       setInterval(() => console.log(new Date().toISOString(), Date.now() - begin, performance.now() - since), 100_000);`,
    );
    const right = world.host("right", { program });
    const wrong = world.host("wrong", { program, clock: { offset: 3_600_000, drift: 100 } });
    world.at("150s", () => wrong.jumpClock(-60_000));
    await world.run("200s");
    await world.close();
    expect(right.log.text).to.equal(
      "2026-01-01T00:01:40.000Z 100000 100000\n2026-01-01T00:03:20.000Z 200000 200000",
    );
    // What it does after 100 s by its own clock it does 10 ms early, and knows nothing of it.
    expect(wrong.log.text).to.equal(
      "2026-01-01T01:01:40.000Z 100000 100000\nclock -60000 ms\n2026-01-01T01:02:20.000Z 140000 200000",
    );
    const early = wrong.log.lines.filter(({ stream }) => stream === "stdout").map(({ at }) => at);
    expect(early).to.deep.equal([99_990_001, 199_980_002]);
  });

  it("says which program cannot run, and which does not yield", async () => {
    const world = new World({ patience: 500 });
    world.host("stuck", {
      program: files.write(
        "spins.cjs",
        "setTimeout(outer, 5);\nfunction outer() { inner(); }\nfunction inner() {\n  for (;;);\n}",
      ),
    });
    const error = await world.run().catch((one: unknown) => one);
    await world.close();
    expect((error as Error).message).to.match(
      /^host stuck: \S+spins\.cjs does not yield: 500 ms of real time in one turn; it is at inner file:\S+spins\.cjs:4 < outer file:\S+spins\.cjs:2/,
    );
  });

  it("joins two by a cable and more by a switch, each way with its impairments once", async () => {
    const program = files.write(
      "ping.cjs",
      `const net = require("net");
       if (process.argv[2] === undefined) net.createServer((socket) => socket.pipe(socket)).listen(7);
       else setTimeout(() => {
         const socket = net.connect(7, process.argv[2], () => {
           const begin = performance.now();
           socket.end("ping").on("data", () => console.log(performance.now() - begin));
         });
       }, 1000);`,
    );
    const world = new World();
    const hub = world.host("hub", { program });
    const two = world.hosts("spoke", 2, { program, args: ["hub"] });
    const far = world.host("far", { program, args: ["hub"] });
    world.link(hub, ...(two as [never]), { impairments: "delay=10ms" });
    world.link(hub, far, { impairments: "delay=50ms" });
    await world.run("10s");
    await world.close();
    expect(two.map(({ log }) => Math.round(Number(log.lines[0]?.text) / 10))).to.deep.equal([2, 2]);
    expect(Math.round(Number(far.log.lines[0]?.text) / 10)).to.equal(10);
  });
});

describe("simulate", function () {
  this.timeout(0); // virtual time bounds it; on a busy machine, threads come up slowly
  const files = programs();
  after(() => files.remove());

  it("runs a scenario with every seed, and says with which it failed", async () => {
    const program = files.write("dice.cjs", `console.log(Math.random() < 0.5 ? "low" : "high");`);
    const seen: string[] = [];
    const test = simulate({ seeds: 20 }, async (world) => {
      const host = world.host("dice", { program });
      await world.run();
      seen.push(`${world.seed} ${host.log.lines[0]?.text}`);
      expect(host.log.includes("low")).to.equal(true);
    });
    const error = (await test().catch((one: unknown) => one)) as Error;
    expect(seen.length).to.be.greaterThan(0).and.lessThan(20);
    expect(seen.at(-1)).to.match(/high$/);
    const last = seen.length;
    expect(error.message).to.match(
      new RegExp(`^seed ${last} \\(TAPSTACK_SEED=${last} runs it alone\\): expected false to equal true\n`),
    );
    expect(error.message).to.include("0.000000 s dice high");
    expect(error).to.have.property("expected", true);
  });
});
