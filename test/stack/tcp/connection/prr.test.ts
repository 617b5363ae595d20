import { expect } from "chai";
import fc from "fast-check";
import { milliseconds } from "../../../../src/stack/index.ts";
import { RateReduction } from "../../../../src/stack/tcp/connection/prr.ts";
import { established, type Rig } from "../../../support/rig.ts";

const MSS = 1000;

/** A sender of segments, and all that RFC 9937 says of it, by itself. Nothing that is sent in recovery is lost. */
class Model {
  readonly #prr: RateReduction = new RateReduction();
  readonly #ssthresh: number;
  inFlight: number;

  /**
   * @param recoverFs - segments out when recovery begins
   * @param inFlight - those of them that are neither lost nor have arrived
   */
  constructor(recoverFs: number, inFlight: number, ssthresh: number) {
    this.#ssthresh = ssthresh * MSS;
    this.inFlight = inFlight * MSS;
    this.#prr.begin(recoverFs * MSS);
  }

  /** ACKs tell that so many segments have arrived; how many are sent for that. */
  ack(delivered = 1, isSafe = false): number {
    this.inFlight -= delivered * MSS;
    if (isSafe) this.#prr.noteSafeAck();
    this.#prr.reckon(delivered * MSS, this.inFlight, this.#ssthresh, MSS);
    const sent = Math.max(0, Math.floor(this.#prr.sndCnt / MSS));
    this.send(sent);
    return sent;
  }

  /** Segments go out. */
  send(segments: number): void {
    this.#prr.sent(segments * MSS);
    this.inFlight += segments * MSS;
  }
}

describe("proportional rate reduction (RFC 9937 §6)", () => {
  it("sends one segment for two that arrive, when the window is halved and one was lost", () => {
    // The first example of RFC 6937 §3.1: 20 in flight of which one is lost; three duplicates have come, for two of
    // which limited transmit has sent 21 and 22, and for the third goes the retransmission.
    const model = new Model(20, 20, 10);
    model.inFlight -= MSS; // the lost one
    const sent = [model.ack()];
    model.send(1);
    for (let i = 1; i < 19; i++) sent.push(model.ack());
    const total = sent.reduce((sum, n) => sum + n, 1);
    expect(total, "of what was out, half").to.equal(10);
    expect(Math.max(...sent)).to.equal(1);
    expect(sent.slice(1).join(""), "no long pause").to.not.match(/000/);
    expect(model.inFlight).to.equal(10 * MSS);
  });

  for (const [ssthresh, flight] of [
    [14, 20],
    [10, 20],
    [70, 100],
    [3, 10],
  ] as const) {
    it(`ends with ${ssthresh} segments in flight when it began with ${flight}, of which one was lost`, () => {
      const model = new Model(flight, flight - 1, ssthresh);
      model.send(1);
      for (let i = 0; i < flight - 1; i++) model.ack();
      expect(model.inFlight / MSS).to.be.within(ssthresh - 1, ssthresh);
    });
  }

  it("sends for what arrives no more than that, when less than ssthresh is in flight: PRR-CRB", () => {
    // 20 out, 15 lost: five ACKs come, and five segments may go.
    const model = new Model(20, 5, 10);
    const sent = [1, 2, 3, 4, 5].map(() => model.ack());
    expect(sent).to.deep.equal([1, 1, 1, 1, 1]);
  });

  it("sends one more for each ACK that shows progress, up to ssthresh: PRR-SSRB", () => {
    const model = new Model(20, 5, 10);
    const sent = [1, 2, 3, 4, 5, 6, 7].map(() => model.ack(1, true));
    expect(sent).to.deep.equal([2, 2, 2, 2, 2, 1, 1]);
    expect(model.inFlight).to.equal(10 * MSS);
  });

  it("makes good for what could not be sent, as when the application had nothing", () => {
    const prr = new RateReduction();
    prr.begin(20 * MSS);
    for (let i = 0; i < 4; i++) prr.reckon(MSS, 5 * MSS - i * MSS, 10 * MSS, MSS);
    expect(prr.sndCnt).to.equal(4 * MSS);
  });

  it("gives for several ACKs at once what it gives for them one by one", () => {
    for (const isSafe of [false, true]) {
      const single = new Model(20, 8, 10);
      const several = new Model(20, 8, 10);
      const sent = [1, 2, 3].map(() => single.ack(1, isSafe)).reduce((sum, n) => sum + n, 0);
      const prr = new RateReduction();
      prr.begin(20 * MSS);
      if (isSafe) for (let i = 0; i < 3; i++) prr.noteSafeAck();
      prr.reckon(3 * MSS, 5 * MSS, 10 * MSS, MSS);
      expect(Math.min(prr.sndCnt / MSS, 5)).to.equal(sent);
      expect(several.ack(3, false)).to.be.at.most(sent);
    }
  });

  it("is over when it is ended, and begins from nothing again", () => {
    const prr = new RateReduction();
    expect(prr.active).to.equal(false);
    prr.begin(10 * MSS);
    prr.reckon(5 * MSS, 2 * MSS, 5 * MSS, MSS);
    prr.sent(3 * MSS);
    prr.end();
    expect(prr.active).to.equal(false);
    prr.begin(10 * MSS);
    expect([prr.active, prr.sndCnt]).to.deep.equal([true, 0]);
  });

  it("never lets the flight grow beyond ssthresh, nor shrink faster than in proportion", () => {
    const scenario = fc.record({
      recoverFs: fc.integer({ min: 2, max: 500 }),
      lost: fc.integer({ min: 1, max: 400 }),
      share: fc.constantFrom(0.5, 0.7, 0.85),
      acks: fc.array(fc.tuple(fc.integer({ min: 1, max: 45 }), fc.boolean()), { maxLength: 200 }),
    });
    fc.assert(
      fc.property(scenario, ({ recoverFs, lost, share, acks }) => {
        const ssthresh = Math.max(2, Math.floor(recoverFs * share));
        const model = new Model(recoverFs, Math.max(0, recoverFs - lost), ssthresh);
        let delivered = 0;
        let sent = 0;
        for (const [count, isSafe] of acks) {
          const before = model.inFlight / MSS;
          const arriving = Math.min(count, before);
          if (arriving === 0) break;
          delivered += arriving;
          const now = model.ack(arriving, isSafe);
          sent += now;
          const after = model.inFlight / MSS;
          if (now > 0) {
            const isShrinking = before - arriving > ssthresh;
            if (isShrinking) expect(sent).to.be.at.most(Math.ceil((delivered * ssthresh) / recoverFs));
            else expect(after).to.be.at.most(ssthresh);
          }
          expect(now, "what one ACK lets out").to.be.at.most(Math.max(arriving + 1, delivered));
        }
      }),
    );
  });
});

describe("fast recovery with SACK (RFC 6675, RFC 9937)", () => {
  const SEGMENT = 1460;
  /** Where the twenty segments begin that are out. */
  const FIRST = 10 * SEGMENT + 1;
  let tcp: Rig;

  /** Sequence number of segment `i` of those, from 0. */
  const at = (i: number): number => FIRST + i * SEGMENT;
  /** The ACK of all before segment `una`, with segments [from, to) of each pair SACKed. */
  const ack = (una: number, ...blocks: [from: number, to: number][]): string => {
    const sack = blocks.map(([from, to]) => `${at(from)}:${at(to)}`).join(" ");
    return `. 1:1 ack ${at(una)} win 65535${sack === "" ? "" : ` <sack ${sack}>`}`;
  };
  /** The numbers of the segments that were sent since the last look. */
  const sent = (): number[] => {
    const lines = tcp.sent.map((line) => (Number(/ (\d+):/.exec(line)?.[1]) - FIRST) / SEGMENT);
    tcp.passOver(0, 15);
    return lines;
  };

  beforeEach(() => {
    tcp = established({
      peer: "mss 1460,sackOK",
      roundTrip: milliseconds(40),
      options: { congestion: "newreno", sendBuffer: 200_000 },
    });
    tcp.write(100 * SEGMENT);
    tcp.time.elapse(milliseconds(40));
    tcp.peerSends(ack(0));
    tcp.time.elapse(milliseconds(40));
    tcp.passOver(30);
    expect(tcp.endpoint.info().congestionWindow).to.equal(20 * SEGMENT);
    expect(tcp.endpoint.info().outstanding).to.equal(20 * SEGMENT);
  });
  afterEach(() => {
    tcp.endpoint.abort();
    tcp.check();
  });

  it("sends new segments for every other ACK while one is missing, not none and then all", () => {
    tcp.peerSends(ack(0, [1, 2]));
    tcp.peerSends(ack(0, [1, 3]));
    expect(sent(), "limited transmit (RFC 3042)").to.deep.equal([20, 21]);
    const counts: number[] = [];
    for (let i = 4; i <= 22; i++) {
      tcp.peerSends(ack(0, [1, i]));
      counts.push(sent().length);
    }
    expect(counts.reduce((sum, n) => sum + n)).to.equal(10);
    expect(Math.max(...counts)).to.equal(1);
    expect(counts.join(""), "no long pause").to.not.match(/000/);
    tcp.peerSends(ack(22, [23, 24]));
    expect(tcp.endpoint.info().congestionWindow, "RFC 9937 §6.4: cwnd = ssthresh").to.equal(10 * SEGMENT);
  });

  it("sends a segment again for each that arrives when most of the window is lost, then two", () => {
    tcp.peerSends(ack(0, [15, 16]));
    tcp.peerSends(ack(0, [15, 17]));
    expect(sent()).to.deep.equal([20, 21]);
    for (const i of [0, 1, 2]) {
      tcp.peerSends(ack(0, [15, 18 + i]));
      expect(sent(), "less is in flight than may be, but not all of that goes at once").to.deep.equal([i]);
    }
    // What was sent again arrives, and no more is missing than was: the flight may grow.
    for (const i of [1, 2, 3]) {
      tcp.peerSends(ack(i, [15, 20]));
      expect(sent()).to.deep.equal([2 * i + 1, 2 * i + 2]);
    }
  });

  for (const [what, block, count] of [
    ["one segment more than has arrived for an ACK that shows progress", [15, 22], 1 + 4 + 1],
    ["no more than has arrived for one that tells of a further loss", [19, 22], 1 + 3],
  ] as const) {
    it(`sends ${what}`, () => {
      for (let i = 16; i <= 18; i++) tcp.peerSends(ack(0, [15, i]));
      expect(sent()).to.deep.equal([20, 21, 0]);
      tcp.peerSends(ack(1, [...block], [15, 18])); // with [19, 22), segment 18 is missing as well
      expect(sent()).to.have.length(count);
    });
  }

  it("is bound by the window alone when it is over", () => {
    for (let i = 16; i <= 22; i++) tcp.peerSends(ack(0, [15, i]));
    for (let i = 1; i < 8; i++) tcp.peerSends(ack(i, [15, 22]));
    let una = 22;
    for (let window = 10; window < 14; window++) {
      tcp.peerSends(ack(una));
      const { congestionWindow, outstanding, inRecovery } = tcp.endpoint.info();
      expect([congestionWindow, outstanding, inRecovery]).to.deep.equal([
        window * SEGMENT,
        window * SEGMENT,
        false,
      ]);
      una += window;
    }
  });

  it("gives way to slow start at a timeout", () => {
    for (let i = 16; i <= 22; i++) tcp.peerSends(ack(0, [15, i]));
    for (let i = 1; i < 5; i++) tcp.peerSends(ack(i, [15, 22]));
    sent();
    tcp.time.elapse(milliseconds(500));
    expect(tcp.stack.counters.tcp?.timeouts).to.equal(1);
    expect(sent()).to.deep.equal([4]);
    tcp.peerSends(ack(5, [15, 22]));
    expect(sent()).to.deep.equal([5, 6]);
    tcp.peerSends(ack(7, [15, 22]));
    expect(sent()).to.deep.equal([7, 8, 9, 10]);
  });

  it("answers ACKs that come in one burst once, with as much in all", () => {
    tcp.peerSends(ack(0, [10, 11]));
    tcp.peerSends(ack(0, [10, 12]));
    sent();
    tcp.peerSendsTogether([13, 14, 15, 16, 17, 18, 19, 20].map((i) => ack(0, [10, i])));
    expect(sent()).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("counts what arrived in the same burst in which time has told of the loss", () => {
    tcp.peerSends(ack(0, [1, 2]));
    sent();
    tcp.time.elapse(milliseconds(10)); // a quarter of the round trip
    expect(sent()).to.deep.equal([0]);
    tcp.peerSends(ack(0, [1, 4]));
    expect(sent().length, "half of what has arrived, with the one that was sent again").to.be.within(0, 1);
  });

  it("is bound by the window alone when D-SACK has shown that nothing was lost", () => {
    tcp.peerSends(ack(0, [1, 2]));
    tcp.peerSends(ack(0, [1, 3]));
    tcp.peerSends(ack(0, [1, 4]));
    expect(sent()).to.deep.equal([20, 21, 0]);
    tcp.peerSends(ack(4, [0, 1])); // it had only been late, and now came again
    expect(tcp.stack.counters.tcp?.undos).to.equal(1);
    const { congestionWindow, outstanding } = tcp.endpoint.info();
    expect(congestionWindow).to.equal(20 * SEGMENT);
    expect(outstanding).to.equal(20 * SEGMENT);
  });

  it("goes on although the retransmission is lost, and all else has arrived", () => {
    for (let i = 2; i <= 22; i++) tcp.peerSends(ack(0, [1, i]));
    tcp.time.elapse(milliseconds(40));
    sent();
    const end = tcp.endpoint.info().outstanding / SEGMENT;
    tcp.peerSends(ack(0, [1, end]));
    expect(sent().length).to.be.above(0);
  });
});
