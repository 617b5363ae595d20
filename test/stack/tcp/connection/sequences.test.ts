/**
 * No stored sequence number stands still while SND.UNA or RCV.NXT goes round the circle. Between any two events so
 * many octets may go by without one of them that what was behind lies ahead: 2^31, or a little more or less.
 */
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { below, Xoshiro128 } from "../../../../src/stack/base/random.ts";
import { seqAdd } from "../../../../src/stack/base/seq.ts";
import { seconds } from "../../../../src/stack/base/time.ts";
import type { TcpEndpoint } from "../../../../src/stack/contract/tcp-endpoint.ts";
import type { Tcb } from "../../../../src/stack/tcp/connection/tcb.ts";
import { type Host, pair, type Wire } from "../../../support/tcp-pair.ts";

const MSS = 1448;
const CE = 0b11;
/** As far as a window lets SND.UNA go at once. */
const STRIDE = 2 ** 30;

describe("the sequence numbers of a connection", () => {
  for (const sack of [true, false]) {
    for (const lentForever of [false, true]) {
      const kept = lentForever ? "while it never pauses" : "while it pauses";
      it(`stay near, whatever happened before 2^31 octets${sack ? "" : " (no SACK)"}, ${kept}`, () => {
        for (let seed = 1; seed <= 4; seed++) new Conversation(seed, sack, lentForever).run();
      });
    }
  }

  it("each move with SND.UNA or RCV.NXT, or say when they are valid, or why they may stay", () => {
    const silent: string[] = [];
    for (const [file, mover] of Object.entries(MOVERS)) {
      const text = readFileSync(`src/stack/tcp/connection/${file}`, "utf8");
      const moved = bodies(text, mover);
      for (const [, comment = "", name = ""] of text.matchAll(FIELD)) {
        if (/\b(?:[Vv]alid while|Stands still|moves with|as far behind as)\b/.test(comment)) continue;
        if (!moved.includes(`this.${name} =`) && !moved.includes(`this.${name}.length =`))
          silent.push(`${file}: ${name}`);
      }
    }
    expect(silent).to.deep.equal([]);
  });
});

/** The records, and the methods that move along what stands in them. */
const MOVERS: Readonly<Record<string, readonly string[]>> = {
  "send-record.ts": ["acknowledge"],
  "receive-record.ts": ["advance"],
  "recovery-record.ts": ["follow", "#followUndo"],
};

/** A field that holds a sequence number, with the comment before it or before the field above, if that shares it. */
const FIELD = /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n(?: {2}\w[^\n]*\n)?)? {2}(?:readonly )?(#?\w+): SeqNum\b/g;

/** The bodies of the methods of these names. */
function bodies(text: string, names: readonly string[]): string {
  return names.map((name) => text.split(`\n  ${name}(`)[1]?.split("\n  }\n")[0] ?? "").join("");
}

/** Two hosts, one of which sends; what happens between the jumps is up to chance. */
class Conversation {
  readonly #seed: number;
  readonly #random: Xoshiro128;
  readonly #near: Host;
  readonly #far: Host;
  readonly #wire: Wire;
  readonly #sender: TcpEndpoint;
  readonly #reader: TcpEndpoint;
  readonly #tcbs: Map<Host, Tcb> = new Map();
  #written = 0;
  #got = 0;
  /** Where urgent octets are, which are not in the stream that is read. */
  readonly #marks: Set<number> = new Set();

  constructor(seed: number, sack: boolean, lentForever: boolean) {
    this.#seed = seed;
    this.#random = new Xoshiro128(seed);
    const settings = { config: { sack, timestamps: sack, ecn: "active" } } as const;
    [this.#near, this.#far, this.#wire] = pair(seed, {}, settings);
    for (const host of [this.#near, this.#far]) this.#watch(host, lentForever);
    const listener = this.#far.tcp.open();
    listener.bind({ address: this.#far.address, port: 7 });
    listener.listen(1);
    this.#sender = this.#near.tcp.open();
    this.#sender.connect({ address: this.#far.address, port: 7 });
    this.#wire.run(() => listener.readable && this.#sender.connected, seconds(5));
    this.#reader = listener.accept() as TcpEndpoint;
    this.#reader.onChange(() => this.#read());
    this.#sender.onChange(() => undefined);
  }

  /** Learns of the connection, and keeps what is lent to it from being given back, as in a transfer without a pause. */
  #watch(host: Host, lentForever: boolean): void {
    const { tcp } = host;
    const note = tcp.noteOutput.bind(tcp);
    tcp.noteOutput = (tcb) => {
      this.#tcbs.set(host, tcb);
      note(tcb);
    };
    if (lentForever) tcp.recoveries.giveBack = () => undefined;
  }

  run(): void {
    const events = [
      () => this.#send(40),
      () => this.#send(40, (i) => i === 5),
      () => this.#send(40, (i) => i === 5 || i === 9 || i === 20),
      () => this.#send(30, (i) => i >= 29),
      () => this.#send(10, () => true),
      () => this.#spoiled({ reorder: 0.2 }),
      () => this.#spoiled({ duplicate: 0.3 }),
      () => this.#spoiled({ loss: 0.1 }),
      () => this.#spoiled({ loss: 0.05, reorder: 0.1, duplicate: 0.1 }),
      () => this.#urgent(),
      () => this.#marked(),
    ];
    for (let round = 0; round < 6; round++) {
      events[below(this.#random, events.length)]?.();
      this.#send(60); // so that the window is large enough for what follows
      this.#jump();
      if (below(this.#random, 2) === 0) this.#expectFastRetransmit();
      else this.#expectReduction();
    }
  }

  /** What would be the state after so many octets more, without an event: as `acknowledge` and `arrived` would leave it. */
  #jump(): void {
    const [from, to] = [this.#tcbs.get(this.#near) as Tcb, this.#tcbs.get(this.#far) as Tcb];
    expect(from.snd.outstanding + from.snd.ring.length + to.rcv.ring.length).to.equal(0);
    let left = 2 ** 31 + below(this.#random, 2 ** 19) - 2 ** 18;
    while (left > 0) {
      const octets = Math.min(left, STRIDE - below(this.#random, 1000));
      left -= octets;
      from.snd.nxt = seqAdd(from.snd.nxt, octets);
      from.snd.ringSeq = from.snd.nxt;
      from.snd.acknowledge(from.snd.nxt);
      from.recovery?.follow(from.snd.una, from.snd.nxt);
      to.rcv.adv = seqAdd(to.rcv.adv, octets);
      to.rcv.advance(octets);
      to.rcv.lastAckSent = to.rcv.nxt;
      to.snd.wl1 = to.rcv.nxt;
    }
  }

  /** A segment in the middle is lost: that must not cost a timeout. */
  #expectFastRetransmit(): void {
    const before = { ...this.#near.tcp.counters };
    this.#send(30, (i) => i === 6);
    const { fastRetransmits, timeouts } = this.#near.tcp.counters;
    const seen = [fastRetransmits - before.fastRetransmits, timeouts - before.timeouts];
    expect(seen, `seed ${this.#seed}: fast retransmits, timeouts`).to.deep.equal([1, 0]);
  }

  /** A mark must be answered. */
  #expectReduction(): void {
    const before = this.#near.tcp.counters.ecnReductions;
    this.#marked();
    const seen = this.#near.tcp.counters.ecnReductions - before;
    expect(seen, `seed ${this.#seed}: reductions`).to.be.at.least(1);
  }

  /** One segment of a burst is marked on its way. */
  #marked(): void {
    let marks = 1;
    this.#wire.tap = (from, packet) => {
      if (from !== this.#near || marks === 0 || (packet.trafficClass & CE) === 0) return;
      packet.trafficClass |= CE;
      marks--;
    };
    this.#send(20);
    this.#wire.tap = undefined;
  }

  #spoiled(spoil: Wire["spoil"]): void {
    this.#wire.spoil = spoil;
    this.#send(60);
    this.#wire.spoil = {};
  }

  #urgent(): void {
    this.#sender.writeUrgent(Uint8Array.of(octet(this.#written)));
    this.#marks.add(this.#written++);
    this.#send(10);
  }

  /** So many segments of text, of which those that `isLost` names are, the first time; and until all has arrived. */
  #send(segments: number, isLost: (index: number) => boolean = () => false): void {
    let index = 0;
    this.#wire.drop = (from, packet) => {
      const isText = from === this.#near && packet.length > 100;
      return isText && index < segments && isLost(index++);
    };
    const text = Uint8Array.from({ length: segments * MSS }, (_, i) => octet(this.#written + i));
    expect(this.#sender.write(text)).to.equal(text.length);
    this.#written += text.length;
    const tcb = this.#tcbs.get(this.#near) as Tcb;
    const done = this.#wire.run(
      () => tcb.snd.outstanding + tcb.snd.ring.length === 0 && this.#got === this.#written,
      seconds(600),
    );
    expect(done, `seed ${this.#seed}: ${this.#got} of ${this.#written} octets`).to.equal(true);
    this.#wire.drop = undefined;
    this.#wire.run(() => false, seconds(1)); // what is late or came twice is told of as well
  }

  #read(): void {
    const into = new Uint8Array(65_536);
    for (let n = this.#reader.read(into); n !== undefined && n > 0; n = this.#reader.read(into)) {
      for (let i = 0; i < n; i++) {
        if (this.#marks.has(this.#got)) this.#got++;
        if (into[i] !== octet(this.#got)) throw new Error(`seed ${this.#seed}: wrong octet ${this.#got}`);
        this.#got++;
      }
    }
  }
}

function octet(i: number): number {
  return Math.imul(i, 0x9e3779b1) >>> 24;
}
