/** A lab of the parts that it is handed: IPv4, TCP, UDP, and what a page that loads it has to load. */
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { build } from "vite";
import { AF_INET, createSockets, SOCK_RAW } from "../../src/api/index.ts";
import { QUEUES } from "../../src/drivers/simulation/index.ts";
import { type BareHost, BareLab, HOST_PARTS, INTERVENTIONS, Lab } from "../../src/lab/index.ts";
import { insideOf } from "../../src/stack/bare-stack.ts";
import {
  BareStack,
  IPV6,
  milliseconds,
  parseIpv6,
  REST,
  Stack,
  seconds,
  TRACING,
} from "../../src/stack/index.ts";
import type { Tcp } from "../../src/stack/tcp/tcp.ts";

/** Octets of a page's script that has IPv4, TCP, UDP and the lab, made as the page of the lab is, compressed. */
const MOST_OCTETS = 80_000;

/** Sends 100,000 octets over a bad line; what came, and when the last of it did. */
function transfer(
  lab: Pick<Lab, "time">,
  alice: BareHost,
  bob: BareHost,
  patience = 100, // milliseconds that the handshake may take
): readonly [Uint8Array, number] {
  const sent = Uint8Array.from({ length: 100_000 }, (_, i) => i * 31);
  const listener = bob.stack.openTcp();
  listener.bind({ address: bob.ip, port: 7 });
  listener.listen(1);
  const client = alice.stack.openTcp();
  client.connect({ address: bob.ip, port: 7 });
  lab.time.elapse(milliseconds(patience));
  const server = listener.accept();
  if (server === undefined) throw new Error("nobody has connected");
  const received = new Uint8Array(sent.length);
  let [written, read] = [0, 0];
  while (read < sent.length) {
    written += client.write(sent.subarray(written)) ?? 0;
    lab.time.elapse(milliseconds(1));
    read += server.read(received.subarray(read)) ?? 0;
    if (lab.time.now() > seconds(600)) throw new Error(`stuck at ${read}`);
  }
  expect(received).to.deep.equal(sent);
  return [received, lab.time.now()];
}

describe("a lab of the parts that it is handed", () => {
  it("runs as one that has all, to the microsecond", () => {
    const runs = [new BareLab({ seed: 5 }, HOST_PARTS), new Lab({ seed: 5 })].map((lab) => {
      const [alice, bob] = [lab.host("alice", "10.0.0.1/24"), lab.host("bob", "10.0.0.2/24")];
      lab.link(alice, bob, { impairments: "loss=3%,delay=10ms" });
      const run = transfer(lab, alice, bob);
      const { ip, tcp } = alice.stack.counters;
      const counted = [structuredClone({ ...ip }), structuredClone({ ...tcp })];
      lab.close();
      return [...run, ...counted];
    });
    expect(runs[0]).to.deep.equal(runs[1]);
  });

  it("refuses what it was not handed, by name", () => {
    for (const options of [{ capture: true }, { events: true }]) {
      expect(() => new BareLab(options, HOST_PARTS)).to.throw(Error, /without the part "(recording|events)"/);
    }
    const lab = new BareLab({}, HOST_PARTS);
    const alice = lab.host("alice", "10.0.0.1/24");
    expect(() => lab.host("router", "10.0.0.2/24", { router: {} })).to.throw(Error, 'part "router"');
    expect(() => alice.stack.openRaw(1)).to.throw(
      Error,
      'Stack.openRaw: this stack was made without the part "raw"',
    );
    expect(() => alice.stack.openRaw(1, 6)).to.throw(RangeError, "there is no IPv6 here");
    expect(() => alice.stack.openEcho()).to.throw(Error, 'part "echo"');
    expect(() => lab.link(alice, alice, { vlans: { 5: ["10.5.0.1/24"] } })).to.throw(Error, 'part "vlans"');
    const bob = lab.host("bob", "10.0.0.3/24");
    const cable = lab.link(alice, bob);
    const calls = [() => alice.crash(), () => cable.down(), () => lab.heal(), () => lab.drop({ flags: "S" })];
    for (const call of calls)
      expect(call).to.throw(Error, 'this lab was made without the part "interventions"');
    for (const line of ["rate=1mbit,queue=50kb:codel", "rate=1mbit,bucket=5kb"])
      expect(() => lab.link(alice, bob, { impairments: line })).to.throw(Error, 'needs the part "queues"');
    expect(() => lab.host("traced", "10.0.0.4/24", { tracer: { event: () => undefined } })).to.throw(
      Error,
      'this stack was made without the part "tracing"',
    );
    const { socket } = createSockets(alice.stack);
    expect(() => socket(AF_INET, SOCK_RAW, 1))
      .to.throw()
      .with.property("code", "EPROTONOSUPPORT");
    lab.close();
  });

  it("has a part where it is handed one", () => {
    const lab = new BareLab(
      {},
      { ...HOST_PARTS, stack: (options) => new BareStack(options, { ipv6: IPV6 }) },
    );
    const [alice, bob] = [lab.host("alice", "fd00::1/64"), lab.host("bob", "fd00::2/64")];
    lab.link(alice, bob);
    transfer(lab, alice, bob);
    expect(alice.stack.counters.ipv6.ipInReceives).to.be.greaterThan(10);
    expect(alice.stack.has("ipv6")).to.equal(true);
    expect(alice.stack).to.not.be.instanceOf(Stack);
    expect(parseIpv6("fd00::1")?.equals(alice.ip)).to.equal(true);
    lab.close();
  });

  it("has interventions, queues and a tracer where it is handed them", () => {
    const seen = new Set<string>();
    const lab = new BareLab(
      {},
      {
        ...HOST_PARTS,
        stack: (options) => new BareStack(options, { tracing: TRACING }),
        interventions: INTERVENTIONS,
        queues: QUEUES,
      },
    );
    const alice = lab.host("alice", "10.0.0.1/24", { tracer: { event: ({ kind }) => seen.add(kind) } });
    const bob = lab.host("bob", "10.0.0.2/24");
    const cable = lab.link(alice, bob, { impairments: "rate=2mbit,queue=50kb:codel" });
    lab.drop({ flags: "S" });
    lab.intervene([{ at: "2s", do: "unplug", cable: cable.name, for: "1s" }]);
    lab.time.elapse(milliseconds(1));
    const before = lab.time.now();
    lab.at("2500ms", () => expect(cable.plugged).to.equal(false));
    lab.time.elapse(seconds(4));
    expect(lab.time.now()).to.be.greaterThan(before);
    expect(cable.plugged).to.equal(true);
    expect(lab.interventions.map(({ do: what }) => what)).to.deep.equal(["drop", "unplug"]);
    transfer(lab, alice, bob, 2000);
    expect([...seen]).to.include.members(["segment", "state", "timer"]);
    expect(alice.stack.counters.tcp?.retransSegs).to.be.greaterThan(0); // of the SYN
    lab.close();
  });

  it("keeps a connection that has nothing to do awake, unless it is handed rest", () => {
    const connectionsAtRest = [{}, { rest: REST }].map((parts) => {
      const tcp = { config: { keptAwake: 0 } };
      const lab = new BareLab({}, { ...HOST_PARTS, stack: (options) => new BareStack(options, parts) });
      const [alice, bob] = [
        lab.host("alice", "10.0.0.1/24", { tcp }),
        lab.host("bob", "10.0.0.2/24", { tcp }),
      ];
      lab.link(alice, bob);
      const listener = bob.stack.openTcp();
      listener.bind({ address: bob.ip, port: 7 });
      listener.listen(1);
      alice.stack.openTcp().connect({ address: bob.ip, port: 7 });
      lab.time.elapse(seconds(10));
      const { resting, connections } = (insideOf(alice.stack).tcp as Tcp).sizes;
      expect(connections).to.equal(1);
      lab.close();
      return resting;
    });
    expect(connectionsAtRest).to.deep.equal([0, 1]);
  });
});

describe("the script of a page", () => {
  it(`with IPv4, TCP, UDP and the lab has at most ${MOST_OCTETS} octets, and nothing else in it`, async () => {
    const lab = join(import.meta.dirname, "../../src/lab/index.js");
    const entry = `import { BareLab, HOST_PARTS } from ${JSON.stringify(lab)}; window.lab = new BareLab({}, HOST_PARTS);`;
    const { NODE_ENV } = process.env;
    const made = await build({
      configFile: false,
      logLevel: "silent",
      plugins: [
        {
          name: "page",
          resolveId: (id) => (id === "page" ? id : null),
          load: (id) => (id === "page" ? entry : null),
        },
      ],
      build: { write: false, target: "es2023", modulePreload: false, rolldownOptions: { input: "page" } },
    });
    // Vite sets it; the tests after this one are in the same process.
    if (NODE_ENV === undefined) delete process.env["NODE_ENV"];
    else process.env["NODE_ENV"] = NODE_ENV;
    const [chunk] = [made].flat().flatMap((one) => ("output" in one ? one.output : []));
    if (chunk?.type !== "chunk") throw new Error("no script was made");
    const loaded = Object.entries(chunk.modules).flatMap(([path, { renderedLength }]) =>
      renderedLength > 0 ? [path] : [],
    );
    expect(loaded.filter((path) => /__vite|node:/.test(path))).to.deep.equal([]); // a module of Node's, or its stand-in
    const apart =
      /\/(ip\/v6|igmp|nat|rules|track|raw|contract\/reasons|api|events|observe|drivers\/link)\/|\/(switch|spanning-tree|router)\.js$/;
    expect(loaded.length).to.be.greaterThan(100);
    expect(loaded.filter((path) => apart.test(path))).to.deep.equal([]);
    expect(gzipSync(chunk.code).length).to.be.within(60_000, MOST_OCTETS);
  });
});
