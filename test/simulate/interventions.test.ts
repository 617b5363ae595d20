/** One list of what is done to a world: written down, read back, done again; and what there is besides faults. */
import { expect } from "chai";
import { packetsOf, readCapture } from "../../src/drivers/observe/index.ts";
import {
  formatInterventions,
  type Host,
  type Intervention,
  parseInterventions,
  World,
} from "../../src/simulate/index.ts";
import { programs } from "./programs.ts";

/** Answers with as many octets as it is asked for, and says from which address it was asked. */
const SERVER = `
require("net").createServer((socket) => {
  socket.on("error", () => undefined).once("data", (data) => {
    console.log("asked by", socket.remoteAddress);
    socket.end(Buffer.alloc(Number(data)));
  });
}).listen(80, () => console.log("ready"));
`;

/** Asks each second, ten times, for so many octets; says what became of it, and where the server was. */
const CLIENT = `
const net = require("net");
let asked = 0;
const ask = () => {
  if (++asked > 10) return;
  setTimeout(ask, 1000);
  let got = 0;
  const socket = net.connect({ host: "server", port: 80, timeout: 900 }, () => socket.write(process.argv[2]));
  let at;
  socket.on("connect", () => (at = socket.remoteAddress));
  socket.on("data", (data) => (got += data.length));
  socket.on("timeout", () => socket.destroy(Object.assign(new Error(), { code: "late" })));
  socket.on("error", (error) => console.log(error.code));
  socket.on("end", () => console.log("got", got, "from", at));
};
setTimeout(ask, 500);
`;

describe("the interventions of a world", function () {
  this.timeout(0); // virtual time bounds it; on a busy machine, threads come up slowly
  const files = programs();
  after(() => files.remove());

  interface Run {
    readonly world: World;
    readonly server: string[];
    readonly client: string[];
  }

  /** The client asks once a second, ten times. */
  async function run(plan: (world: World, server: Host, client: Host) => void, octets = 1_000): Promise<Run> {
    const world = new World({ seed: 11, capture: true });
    const server = world.host("server", { program: files.write("server.cjs", SERVER) });
    const client = world.host("client", {
      program: files.write("client.cjs", CLIENT),
      args: [String(octets)],
    });
    world.link(server, client, { impairments: "delay=5ms" });
    plan(world, server, client);
    await world.until(() => client.exitCode !== undefined, "2min");
    await world.close();
    const said = (host: Host): string[] =>
      host.log.lines.filter(({ stream }) => stream !== "event").map(({ text }) => text);
    return { world, server: said(server), client: said(client) };
  }

  const LIST: readonly Intervention[] = [
    { when: { from: "client", flags: "S" }, nth: 2, times: 2, do: "drop" },
    { when: { from: "server", data: true }, nth: 3, do: "delay", by: "300ms" },
    { at: "2s", for: "900ms", do: "partition", these: ["client"] },
    { at: "3s", for: "600ms", do: "impair", host: "server", line: "loss=40%" },
    { at: "4s", for: "700ms", do: "unplug", host: "client" },
    { at: "5s", do: "pause", host: "server" },
    { at: "5200ms", do: "resume", host: "server" },
    { at: "6s", for: "1s", do: "crash", host: "server" },
    { at: "7200ms", do: "clock", host: "client", by: "-1h" },
    { at: "8s", do: "signal", host: "server", signal: "SIGTERM" },
  ];

  it("are written to a file and read back, and then do the same", async () => {
    const one = await run((world) => world.inject(...LIST));
    const text = formatInterventions(one.world.interventions);
    expect(parseInterventions(text)).to.deep.equal(LIST);
    const again = await run((world) => world.inject(...parseInterventions(text)));
    expect(again.world.fingerprint).to.equal(one.world.fingerprint);
    const without = await run(() => undefined);
    expect(without.world.fingerprint).to.not.equal(one.world.fingerprint);
    expect(one.client).to.include("got 1000 from 10.0.0.1").and.include("late").and.include("ECONNREFUSED");
  });

  it("hold what was done by calls as well, so that it can be done again", async () => {
    const one = await run((world, server, client) => {
      world.at("1.7s", () => world.partition(client, server, { oneWay: true }));
      world.at("2.7s", () => world.heal());
      world.at("3.2s", () => world.impair([server, client], "delay=30ms"));
      world.at("3.8s", () => world.impair(client));
      world.at("4.2s", () => server.kill());
      world.at("4.8s", () => server.restart());
      world.at("5.2s", () => client.unplug());
      world.at("5.8s", () => client.plug());
      world.drop({ from: "server", data: true }, { nth: 2 });
    });
    expect(one.world.interventions).to.deep.equal([
      { when: { from: "server", data: true }, nth: 2, do: "drop" },
      { at: "1700ms", do: "partition", these: ["client"], those: ["server"], oneWay: true },
      { at: "2700ms", do: "heal" },
      { at: "3200ms", do: "impair", host: "server", line: "delay=30ms" },
      { at: "3200ms", do: "impair", host: "client", line: "delay=30ms" },
      { at: "3800ms", do: "impair", host: "client" },
      { at: "4200ms", do: "kill", host: "server" },
      { at: "4800ms", do: "restart", host: "server" },
      { at: "5200ms", do: "unplug", host: "client" },
      { at: "5800ms", do: "plug", host: "client" },
    ]);
    const again = await run((world) => world.inject(...one.world.interventions));
    const wire = ({ world }: Run): unknown => world.packets.map(({ at, from, text }) => [at, from, text()]);
    expect(wire(again)).to.deep.equal(wire(one));
  });

  it("a host takes another address: names lead to it at once, and connections of the old one are lost", async () => {
    const { server, client } = await run((world, one, other) => {
      world.at("3s", () => one.changeAddress("10.0.7.7/16"));
      world.at("6s", () => other.changeAddress("10.0.0.88/16"));
    });
    expect(client).to.deep.equal([
      ...Array(3).fill("got 1000 from 10.0.0.1"),
      ...Array(7).fill("got 1000 from 10.0.7.7"),
    ]);
    expect(server).to.deep.equal([
      "ready",
      ...Array(6).fill("asked by 10.0.0.2"),
      ...Array(4).fill("asked by 10.0.0.88"),
    ]);
  });

  it("a host whose MTU has changed sends smaller datagrams", async () => {
    const { world, client } = await run(
      (one) => one.inject({ at: "3s", for: "3s", do: "mtu", host: "server", octets: 600 }),
      10_000,
    );
    expect(client).to.deep.equal(Array(10).fill("got 10000 from 10.0.0.1"));
    const largest = (from: number, to: number): number =>
      Math.max(
        ...world.packets
          .filter((one) => one.from === "server" && one.at >= from && one.at < to)
          .map(({ size }) => size),
      );
    expect([largest(0, 3_000), largest(3_000, 6_000), largest(6_000, 99_000)]).to.deep.equal([
      1514, 614, 1514,
    ]);
  });

  it("a black hole on the way swallows large datagrams, and tells nobody", async () => {
    const hole = (world: World): void =>
      world.inject({ at: "3s", for: "3s", do: "impair", host: "server", line: "delay=5ms,mtu=1000" });
    const large = await run(hole, 10_000);
    expect(large.world.lost).to.be.greaterThan(0);
    // Nothing large gets through, until the server's stack tries smaller segments (RFC 4821 §7.7).
    const [good, late] = ["got 10000 from 10.0.0.1", "late"];
    expect(large.client).to.deep.equal([
      ...[good, good, good],
      ...[late, late], // the third one goes in smaller segments
      ...[good, good, good, good, good],
    ]);
    const small = await run(hole, 500);
    expect(small.world.lost).to.equal(0);
    expect(small.client).to.deep.equal(Array(10).fill("got 500 from 10.0.0.1"));
  });

  it("are refused where they cannot be, by name", async () => {
    const world = new World();
    const host = world.host("a", { program: files.write("nothing.cjs", "setTimeout(() => {}, 1000)") });
    world.host("b", { program: files.write("nothing.cjs", "setTimeout(() => {}, 1000)") });
    await world.run("1ms");
    expect(() => host.changeAddress("fd00::1/64")).to.throw(RangeError, "IPv4");
    expect(() => host.changeAddress("10.0.0.9/16", "eth7")).to.throw(
      RangeError,
      "a: there is no interface eth7",
    );
    expect(() => host.changeMtu(9_000)).to.throw(RangeError, "1500");
    expect(() => world.impair(host, "loss=200%")).to.throw(SyntaxError, "loss");
    expect(() => world.inject({ at: "1s", do: "crash", host: "c" })).to.throw(RangeError, 'no host "c"');
    expect(world.interventions).to.deep.equal([]);
    await world.close();
  });

  it("captures tell why each frame was sent", async () => {
    const { world } = await run((one) => one.inject({ when: { from: "server", data: true }, do: "drop" }));
    const capture = readCapture(world.pcapng(0));
    expect(capture.interfaces.map(({ name }) => name)).to.have.members(["server link 0", "client link 0"]);
    const packets = packetsOf(capture);
    expect(packets.length).to.equal(world.frames);
    const comments = packets.map((packet) => packet.comments?.[0] ?? "none");
    expect(comments).to.not.include("none");
    expect(comments.some((text) => text.startsWith("tcp: reorderingOver (RFC 8985"))).to.equal(true);
  });
});
