/** L2TPv3 with static sessions: octets as RFC 3931 and RFC 4719 draw them, and what does not come out of the other end. */
import { expect } from "chai";
import { L2tpLink, type L2tpOptions } from "../../../src/drivers/link/index.ts";
import {
  type L2tpFraming,
  L2tpHeader,
  l2tpHeaderBytes,
  readL2tp,
  writeL2tp,
} from "../../../src/drivers/link/l2tp-header.ts";
import { Lab, type LabHost } from "../../../src/lab/index.ts";
import { below, type IpAddress, parseIp, seconds, Xoshiro128 } from "../../../src/stack/index.ts";
import { describeLinkContract, frame, RecordingSink } from "../../contracts/link.contract.ts";

/** As many inputs for the reader; more by FUZZ_INPUTS. */
const INPUTS = Number(process.env["FUZZ_INPUTS"] ?? 50_000);

function address(text: string): IpAddress {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}
const hex = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, "hex"));
/** So long that Ethernet outside adds no padding, which UDP would leave out. */
const LONG = "cafe".repeat(20);
const COOKIE_A = hex("0123456789abcdef");
const COOKIE_B = hex("cafebabe");

interface Bed {
  readonly lab: Lab;
  readonly alice: LabHost;
  readonly bob: LabHost;
}
function network(): Bed {
  const lab = new Lab({ seed: 9 });
  const alice = lab.host("alice", ["10.0.0.1/24", "fd00::1/64"]);
  const bob = lab.host("bob", ["10.0.0.2/24", "fd00::2/64"]);
  lab.link(alice, bob);
  // They know one another: what is sent to a neighbour before its answer waits in a short queue.
  for (const to of ["10.0.0.2", "fd00::2"]) {
    alice.stack.openUdp().send(Uint8Array.of(1), { address: address(to), port: 9 });
  }
  lab.time.elapse(seconds(1));
  return { lab, alice, bob };
}

/** Two ends that go together. */
function ends(
  { lab, alice, bob }: Bed,
  options: Partial<L2tpOptions> = {},
  six = false,
): [L2tpLink, L2tpLink] {
  const [a, b] = six ? ["fd00::1", "fd00::2"] : ["10.0.0.1", "10.0.0.2"];
  return [
    new L2tpLink(alice.stack, lab.time, {
      remote: address(b ?? ""),
      session: 0xa0a0_a0a0,
      peerSession: 2,
      cookie: COOKIE_A,
      peerCookie: COOKIE_B,
      ...options,
    }),
    new L2tpLink(bob.stack, lab.time, {
      remote: address(a ?? ""),
      session: 2,
      peerSession: 0xa0a0_a0a0,
      cookie: COOKIE_B,
      peerCookie: COOKIE_A,
      ...options,
    }),
  ];
}

for (const [name, options, six] of [
  ["L2TPv3 over UDP", {}, false],
  ["L2TPv3 over IP", { over: "ip" }, false],
  ["L2TPv3 over UDP over IPv6, numbered", { sequencing: true }, true],
  ["L2TPv3 over IPv6, without sublayer", { over: "ip", sublayer: false }, true],
] as const) {
  describeLinkContract(name, () => {
    const bed = network();
    const [a, b] = ends(bed, { mtu: 1500, ...options }, six);
    return { a, b, settle: () => bed.lab.time.elapse(seconds(1)) };
  });
}

describe("L2tpLink", () => {
  let bed: Bed;
  beforeEach(() => {
    bed = network();
  });
  afterEach(() => bed.lab.close());

  function plug(link: L2tpLink): RecordingSink {
    const sink = new RecordingSink();
    link.attach(sink);
    return sink;
  }

  /** What one frame of alice's is on the wire, behind the headers of UDP or IP. */
  function onTheWire(options: Partial<L2tpOptions>): string {
    const [a, b] = ends(bed, options);
    const sink = plug(a);
    const into = new Uint8Array(2000);
    const eth0 = bed.bob.stack.interface("eth0");
    if (eth0 === undefined) throw new Error("bob has an interface");
    const capture = bed.bob.stack.openPacket(eth0);
    sink.send(a, frame(1, 2, options.over === "ip" ? LONG : "cafe"));
    bed.lab.time.elapse(seconds(1));
    const octets = capture.receive(into) ?? 0;
    capture.close();
    a.close();
    b.close();
    return Buffer.from(into.subarray(options.over === "ip" ? 34 : 42, octets)).toString("hex");
  }

  it("puts flags, session, cookie and sublayer in front, over UDP (RFC 3931 §4.1.2.1, §4.6)", () => {
    expect(onTheWire({})).to.equal(`0003000000000002cafebabe00000000${frame(1, 2, "cafe")}`);
    expect(onTheWire({ peerCookie: undefined, sublayer: false })).to.equal(
      `0003000000000002${frame(1, 2, "cafe")}`,
    );
  });

  it("puts session, cookie and sublayer in front, over IP as protocol 115 (§4.1.1.1)", () => {
    expect(onTheWire({ over: "ip", peerCookie: COOKIE_A })).to.equal(
      `000000020123456789abcdef00000000${frame(1, 2, LONG)}`,
    );
    expect(onTheWire({ over: "ip", peerCookie: undefined, sequencing: true })).to.equal(
      `0000000240000000${frame(1, 2, LONG)}`,
    );
  });

  it("numbers frames, and drops those that come after later ones, also around the wrap (§4.6.1)", () => {
    const [, b] = ends(bed, { sequencing: true });
    const sink = plug(b);
    const sender = bed.alice.stack.openUdp();
    const send = (sequence: number): void => {
      const word = (0x4000_0000 | sequence).toString(16).padStart(8, "0");
      const message = hex(`0003000000000002cafebabe${word}${frame(1, 2, "")}`);
      sender.send(message, { address: address("10.0.0.2"), port: 1701 });
      bed.lab.time.elapse(seconds(1));
    };
    for (const one of [5, 6, 5, 8, 7, 9]) send(one);
    expect([sink.frames.length, b.counters.outOfOrder]).to.deep.equal([4, 2]);
    for (const one of [0x7f_ffff, 0xff_fff0, 0xff_ffff, 0, 0xff_fffe, 1]) send(one);
    expect([sink.frames.length, b.counters.outOfOrder]).to.deep.equal([9, 3]);
  });

  it("takes only what is of its peer, its session and its cookie; and counts the rest", () => {
    const [, b] = ends(bed);
    const sink = plug(b);
    const carol = bed.lab.host("carol", "10.0.1.1/24", { gateway: "10.0.1.2" });
    bed.lab.link(carol, bed.bob, { addresses: [undefined, "10.0.1.2/24"] });
    const send = (message: string, from: LabHost = bed.alice): void => {
      const to = from === carol ? "10.0.1.2" : "10.0.0.2";
      from.stack.openUdp().send(hex(message), { address: address(to), port: 1701 });
      bed.lab.time.elapse(seconds(1));
    };
    const good = `0003000000000002cafebabe00000000${frame(1, 2, "aa")}`;
    send(good);
    send(good, carol);
    send(good.replace("00000002ca", "00000003ca"));
    send(good.replace("cafebabe", "cafebabf"));
    send(good.replace("00030000", "00020000"));
    send(good.replace("00030000", "c8030000")); // T and L, of control (§3.2.1)
    send("c803000c00000000");
    send("000300000000");
    send(good.slice(0, 50));
    send(`${good}${"00".repeat(1500)}`);
    expect(sink.frames).to.deep.equal([frame(1, 2, "aa")]);
    expect(b.counters).to.deep.equal({
      sent: 0,
      received: 1,
      refused: 0,
      tooLong: 1,
      badHeader: 3,
      control: 2,
      otherPeer: 1,
      otherSession: 1,
      wrongCookie: 1,
      outOfOrder: 0,
    });
  });

  it("knows over IP that session 0 is control (§4.1.1.2)", () => {
    const [, b] = ends(bed, { over: "ip" });
    plug(b);
    const raw = bed.alice.stack.openRaw(115);
    raw.send(hex(`00000000c8030014${"00".repeat(20)}`), address("10.0.0.2"));
    raw.send(hex("00000000"), address("10.0.0.2"));
    bed.lab.time.elapse(seconds(1));
    expect(b.counters.control).to.equal(2);
  });

  it("says what may be within, and refuses what cannot be", () => {
    const mtus = [
      {},
      { over: "ip" },
      { over: "ip", sublayer: false, cookie: undefined, peerCookie: undefined },
    ] as const;
    expect(
      mtus.map((options) => {
        const [a, b] = ends(bed, options);
        a.close();
        b.close();
        return a.capabilities.mtu;
      }),
    ).to.deep.equal([1500 - 20 - 8 - 16 - 14, 1500 - 20 - 12 - 14, 1500 - 20 - 4 - 14]);
    const make = (options: object): (() => L2tpLink) => {
      const given = { remote: address("10.0.0.2"), session: 1, peerSession: 1, ...options };
      return () => new L2tpLink(bed.alice.stack, bed.lab.time, given as L2tpOptions);
    };
    expect(make({ session: 0 })).to.throw(RangeError, "session");
    expect(make({ cookie: new Uint8Array(5) })).to.throw(RangeError, "cookie");
    expect(make({ sequencing: true, sublayer: false })).to.throw(RangeError, "sublayer");
    expect(make({ local: address("fd00::1") })).to.throw(RangeError, "families");
    expect(make({ port: 1701, vni: 3 })).to.throw(TypeError, "vni");
    const first = make({})();
    expect(make({})).to.throw(RangeError, "1701");
    first.close();
  });

  it("carries a whole stack, IPv4 and IPv6 within, over a line that loses and reorders", async () => {
    const lab = new Lab({ seed: 4 });
    const alice = lab.host("alice", "10.0.0.1/24");
    const bob = lab.host("bob", "10.0.0.2/24");
    lab.link(alice, bob, { impairments: "loss=1%,delay=5ms,reorder=10%" });
    const links = ends({ lab, alice, bob }, { sequencing: true });
    for (const [index, host] of [alice, bob].entries()) {
      const link = links[index];
      if (link === undefined) throw new Error("there are two");
      host.stack.addInterface("l2tp0", link, [
        { address: address(`192.168.7.${index + 1}`), prefixLength: 24 },
        { address: address(`fd07::${index + 1}`), prefixLength: 64 },
      ]);
    }
    await lab.runFor("3s");
    for (const [to, port] of [
      ["192.168.7.2", 80],
      ["fd07::2", 81],
    ] as const) {
      const listener = bob.stack.openTcp();
      const begun = [listener.bind({ address: address(to), port }), listener.listen(1)];
      expect(begun, to).to.deep.equal([undefined, undefined]);
      const client = alice.stack.openTcp();
      client.connect({ address: address(to), port });
      const sent = Uint8Array.from({ length: 60_000 }, (_, at) => at * 7);
      await lab.runFor("20s");
      expect([client.state, client.failure, client.write(sent)], to).to.deep.equal([
        "established",
        undefined,
        sent.length,
      ]);
      await lab.runFor("60s");
      const server = listener.accept();
      const received = new Uint8Array(70_000);
      let at = 0;
      for (let count = 1; count > 0; at += count) {
        count = server?.read(received, at) ?? 0;
        await lab.runFor("10s");
      }
      expect(Buffer.compare(received.subarray(0, at), sent), to).to.equal(0);
      listener.close();
    }
    lab.close();
  });
});

describe("the header of L2TPv3", () => {
  it("is read as it is written, and nothing is read beyond the end, whatever octets come", () => {
    const seed = Number(process.env["FUZZ_SEED"] ?? 1);
    const random = new Xoshiro128(seed);
    const header = new L2tpHeader();
    const outcomes = new Map<string, number>();
    for (let input = 0; input < INPUTS; input++) {
      const framing: L2tpFraming = {
        overUdp: below(random, 2) === 0,
        session: 1 + below(random, 0xffff_fffe),
        cookie: Uint8Array.from({ length: below(random, 3) * 4 }, () => below(random, 256)),
        sublayer: below(random, 2) === 0,
      };
      const head = l2tpHeaderBytes(framing);
      const at = below(random, 9);
      const whole = new Uint8Array(at + head + below(random, 30)).map(() => below(random, 256));
      const sequence = below(random, 2) === 0 ? -1 : below(random, 0x100_0000);
      writeL2tp(whole, at, framing, sequence);
      expect(readL2tp(whole, at, whole.length, framing, header), `seed ${seed}, input ${input}`).to.equal(
        undefined,
      );
      expect([header.frameAt, header.sequence]).to.deep.equal([at + head, framing.sublayer ? sequence : -1]);
      for (let spoilt = below(random, 4); spoilt > 0; spoilt--) {
        whole[at + below(random, head)] = below(random, 256);
      }
      const end = at + below(random, whole.length - at + 1);
      const guarded = whole.slice(0, end);
      const outcome = readL2tp(whole, at, end, framing, header);
      // What is beyond the end makes no difference.
      expect(readL2tp(guarded, at, end, framing, header), `seed ${seed}, input ${input}`).to.equal(outcome);
      if (outcome === undefined) expect(header.frameAt).to.be.at.most(end);
      outcomes.set(outcome ?? "good", (outcomes.get(outcome ?? "good") ?? 0) + 1);
    }
    expect([...outcomes.keys()].sort()).to.deep.equal([
      "badHeader",
      "control",
      "good",
      "otherSession",
      "wrongCookie",
    ]);
  });
});
