import { expect } from "chai";
import { pipe } from "../../../../src/drivers/memory/index.ts";
import { VirtualTime } from "../../../../src/drivers/simulation/index.ts";
import { ANY_ADDRESS, ipv4 } from "../../../../src/stack/base/ip-address.ts";
import { type SeqNum, seqAdd, seqNum } from "../../../../src/stack/base/seq.ts";
import type { Instant } from "../../../../src/stack/base/time.ts";
import type { Route } from "../../../../src/stack/contract/network.ts";
import {
  milliseconds,
  parseIpv4,
  Stack,
  seconds,
  type TcpConfig,
  type TcpCounters,
  type TcpEndpoint,
  Xoshiro128,
} from "../../../../src/stack/index.ts";
import { insideOf } from "../../../../src/stack/stack.ts";
import { FlowSecret } from "../../../../src/stack/tcp/open/flow-secret.ts";
import { cookieTimestamp, SynCookies } from "../../../../src/stack/tcp/open/syn-cookies.ts";
import type { Tcp } from "../../../../src/stack/tcp/tcp.ts";
import { datagram, octets } from "../../../support/datagrams.ts";
import { established, Rig } from "../../../support/rig.ts";
import { encodeSegment, type Segment } from "../../../support/segments.ts";
import { Station } from "../../../support/station.ts";

const SYN = 2;
const RST = 4;
const PSH = 8;
const ACK = 16;
const SERVER = "10.0.0.1";
const CLIENT = "10.0.0.2";

describe("SYN cookies (RFC 4987 §3.6)", () => {
  const route = { source: ipv4(0x0a00_0001), destination: ipv4(0x0a00_0002) } as Route;
  const other = { source: ipv4(0x0a00_0001), destination: ipv4(0x0a00_0003) } as Route;
  const minutes = (n: number): Instant => (n * 60_000_000) as Instant;
  let cookies: SynCookies;
  const read = (now: Instant, irs: SeqNum, iss: SeqNum, way = route, port = 5000): number =>
    cookies.read(now, way, 80, port, irs, iss);
  beforeEach(() => {
    cookies = new SynCookies(new FlowSecret(new Xoshiro128(1)));
  });

  it("tell the MSS, rounded down, at every place of both sequence spaces", () => {
    const random = new Xoshiro128(2);
    const sizes = [
      [1, 48],
      [48, 48],
      [215, 48],
      [512, 512],
      [1199, 512],
      [1200, 1200],
      [1459, 1440],
      [1460, 1460],
      [65_495, 8940],
    ] as const;
    for (let i = 0; i < 500; i++) {
      const irs = seqNum(random.bits());
      const now = (random.bits() >>> 0) as Instant;
      for (const [mss, told] of sizes)
        expect(read(now, irs, cookies.make(now, route, 80, 5000, irs, mss))).to.equal(told);
    }
  });

  it("are good until the end of the next minute, also 256 minutes on", () => {
    const irs = seqNum(-5);
    for (const start of [0, 1, 255, 256, 1_000_000]) {
      const cookie = cookies.make(minutes(start + 0.5), route, 80, 5000, irs, 1460);
      expect(read(minutes(start + 0.5), irs, cookie)).to.equal(1460);
      expect(read((minutes(start + 2) - 1) as Instant, irs, cookie)).to.equal(1460);
      for (const later of [2, 3, 255, 256, 257])
        expect(read(minutes(start + later), irs, cookie)).to.equal(0);
    }
  });

  it("are of one flow and one ISN of the peer's", () => {
    const now = minutes(7);
    const irs = seqNum(77);
    const cookie = cookies.make(now, route, 80, 5000, irs, 1460);
    expect(read(now, irs, cookie, other)).to.equal(0);
    expect(read(now, irs, cookie, route, 5001)).to.equal(0);
    for (const beside of [-2, -1, 1, 2, 1 << 21, 1 << 24]) {
      expect(read(now, seqAdd(irs, beside), cookie)).to.equal(0);
      expect(read(now, irs, seqAdd(cookie, beside))).to.equal(0);
    }
    const elsewhere = new SynCookies(new FlowSecret(new Xoshiro128(3)));
    expect(elsewhere.read(now, route, 80, 5000, irs, cookie)).to.equal(0);
  });

  it("are guessed with 16 of 2^24 numbers, and not more", () => {
    const now = minutes(3);
    const random = new Xoshiro128(4);
    let hits = 0;
    for (let i = 0; i < 400_000; i++) if (read(now, seqNum(1), seqNum(random.bits())) > 0) hits++;
    expect(hits).to.be.at.most(3); // 0.38 would be the mean; the seed is fixed
  });

  it("have timestamps that are never of the future, and carry the options in their lowest six bits", () => {
    for (const latest of [0, 1, 62, 63, 64, 1_000_000, 0x7fff_ffff, -1, -0x8000_0000]) {
      for (const windowScale of [-1, 0, 7, 14]) {
        for (const sackOk of [false, true]) {
          for (const ecnOk of [false, true]) {
            const stamp = cookieTimestamp(latest, { windowScale, sackOk, ecnOk });
            const age = (latest - stamp) | 0;
            expect(age).to.be.within(0, 63);
            expect(stamp & 15).to.equal(windowScale < 0 ? 15 : windowScale);
            expect((stamp & 16) !== 0).to.equal(sackOk);
            expect((stamp & 32) !== 0).to.equal(ecnOk);
          }
        }
      }
    }
  });
});

describe("a listener whose queue of half-open connections is full", () => {
  let tcp: Rig;
  const counters = (): TcpCounters => tcp.stack.counters.tcp ?? expect.fail("no TCP");
  afterEach(() => tcp.check());

  it("remembers nothing more of a SYN, and all that was negotiated comes back with the ACK", () => {
    tcp = full();
    tcp.peerSends("S 0:0 win 65535 <mss 1460,sackOK,TS val 0 ecr 0,wscale 7>");
    tcp.expectSent("S. 0:0 ack 1 win 65535 <mss 1460,sackOK,TS val 0 ecr 0,wscale 0>");
    expect(pending(tcp)).to.equal(1);
    tcp.expectQuiet(seconds(30)); // nothing is repeated
    tcp.peerSends("P. 1:11 ack 1 win 500 <TS val 1 ecr 0>");
    tcp.accept();
    tcp.expectRead(10);
    const { timestamps, sack, sendScale, sendMss, sendWindow } = tcp.endpoint.info();
    expect({ timestamps, sack, sendScale, sendMss, sendWindow }).to.deep.equal({
      timestamps: true,
      sack: true,
      sendScale: 7,
      sendMss: 1448,
      sendWindow: 500 << 7,
    });
    expect(counters()).to.deep.include({ synCookiesSent: 1, synCookiesReceived: 1, synCookiesFailed: 0 });
  });

  it("has timestamps afterwards that are not older than those of the cookie (RFC 7323 §5)", () => {
    tcp = full();
    tcp.peerSends("S 0:0 win 65535 <mss 1460,sackOK,TS val 0 ecr 0>");
    tcp.peerSends("P. 1:3 ack 1 win 500 <TS val 1 ecr 0>");
    tcp.accept();
    tcp.write(10);
    const age = /TS val (-?\d+)/.exec(tcp.sent.at(-1) ?? "") ?? expect.fail("no answer");
    expect(Number(age[1])).to.be.within(0, 63);
  });

  it("has no room for options without timestamps, and says so (Linux: tcp_clear_options)", () => {
    tcp = full();
    tcp.peerSends("S 0:0 win 65535 <mss 1000,sackOK,wscale 7>");
    tcp.expectSent("S. 0:0 ack 1 win 65535 <mss 1460>");
    tcp.peerSends(". 1:1 ack 1 win 500");
    tcp.accept();
    expect(tcp.endpoint.info()).to.deep.include({ sack: false, sendScale: 0, sendMss: 512, sendWindow: 500 });
  });

  it("keeps ECN where there are timestamps (RFC 3168 §6.1.1)", () => {
    tcp = full();
    tcp.peerSends("SEW 0:0 win 65535 <mss 1460,TS val 0 ecr 0>");
    expect(tcp.sent.at(-1)).to.match(/^S\.?E\.? 0:0 ack 1/);
    tcp.peerSends(". 1:1 ack 1 win 500 <TS val 1 ecr 0>");
    tcp.accept();
    tcp.peerMarks("P. 1:3 ack 1 win 500 <TS val 1 ecr 0>");
    expect(tcp.sent.at(-1)).to.match(/E/);
  });

  it("gives the same cookie to the same SYN", () => {
    tcp = full();
    tcp.peerSends("S 0:0 win 65535 <mss 1460>");
    const first = tcp.lastSent?.seq;
    tcp.pass(milliseconds(500));
    tcp.peerSends("S 0:0 win 65535 <mss 1460>");
    expect(tcp.lastSent?.seq).to.equal(first);
  });

  it("does not take the second of two single octets for the first", () => {
    tcp = full();
    tcp.peerSends("S 0:0 win 65535 <mss 1460>");
    tcp.peerSends("P. 2:3 ack 1 win 500");
    expect(tcp.listener?.accept()).to.equal(undefined);
    tcp.peerSends("P. 1:2 ack 1 win 500");
    tcp.accept();
    tcp.expectRead(1);
  });

  it("answers an ACK with another number with a RST, and counts it (RFC 9293 §3.10.7.2)", () => {
    tcp = full();
    tcp.peerSends("S 0:0 win 65535 <mss 1460>");
    tcp.passOver(1);
    tcp.peerSends(". 1:1 ack 2 win 500");
    tcp.peerSends(". 2:2 ack 1 win 500");
    tcp.expectSent("R 2:2 win 0", "R 1:1 win 0");
    expect(tcp.dropped).to.include("tcp: badCookie");
    expect(counters().synCookiesFailed).to.equal(2);
    tcp.peerSends("S. 1:1 ack 1 win 500");
    tcp.expectSent("R 1:1 win 0");
    tcp.peerSends(". 1:1 ack 1 win 500");
    tcp.accept();
  });

  it("knows its cookies for one to two minutes (Linux: MAX_SYNCOOKIE_AGE)", () => {
    for (const [wait, taken] of [
      [60, true],
      [121, false],
    ] as const) {
      tcp = full();
      tcp.peerSends("S 0:0 win 65535 <mss 1460>");
      tcp.pass(seconds(wait));
      tcp.peerSends(". 1:1 ack 1 win 500");
      expect(tcp.listener?.accept() !== undefined).to.equal(taken);
      expect(tcp.sent).to.deep.equal(taken ? [] : ["R 1:1 win 0"]);
    }
  });

  it("looks at no ACK as long as it has sent no cookie", () => {
    tcp = full();
    tcp.peerSends(". 1:1 ack 1 win 500");
    expect(tcp.dropped.at(-1)).to.equal("tcp: ackInListen");
    expect(counters().synCookiesFailed).to.equal(0);
  });

  it("does not take more than are to be accepted, until there is room (RFC 9293 §3.10.7.2)", () => {
    tcp = full();
    tcp.listener?.listen(0);
    tcp.peerSends("S 0:0 win 65535 <mss 1460>");
    const cookie = tcp.lastSent?.seq ?? expect.fail();
    tcp.sendSegment({ ...tcp.bare, flags: SYN, sourcePort: 4100, seq: 7 });
    const other = tcp.lastSent?.seq ?? expect.fail();
    tcp.sendSegment({ ...tcp.bare, flags: ACK, sourcePort: 4100, seq: 8, ack: (other + 1) >>> 0 });
    tcp.passOver(2);
    const third = {
      ...tcp.bare,
      flags: ACK | PSH,
      seq: 0xffff_fff1,
      ack: (cookie + 1) >>> 0,
      text: octets([7, 1]),
    };
    tcp.sendSegment(third);
    tcp.expectSent();
    expect(tcp.dropped.at(-1)).to.equal("tcp: acceptQueueFull");
    expect(tcp.listener?.accept()).not.to.equal(undefined);
    tcp.sendSegment(third); // the peer's retransmission
    expect(tcp.listener?.accept()?.read(new Uint8Array(9))).to.equal(1);
  });

  it("leaves other listeners what is theirs", () => {
    tcp = full();
    const other = tcp.stack.openTcp();
    other.bind({ address: tcp.listener?.local?.address ?? expect.fail(), port: 81 });
    other.listen(16);
    for (let port = 1; port < 100; port++)
      tcp.sendSegment({ ...tcp.bare, flags: SYN, sourcePort: port, destinationPort: 81 });
    expect(pending(tcp)).to.equal(2);
    other.close();
    expect(pending(tcp)).to.equal(1);
  });

  it("never sends any where they are switched off: the oldest gives way (Linux: tcp_syncookies 0)", () => {
    tcp = full("never");
    tcp.peerSends("S 0:0 win 65535 <mss 1460,sackOK>");
    tcp.expectSent("S. 0:0 ack 1 win 65535 <mss 1460,sackOK>");
    expect(counters()).to.deep.include({ synCookiesSent: 0, synQueueOverflows: 1 });
    expect(pending(tcp)).to.equal(1);
    tcp.peerSends(". 1:1 ack 1 win 500");
    tcp.accept();
  });

  it("sends nothing else where they are always asked for (Linux: tcp_syncookies 2)", () => {
    tcp = new Rig({ tcp: { config: { synCookies: "always" } } });
    const listener = tcp.stack.openTcp();
    listener.bind({ address: parseIpv4("10.0.0.1") ?? expect.fail(), port: 80 });
    listener.listen(16);
    tcp.peerSends("S 0:0 win 65535 <mss 1460>");
    expect(pending(tcp)).to.equal(0);
    expect(tcp.sent).to.have.length(1);
    const seq = tcp.lastSent?.seq ?? expect.fail();
    tcp.sendSegment({ ...tcp.bare, flags: ACK, sourcePort: 4000, seq: 0xffff_fff1, ack: (seq + 1) >>> 0 });
    expect(listener.accept()).not.to.equal(undefined);
  });

  it("lets a SYN that follows TIME-WAIT into the queue all the same: its ISS is to be beyond the old one", () => {
    tcp = established({ tcp: { config: { synQueue: 1 } } });
    tcp.do((endpoint) => endpoint.close());
    tcp.peerSends("F. 1:1 ack 2 win 65535");
    tcp.sendSegment({ ...tcp.bare, flags: SYN, sourcePort: 4100, seq: 7 });
    tcp.passOver(3);
    tcp.peerSends("S 100:100 win 65535 <mss 1460>");
    expect(counters().synCookiesSent).to.equal(0);
    expect(tcp.relativeToFirstIss(tcp.lastSent?.seq ?? 0)).to.be.above(1);
  });
});

describe("a flood of 100,000 SYNs from random sources (RFC 4987)", () => {
  it("hinders none of 100 clients that connect meanwhile, on that port or another", () => {
    const flood = new Flood();
    const clients = Array.from({ length: 100 }, (_, i) => ({ port: 2000 + i, to: i % 4 === 3 ? 81 : 80 }));
    for (const { port, to } of clients) {
      flood.syns(500);
      flood.send(CLIENT, { flags: SYN, sourcePort: port, destinationPort: to, seq: port });
      const ack = ((flood.answers.get(port) ?? expect.fail("no SYN|ACK")) + 1) >>> 0;
      flood.syns(500); // while the SYN|ACK is on its way
      flood.send(CLIENT, { flags: ACK, sourcePort: port, destinationPort: to, seq: port + 1, ack });
    }
    expect(flood.accepted).to.equal(100);
    expect(flood.resets).to.equal(0);
    const { pending } = (insideOf(flood.stack).tcp as Tcp).sizes;
    expect(pending).to.equal(4096);
  });
});

/** A stack, a gateway through which the flood comes, and two listeners. */
class Flood {
  readonly stack: Stack;
  readonly answers: Map<number, number> = new Map();
  resets = 0;
  readonly #listeners: readonly TcpEndpoint[];
  readonly #time: VirtualTime = new VirtualTime();
  readonly #random: Xoshiro128 = new Xoshiro128(5);
  readonly #station: Station;

  constructor() {
    const [near, far] = pipe(this.#time, { mtu: 1500 });
    this.#station = new Station(far, CLIENT, (bytes) => this.#arrived(bytes));
    this.stack = new Stack({ clock: this.#time, random: new Xoshiro128(1), wakeAt: () => undefined });
    this.#time.join("stack", this.stack);
    const here = parseIpv4(SERVER) ?? expect.fail();
    const eth0 = this.stack.addInterface("eth0", near, [{ address: here, prefixLength: 24 }]);
    this.stack.addRoute(ANY_ADDRESS, 0, parseIpv4(CLIENT), eth0);
    this.#station.greet(SERVER);
    this.#listeners = [80, 81].map((port) => {
      const listener = this.stack.openTcp();
      listener.bind({ address: here, port });
      listener.listen(128);
      return listener;
    });
    this.#settle();
  }

  /** So many to port 80. */
  syns(count: number): void {
    const bytes = this.#datagram(CLIENT, { flags: SYN, destinationPort: 80 });
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < count; i++) {
      const word = this.#random.bits();
      view.setUint32(12, (0x1400_0000 + (word & 0x3fff_ffff)) >>> 0); // from 20.0.0.0 to 83.255.255.255
      view.setUint16(20, 1 + (this.#random.bits() >>> 17));
      view.setInt32(24, word);
      view.setUint16(10, 0);
      view.setUint16(10, ~sum16(view, 0, 20));
      view.setUint16(36, 0);
      view.setUint16(36, ~sum16(view, 12, 40, 6 + 20));
      this.#station.send(bytes);
      this.#settle();
    }
  }

  send(from: string, fields: Partial<Segment>): void {
    this.#station.send(this.#datagram(from, fields));
    this.#settle();
  }

  #datagram(from: string, fields: Partial<Segment>): Uint8Array {
    const bare = {
      sourcePort: 0,
      seq: 0,
      ack: 0,
      window: 65_535,
      urgent: 0,
      options: [],
      text: new Uint8Array(),
    };
    return datagram(from, SERVER, 6, encodeSegment({ ...bare, ...fields } as Segment, from, SERVER));
  }

  get accepted(): number {
    let count = 0;
    for (const listener of this.#listeners) while (listener.accept() !== undefined) count++;
    return count;
  }

  #arrived(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset + 20);
    const flags = view.getUint8(13);
    if (flags & RST) this.resets++;
    const toClient = bytes.slice(16, 20).join(".") === CLIENT;
    if (toClient && flags === (SYN | ACK)) this.answers.set(view.getUint16(2), view.getUint32(4));
  }

  #settle(): void {
    while (this.#time.nextDeadline() <= this.#time.now()) this.#time.step();
  }
}

/** One's-complement sum. */
function sum16(view: DataView, from: number, to: number, and = 0): number {
  let sum = and;
  for (let at = from; at < to; at += 2) sum += view.getUint16(at);
  return sum % 0xffff;
}

/** A listener that remembers one half-open connection, and has it for a second. */
function full(synCookies: TcpConfig["synCookies"] = "when-full"): Rig {
  const rig = new Rig({ tcp: { config: { synQueue: 1, synCookies, synAckRetries: 0 } } });
  rig.listen();
  rig.sendSegment({ ...rig.bare, flags: SYN, sourcePort: 4999, seq: 1 });
  rig.passOver(1);
  return rig;
}

function pending(rig: Rig): number {
  return (insideOf(rig.stack).tcp as Tcp).sizes.pending;
}
