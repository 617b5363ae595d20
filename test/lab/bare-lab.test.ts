/** A lab of the parts that it is handed: IPv4, TCP, UDP, and what a page that loads it has to load. */
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { build } from "esbuild";
import { AF_INET, createSockets, SOCK_RAW } from "../../src/api/index.ts";
import { type BareHost, BareLab, HOST_PARTS, Lab } from "../../src/lab/index.ts";
import { BareStack, IPV6, milliseconds, parseIpv6, Stack, seconds } from "../../src/stack/index.ts";

/** Octets of a page's script that has IPv4, TCP, UDP and the lab, compressed. */
const MOST_OCTETS = 95_500;

/** Sends 100,000 octets over a bad line; what came, and when the last of it did. */
function transfer(lab: Pick<Lab, "time">, alice: BareHost, bob: BareHost): readonly [Uint8Array, number] {
  const sent = Uint8Array.from({ length: 100_000 }, (_, i) => i * 31);
  const listener = bob.stack.openTcp();
  listener.bind({ address: bob.ip, port: 7 });
  listener.listen(1);
  const client = alice.stack.openTcp();
  client.connect({ address: bob.ip, port: 7 });
  lab.time.elapse(milliseconds(100));
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
});

describe("the script of a page", () => {
  it(`with IPv4, TCP, UDP and the lab has at most ${MOST_OCTETS} octets, and nothing else in it`, async () => {
    const { outputFiles, metafile } = await build({
      stdin: {
        contents: `import { BareLab, HOST_PARTS } from "tapstack/lab"; window.lab = new BareLab({}, HOST_PARTS);`,
        resolveDir: import.meta.dirname,
      },
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser", // a module of Node's is an error
      write: false,
      metafile: true,
    });
    const loaded = Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
    );
    const apart =
      /\/(ip\/v6|igmp|nat|rules|track|raw|contract\/reasons|api|events|observe|drivers\/link)\/|\/(switch|spanning-tree|router)\.js$/;
    expect(loaded.length).to.be.greaterThan(100);
    expect(loaded.filter((path) => apart.test(path))).to.deep.equal([]);
    expect(gzipSync(outputFiles[0]?.contents ?? "").length).to.be.within(60_000, MOST_OCTETS);
  });
});
