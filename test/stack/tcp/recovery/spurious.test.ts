import { expect } from "chai";
import { milliseconds, type TcpCounters } from "../../../../src/stack/index.ts";
import { established, type Rig, type RigOptions } from "../../../support/rig.ts";

/** Octets of text in a segment without options. */
const SEGMENT = 1460;

/** A connection with 10 segments in flight of which nothing has been heard, and more to send. */
function inFlight(peer: string, segments: number, rig: RigOptions = {}): Rig {
  const tcp = established({
    peer,
    roundTrip: milliseconds(50),
    options: { sendBuffer: 1 << 20 },
    tcp: { config: { tailLossProbe: false } },
    ...rig,
  });
  tcp.write(segments * SEGMENT);
  return tcp;
}

/** The segments that were sent since the last look, by number; each is a whole one. */
function sent(tcp: Rig): number[] {
  return tcp.sent.splice(0).map((line) => (Number(/ (\d+):/.exec(line)?.[1]) - 1) / SEGMENT);
}

const counters = (tcp: Rig): TcpCounters => tcp.stack.counters.tcp ?? expect.fail("no TCP");

/** Lets the retransmission timer expire; the first segment goes again. */
function timeOut(tcp: Rig): void {
  tcp.passOver(0, 10);
  tcp.time.elapseUntil(() => tcp.sent.length > 0);
  expect(sent(tcp)).to.deep.equal([0]);
  expect(tcp.endpoint.info()).to.deep.include({ inRecovery: true, congestionWindow: SEGMENT });
}

function expectUndone(tcp: Rig, timeouts: number): void {
  const { inRecovery, congestionWindow } = tcp.endpoint.info();
  expect(inRecovery).to.equal(false);
  expect(congestionWindow).to.be.at.least(10 * (SEGMENT - 12));
  expect(counters(tcp)).to.deep.include({ undos: 1, spuriousTimeouts: timeouts });
}

function expectReal(tcp: Rig): void {
  expect(tcp.endpoint.info().inRecovery).to.equal(true);
  expect(counters(tcp)).to.deep.include({ undos: 0, spuriousTimeouts: 0 });
}

describe("F-RTO with SACK (RFC 5682 §3)", () => {
  let tcp: Rig;
  const ack = (segments: number, ...blocks: (readonly [number, number])[]): void => {
    const list = blocks.map(([left, right]) => `${left * SEGMENT + 1}:${right * SEGMENT + 1}`).join(" ");
    tcp.peerSends(`. 1:1 ack ${segments * SEGMENT + 1} win 65535${list === "" ? "" : ` <sack ${list}>`}`);
  };
  beforeEach(() => {
    tcp = inFlight("mss 1460,sackOK", 30);
    expect(sent(tcp)).to.have.length(10);
    timeOut(tcp);
  });
  afterEach(() => tcp.check());

  it("sends two new segments for the first ACK, and takes the timeout back with the next", () => {
    ack(1);
    expect(sent(tcp)).to.deep.equal([10, 11]);
    expectReal(tcp);
    ack(2);
    expectUndone(tcp, 1);
    expect(sent(tcp)[0]).to.equal(12); // and so on, nothing old
    for (let n = 3; n <= 10; n++) ack(n);
    expect(Math.min(...sent(tcp))).to.be.above(11);
  });

  it("takes it back when an original is SACKed", () => {
    ack(1);
    sent(tcp);
    ack(1, [4, 5]);
    expectUndone(tcp, 1);
    expect(Math.min(12, ...sent(tcp))).to.equal(12);
  });

  it("takes it back at once when the first ACK covers what was sent once: only ACKs were lost (as Linux)", () => {
    ack(10);
    expectUndone(tcp, 1);
    expect(sent(tcp)[0]).to.equal(10);
  });

  it("takes it for real when the new segments have passed old ones", () => {
    ack(1);
    sent(tcp);
    ack(1, [10, 11]);
    expectReal(tcp);
    expect(sent(tcp)).to.deep.equal([1]); // cwnd has grown to 2, and one new segment is still under way
    ack(3, [10, 12]);
    expectReal(tcp);
  });

  it("takes it for real when what is SACKed was so before", () => {
    tcp.check();
    tcp = inFlight("mss 1460,sackOK", 30);
    ack(0, [8, 9]);
    ack(0, [8, 10]);
    tcp.passOver(12);
    tcp.time.elapseUntil(() => counters(tcp).timeouts > 0);
    sent(tcp);
    ack(1, [8, 10]);
    ack(8, [8, 10]); // not by an original: [1, 8) was sent again, or is
    expect(counters(tcp).spuriousTimeouts).to.be.at.most(1);
  });

  it("does not wait for new text that there is not: the rest goes again", () => {
    tcp.check();
    tcp = inFlight("mss 1460,sackOK", 10);
    timeOut(tcp);
    ack(1);
    expect(sent(tcp)).to.deep.equal([1, 2]);
    expectReal(tcp);
  });

  it("goes on with a timeout when the new segments are lost as well", () => {
    ack(1);
    sent(tcp);
    tcp.time.elapseUntil(() => tcp.sent.length > 0);
    expect(sent(tcp)).to.deep.equal([1]);
    ack(2);
    expect(sent(tcp)).to.deep.equal([2, 3]); // and no new text: it is the second timeout of one loss
    expectReal(tcp);
  });
});

describe("F-RTO without SACK (RFC 5682 §2)", () => {
  let tcp: Rig;
  const ack = (segments: number): void => tcp.peerSends(`. 1:1 ack ${segments * SEGMENT + 1} win 65535`);
  beforeEach(() => {
    tcp = inFlight("mss 1460", 30);
    sent(tcp);
    timeOut(tcp);
  });
  afterEach(() => tcp.check());

  it("sends two new segments for the first ACK, and takes the timeout back with the next", () => {
    ack(1);
    expect(sent(tcp)).to.deep.equal([10, 11]);
    ack(2);
    expectUndone(tcp, 1);
    expect(sent(tcp)[0]).to.equal(12);
  });

  it("takes it for real when a duplicate follows", () => {
    ack(1);
    sent(tcp);
    ack(1);
    expectReal(tcp);
    expect(Math.min(...sent(tcp))).to.equal(1);
  });

  it("takes it for real when the first ACK is a duplicate, or covers all", () => {
    ack(0);
    ack(1);
    expect(sent(tcp)).to.deep.equal([1, 2]);
    expectReal(tcp);
    tcp.check();
    tcp = inFlight("mss 1460", 30);
    timeOut(tcp);
    ack(10);
    expect(counters(tcp)).to.deep.include({ undos: 0, spuriousTimeouts: 0 });
  });
});

describe("Eifel detection (RFC 3522)", () => {
  let tcp: Rig;
  /** Octets of text in a segment with timestamps. */
  const size = SEGMENT - 12;
  const stamps: number[] = [];
  const ack = (segments: number, echo: number | undefined, block?: readonly [number, number]): void => {
    const sack = block === undefined ? "" : `,sack ${block[0] * size + 1}:${block[1] * size + 1}`;
    tcp.peerSends(`. 1:1 ack ${segments * size + 1} win 65535 <TS val 2 ecr ${echo ?? 0}${sack}>`);
  };
  /** The segments that were sent since the last look. */
  const look = (): number[] => {
    const lines = tcp.sent.splice(0);
    for (const line of lines) stamps.push(Number(/TS val (\d+)/.exec(line)?.[1]));
    return lines.map((line) => (Number(/ (\d+):/.exec(line)?.[1]) - 1) / size);
  };
  const begin = (peer: string): void => {
    stamps.length = 0;
    tcp = inFlight(`mss 1460,${peer}TS val 0 ecr 0`, 30);
    expect(look()).to.have.length(10);
  };
  afterEach(() => tcp.check());

  for (const peer of ["sackOK,", ""]) {
    const how = peer === "" ? "without SACK" : "with SACK";
    it(`takes a timeout back when the first copy has arrived, ${how}`, () => {
      begin(peer);
      tcp.time.elapseUntil(() => tcp.sent.length > 0);
      expect(look()).to.deep.equal([0]);
      ack(1, stamps[0]);
      expectUndone(tcp, 1);
      expect(look().every((n) => n >= 10)).to.equal(true);
    });

    it(`takes it for real when the second has, whatever else that covers, ${how}`, () => {
      begin(peer);
      tcp.time.elapseUntil(() => tcp.sent.length > 0);
      expect(look()).to.deep.equal([0]);
      ack(3, stamps[10]);
      expectReal(tcp);
      expect(look()[0]).to.equal(3);
    });

    it(`looks at the first ACK alone, ${how}`, () => {
      begin(peer);
      tcp.time.elapseUntil(() => tcp.sent.length > 0);
      look();
      ack(1, stamps[10]);
      look();
      ack(2, stamps[0]);
      expectReal(tcp);
    });
  }

  it("takes a fast recovery back: the segment was late, and is known to be (RFC 4015)", () => {
    begin("sackOK,");
    tcp.time.elapse(milliseconds(50));
    for (let n = 2; n <= 4; n++) ack(0, 0, [1, n]);
    expect(look()).to.include(0);
    expect(tcp.endpoint.info().inRecovery).to.equal(true);
    ack(4, stamps[0]);
    expectUndone(tcp, 0);
  });

  it("does not when the retransmission has filled the hole", () => {
    begin("sackOK,");
    tcp.time.elapse(milliseconds(50));
    for (let n = 2; n <= 4; n++) ack(0, 0, [1, n]);
    look();
    ack(4, stamps.at(-1));
    expect(counters(tcp).undos).to.equal(0);
    expect(tcp.endpoint.info().congestionWindow).to.be.below(9 * SEGMENT);
  });
});
