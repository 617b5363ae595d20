/**
 * What people have reported of other tools, with the packages of their reports: what hung under fake timers, what no
 * proxy could lose, what no seed brought back. Reports on nock and msw are in examples/simulate/runners, with those.
 */
import { expect } from "chai";
import { type Host, World } from "../../src/simulate/index.ts";
import { programs } from "./programs.ts";

describe("what was reported of other tools", function () {
  this.timeout(0); // virtual time bounds it; on a busy machine, threads come up slowly
  const files = programs(true);
  after(() => files.remove());

  const said = ({ log }: Host): string[] =>
    log.lines.filter(({ stream }) => stream !== "event").map(({ text }) => text);

  it("socket.io#4534: server and client under virtual time, pings and hours included", async () => {
    const world = new World({ seed: 4534 });
    const server = files.write(
      "io-server.cjs",
      `const io = new (require("socket.io").Server)(80);
       io.on("connection", (socket) => {
         console.log("connected", new Date().toISOString());
         const timer = setInterval(() => socket.emit("hour", new Date().toISOString()), 3_600_000);
         socket.on("disconnect", (reason) => { clearInterval(timer); console.log(reason); io.close(); });
       });`,
    );
    const client = files.write(
      "io-client.cjs",
      `const socket = require("socket.io-client").io("http://server");
       let hours = 0;
       socket.on("hour", (at) => { console.log("hour", at); if (++hours === 24) socket.disconnect(); });
       socket.on("disconnect", (reason) => console.log(reason));`,
    );
    const one = world.host("server", { program: server });
    const other = world.host("client", { program: client });
    world.link(one, other, { impairments: "delay=10ms" });
    await world.until(() => !other.running, "2d");
    await world.close();
    expect(said(other)).to.have.length(25);
    expect(said(other).at(-2)).to.match(/^hour 2026-01-02T00:00:00\.\d{3}Z$/);
    expect(said(one).at(-1)).to.equal("client namespace disconnect");
  });

  it("fastify#3425: injects and serves on a date that was set, where jest's fake timers stalled it", async () => {
    const world = new World({ date: new Date("2020-02-08T20:10:21.520Z") });
    const program = files.write(
      "inject.cjs",
      `const app = require("fastify")();
       app.get("/", async () => ({ now: new Date().toISOString() }));
       app.get("/slow", () => new Promise((resolve) => setTimeout(() => resolve({ now: new Date().toISOString() }), 86_400_000)));
       (async () => {
         console.log((await app.inject("/")).body);
         await app.listen({ port: 80 });
         console.log(await (await fetch("http://localhost/")).text());
         console.log((await app.inject("/slow")).body);
         await app.close();
       })();`,
    );
    const host = world.host("app", { program });
    await world.until(() => !host.running, "2d");
    await world.close();
    const dates = said(host).map((line) => (JSON.parse(line) as { now: string }).now.slice(0, 19));
    expect(dates).to.deep.equal(["2020-02-08T20:10:21", "2020-02-08T20:10:21", "2020-02-09T20:10:21"]);
  });

  /** A server and a client that sends it a megabyte, and what the world's line said of it. */
  async function transfer(
    seed: number,
    prepare: (world: World) => void,
    impairments = "delay=10ms",
  ): Promise<{ readonly world: World; readonly digests: readonly string[]; readonly seconds: number }> {
    const world = new World({ seed, capture: true });
    const hash = `const hash = (octets) => require("crypto").createHash("sha256").update(octets).digest("hex");`;
    const server = world.host("server", {
      program: files.write(
        "sink.cjs",
        `${hash} require("net").createServer((socket) => {
           const all = [];
           socket.on("data", (data) => all.push(data)).on("end", () => { socket.end(); console.log(hash(Buffer.concat(all))); process.exit(); });
         }).listen(80);`,
      ),
    });
    const client = world.host("client", {
      program: files.write(
        "source.cjs",
        `${hash} const octets = require("crypto").randomBytes(300_000);
         setTimeout(() => require("net").connect(80, "server").end(octets), 100);
         console.log(hash(octets));`,
      ),
    });
    world.link(server, client, { impairments });
    prepare(world);
    await world.until(() => !server.running && !client.running, "10min");
    await world.close();
    return { world, digests: [...said(client), ...said(server)], seconds: world.now / 1000 };
  }

  const segments = (world: World): number[] =>
    world.packets
      .filter(({ from, length }) => from === "client" && length > 0)
      .map(({ sequence }) => sequence);

  it("jest#15295: a promise within an HTTP request that waits for a timer is settled, and answered", async () => {
    const world = new World();
    const server = files.write(
      "waits.cjs",
      `const app = require("express")();
       app.get("/", async (request, response) => {
         await new Promise((resolve) => setTimeout(resolve, 600_000));
         response.json({ waited: performance.now() });
       });
       app.listen(80);`,
    );
    const client = files.write(
      "asks.cjs",
      `require("http").get("http://server/", (response) => response.on("data", (data) => console.log(String(data))));`,
    );
    const [one, other] = [
      world.host("server", { program: server }),
      world.host("client", { program: client }),
    ];
    world.link(one, other, { impairments: "delay=10ms" });
    await world.until(() => !other.running, "2h");
    await world.close();
    expect(said(other)).to.have.length(1);
    expect(JSON.parse(said(other)[0] ?? "{}").waited).to.be.within(600_000, 600_100);
  });

  it("toxiproxy#285, #578: loses packets below TCP, which retransmits them: all arrives, later", async () => {
    const good = await transfer(5, () => undefined);
    const bad = await transfer(5, () => undefined, "delay=10ms,loss=10%");
    for (const { digests } of [good, bad]) expect(digests[0]).to.equal(digests[1]);
    expect(bad.world.lost).to.be.greaterThan(10);
    const repeated = (world: World): number => segments(world).length - new Set(segments(world)).size;
    expect(repeated(good.world)).to.equal(0);
    expect(repeated(bad.world)).to.be.greaterThan(10);
    expect(bad.seconds).to.be.greaterThan(good.seconds);
  });

  it("toxiproxy#274: the same faults again from a seed, others from another", async () => {
    const run = async (seed: number): Promise<string> =>
      (await transfer(seed, () => undefined, "delay=10ms,jitter=5ms,loss=5%")).world.fingerprint;
    const first = await run(274);
    expect(await run(274)).to.equal(first);
    expect(await run(275)).to.not.equal(first);
  });

  it("turmoil#185: a request that is dropped is sent again, and the client waits for no deadline", async () => {
    const { world, digests, seconds } = await transfer(1, (one) => one.drop({ from: "client", data: true }));
    expect(digests[0]).to.equal(digests[1]);
    expect(world.dropped.scripted).to.equal(1);
    const [first, ...others] = segments(world);
    expect(others).to.include(first);
    expect(seconds).to.be.lessThan(2);
  });
});
