/** Captures of whole runs: every frame of ours has its reason, and Wireshark has nothing to complain of. */
import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { AF_INET, INADDR_ANY, SOCK_STREAM } from "../../../src/api/index.ts";
import { pipe } from "../../../src/drivers/memory/index.ts";
import {
  Capture,
  type CaptureFilter,
  captureFilter,
  packetsOf,
  type ReadPacket,
  readCapture,
} from "../../../src/drivers/observe/index.ts";
import { VirtualTime } from "../../../src/drivers/simulation/index.ts";
import { Lab, type LabHost } from "../../../src/lab/index.ts";
import {
  Drop,
  type Instant,
  type Link,
  type LinkSink,
  type Packet,
  PacketFilter,
  PacketPool,
} from "../../../src/stack/index.ts";
import { CAPTURED_FRAMES } from "../../support/captured.ts";
import { octets, packetOf } from "../../support/octets.ts";
import { need } from "../../support/peers.ts";
import { tsharkFields } from "../../support/tshark.ts";

/** Two hosts say something to each other over a line with faults; the captures of both. */
async function conversation(seed: number, impairments: string): Promise<readonly [Uint8Array, Uint8Array]> {
  const lab = new Lab({ seed, capture: true });
  const [alice, bob] = [lab.host("alice", "10.0.0.1/24"), lab.host("bob", "10.0.0.2/24")];
  lab.link(alice, bob, { impairments });
  await lab.run(talk(alice, bob));
  // To a port that nobody has: a reset, and an ICMP error.
  const refused = alice.sockets.socket(AF_INET, SOCK_STREAM);
  await lab.run(alice.sockets.connect(refused, bob.at(9)).catch(() => {}));
  const endpoint = alice.stack.openUdp();
  endpoint.send(Buffer.from("anybody?"), { address: bob.ip, port: 9 });
  await lab.runFor("10s");
  const captures = [lab.capture(alice), lab.capture(bob)] as const;
  lab.close();
  return captures;
}

async function talk(alice: LabHost, bob: LabHost): Promise<void> {
  const listener = bob.sockets.socket(AF_INET, SOCK_STREAM);
  bob.sockets.bind(listener, AF_INET, INADDR_ANY, 7);
  bob.sockets.listen(listener, 5);
  const client = alice.sockets.socket(AF_INET, SOCK_STREAM);
  const [[server]] = await Promise.all([
    bob.sockets.accept(listener),
    alice.sockets.connect(client, bob.at(7)),
  ]);
  const sent = new Uint8Array(200_000).fill(120);
  const buffer = new Uint8Array(65_536);
  const sending = (async () => {
    for (let at = 0; at < sent.length; ) at += await alice.sockets.send(client, sent.subarray(at));
    await alice.sockets.close(client);
  })();
  for (let count = 1; count > 0; ) count = await bob.sockets.recvInto(server, buffer);
  await sending;
  await bob.sockets.close(server);
}

const LINES = ["", "loss=3%,delay=10ms,reorder=20%,duplicate=2%", "corrupt=3%,delay=1ms"] as const;

describe("a capture", () => {
  for (const [seed, line] of LINES.entries()) {
    it(`has the reason of every frame that was sent, over a line with ${line || "no faults"} (seed ${seed})`, async () => {
      for (const bytes of await conversation(seed, line)) {
        const { damage, records } = readCapture(bytes);
        expect(damage).to.equal(undefined);
        const packets = packetsOf(readCapture(bytes));
        expect(packets.length).to.be.greaterThan(100);
        expect(packets.filter(({ direction }) => direction === undefined)).to.deep.equal([]);
        const silent = packets.filter(
          ({ direction, comments }) => direction === "out" && comments.length !== 1,
        );
        expect(silent.map(({ number }) => number)).to.deep.equal([]);
        expect(records.length).to.equal(packets.length);
        expect(inOrder(packets)).to.equal(true);
      }
    });
  }

  it("says of what was received what was dropped of it, before anything that was sent because of it", async () => {
    const [, bob] = await conversation(2, LINES[2]);
    const dropped = packetsOf(readCapture(bob)).filter(
      ({ direction, comments }) => direction === "in" && comments.length > 0,
    );
    const reasons = dropped.flatMap(({ comments }) => comments);
    expect(reasons.join("\n")).to.match(/^dropped by tcp: badChecksum \(RFC 9293 /m);
    for (const { number, comments } of dropped)
      expect(comments[0], `packet ${number}`).to.match(/^dropped by /);
  });

  it("is opened by tshark without a warning, and each comment is a frame's comment", async function () {
    need(this, "tshark");
    for (const bytes of await conversation(1, LINES[1])) {
      const rows = tsharkFields(
        bytes,
        "frame.number",
        "frame.packet_flags_direction",
        "frame.comment",
        "_ws.malformed",
      );
      const packets = packetsOf(readCapture(bytes));
      expect(rows.length).to.equal(packets.length);
      for (const [number, direction, comment, malformed] of rows) {
        const { comments, direction: way } = packets[Number(number) - 1] as ReadPacket;
        expect(comment, `frame ${number}`).to.equal(comments.join(","));
        expect(direction).to.equal(way === "in" ? "0x00000001" : "0x00000002");
        expect(malformed ?? "").to.equal("");
      }
    }
  });

  it("counts what passed, and what was lost or dropped, for each interface at its end", () => {
    const pieces: Uint8Array[] = [];
    const capture = new Capture({ write: (bytes) => pieces.push(bytes), clock: { now: () => 5 as Instant } });
    let sink: LinkSink | undefined;
    const pool = new PacketPool();
    const link: Link = {
      capabilities: pipe(new VirtualTime())[0].capabilities,
      attach: (given) => {
        sink = given;
      },
      transmit: (frames, count) => {
        for (let i = 0; i < Math.min(count, 1); i++) pool.release(frames[i] as Packet);
        return Math.min(count, 1);
      },
      close: () => {},
    };
    const watched = capture.watch("eth0", link);
    watched.attach({ pool, received: () => {}, writable: () => {}, failed: () => {} });
    const frame = packetOf(CAPTURED_FRAMES.udp, 2);
    sink?.lost?.(frame, Drop.linkError);
    sink?.lost?.(frame, Drop.linkError);
    sink?.received([frame, frame], 2);
    // A link that has room for one of two: the other has not passed.
    const [first, second] = [pool.take(60), pool.take(60)];
    for (const one of [first, second]) one.end += 60;
    expect(watched.transmit([first, second], 2)).to.equal(1);
    capture.finish();
    const { records, damage } = readCapture(Buffer.concat(pieces));
    expect(damage).to.equal(undefined);
    expect(
      records.map((one) => (one.kind === "packet" ? [one.direction, one.lost] : one.kind)),
    ).to.deep.equal([["in", 2], ["in", undefined], ["out", undefined], "statistics"]);
    expect(records.at(-1)).to.include({ received: 3, lostByInterface: 2, delivered: 3, dropped: 0 });
  });
});

/** Times never go back, but by what was received and looked at together. */
function inOrder(packets: readonly ReadPacket[]): boolean {
  return packets.every(({ time = 0 }, index) => index === 0 || time >= (packets[index - 1]?.time ?? 0));
}

describe("a capture filter", () => {
  const FILTERS = [
    "tcp",
    "udp port 9",
    "arp",
    "icmp or arp",
    "host 10.77.0.1",
    "src host 10.77.0.2",
    "tcp[tcpflags] & tcp-syn != 0",
    "ether dst ff:ff:ff:ff:ff:ff",
    "net 10.77.0.0/16 and not tcp",
    "ip[2:2] > 60",
    "len > 60",
    "greater 61 and less 200",
    "icmp[icmptype] == icmp-echo",
    "tcp port 7 and (tcp[13] & 2 != 0 or ip[8] < 65)",
    "port 58046",
    "ip proto 17 and ip[6:2] & 0x4000 != 0",
    "ether[6:4] = 0x02000000",
    "portrange 5-10",
  ];
  const frames = Object.values(CAPTURED_FRAMES).map((text) => octets(text));

  for (const text of FILTERS) {
    it(`lets pass what tcpdump lets pass: ${text}`, function () {
      need(this, "tcpdump");
      const printed = execFileSync("tcpdump", ["-ddd", "-y", "EN10MB", "--", text], { encoding: "utf8" });
      const { program } = captureFilter(text, printed);
      const filter = new PacketFilter(program);
      const ours = frames.flatMap((frame, index) =>
        filter.run(frame, 0, frame.length) > 0 ? [index + 1] : [],
      );
      expect(ours).to.deep.equal(passedByTcpdump(frames, text));
    });
  }

  it("keeps frames out of the capture, and what it was is told", async function () {
    need(this, "tcpdump");
    const text = "udp";
    const printed = execFileSync("tcpdump", ["-ddd", "-y", "EN10MB", "--", text], { encoding: "utf8" });
    const filter: CaptureFilter = captureFilter(text, printed);
    const lab = new Lab();
    const pieces: Uint8Array[] = [];
    const capture = new Capture({ write: (bytes) => pieces.push(bytes), clock: lab.time, filter });
    const alice = lab.host("alice", "10.0.0.1/24", { tracer: capture.tracer() });
    const bob = lab.host("bob", "10.0.0.2/24");
    const [left, right] = pipe(lab.time);
    alice.stack.addInterface("eth9", capture.watch("eth9", left), [{ address: bob.ip, prefixLength: 24 }]);
    expect(right.capabilities.medium).to.equal("ethernet");
    await lab.runFor("1s");
    capture.finish();
    const read = readCapture(Buffer.concat(pieces));
    expect(read.interfaces.map((one) => one.filter)).to.deep.equal(["udp"]);
    expect(packetsOf(read), "only ARP was sent").to.deep.equal([]);
    lab.close();
  });

  it("that cannot be run is refused", () => {
    expect(() => captureFilter("x", "2\n6 0 0 0\n")).to.throw(SyntaxError, /cannot|no program/);
    expect(() => captureFilter("x", "1\n5 0 0 9\n")).to.throw(SyntaxError, /no program/);
  });
});

/** Numbers of the frames that tcpdump itself prints from a capture. */
function passedByTcpdump(frames: readonly Uint8Array[], text: string): readonly number[] {
  const header = Buffer.from("a1b2c3d4000200040000000000000000000400000000 0001".replace(" ", ""), "hex");
  const records = frames.map((frame, index) => {
    const record = Buffer.alloc(16 + frame.length);
    record.writeUInt32BE(index + 1, 0); // the second tells the number
    record.writeUInt32BE(frame.length, 8);
    record.writeUInt32BE(frame.length, 12);
    record.set(frame, 16);
    return record;
  });
  const printed = execFileSync("tcpdump", ["-n", "-tt", "-r", "-", "--", text], {
    input: Buffer.concat([header, ...records]),
    encoding: "utf8",
    stdio: ["pipe", "pipe", "ignore"],
  });
  return printed.split("\n").flatMap((line) => (/^\d+\./.test(line) ? [Number.parseInt(line, 10)] : []));
}
