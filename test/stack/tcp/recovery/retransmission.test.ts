import { expect } from "chai";
import { milliseconds, seconds } from "../../../../src/stack/index.ts";
import { established, Rig } from "../../../support/rig.ts";

describe("retransmission by timeout (RFC 6298)", () => {
  let tcp: Rig;
  afterEach(() => tcp.check());

  it("doubles its timeout each time (§5.5)", () => {
    tcp = established({ roundTrip: milliseconds(333) });
    tcp.write(5);
    tcp.expectSent("P. 1:6 ack 1 win 65535");
    tcp.expectSentWithin(
      seconds(15),
      "999 ms: P. 1:6 ack 1 win 65535",
      "2997 ms: P. 1:6 ack 1 win 65535",
      "6993 ms: P. 1:6 ack 1 win 65535",
      "14985 ms: P. 1:6 ack 1 win 65535",
    );
  });

  it("follows the measured round trip: SRTT + 4 RTTVAR is 3 R after the first (§2.2)", () => {
    tcp = established({ roundTrip: milliseconds(400) });
    expect(tcp.endpoint.info().smoothedRtt).to.equal(400_000);
    expect(tcp.endpoint.info().rttVariation).to.equal(200_000);
    tcp.write(5);
    tcp.expectSent("P. 1:6 ack 1 win 65535");
    tcp.expectSentWithin(seconds(2), "1200 ms: P. 1:6 ack 1 win 65535");
    tcp.peerSends(". 1:1 ack 6 win 65535");
  });

  it("weighs a new measurement by 1/8, and its deviation by 1/4 (§2.3)", () => {
    tcp = established({ roundTrip: milliseconds(400) });
    tcp.write(5);
    tcp.time.elapse(milliseconds(480));
    tcp.peerSends(". 1:1 ack 6 win 65535");
    expect(tcp.endpoint.info().smoothedRtt).to.equal(410_000);
    expect(tcp.endpoint.info().rttVariation).to.equal(170_000);
  });

  it("measures no segment that was sent twice (§3, Karn)", () => {
    tcp = established({ roundTrip: milliseconds(400) });
    tcp.write(5);
    tcp.pass(seconds(2));
    tcp.peerSends(". 1:1 ack 6 win 65535");
    expect(tcp.endpoint.info().smoothedRtt).to.equal(400_000);
  });

  it("measures with timestamps even what was sent twice (RFC 7323 §4)", () => {
    tcp = established({ peer: "mss 1460,TS val 0 ecr 0", roundTrip: milliseconds(100) });
    tcp.write(5);
    tcp.pass(milliseconds(301)); // sent again after 300 ms
    tcp.time.elapse(milliseconds(49));
    const stamp = tcp.lastSent?.options.find((option) => option.kind === "TS");
    expect(stamp).to.not.equal(undefined);
    tcp.peerSends(`. 1:1 ack 6 win 65535 <TS val 100 ecr ${tcp.relativeTimestamp(stamp?.val ?? 0)}>`);
    expect(tcp.endpoint.info().smoothedRtt).to.be.within(93_000, 95_000);
  });

  it("is restarted by an ACK of new data (§5.3), and stopped when all is acknowledged (§5.2)", () => {
    tcp = established({ options: { noDelay: true }, roundTrip: milliseconds(800) });
    tcp.write(5);
    tcp.time.elapse(milliseconds(500));
    tcp.write(5);
    tcp.passOver(2);
    tcp.time.elapse(milliseconds(300));
    tcp.peerSends(". 1:1 ack 6 win 65535"); // R' = 800 ms: RTTVAR = 300 ms, RTO = 2 s, from now
    tcp.expectSentWithin(seconds(3), "2000 ms: P. 6:11 ack 1 win 65535");
    tcp.peerSends(". 1:1 ack 11 win 65535");
    tcp.expectQuiet(seconds(600));
  });

  it("sends only the earliest segment again, and the others as ACKs come (RFC 5681 §3.1, §5.4)", () => {
    tcp = established({ roundTrip: milliseconds(100) });
    tcp.write(4380);
    tcp.expectSent(". 1:1461 ack 1 win 65535", ". 1461:2921 ack 1 win 65535", "P. 2921:4381 ack 1 win 65535");
    tcp.expectSentWithin(milliseconds(400), "300 ms: . 1:1461 ack 1 win 65535");
    tcp.peerSends(". 1:1 ack 1461 win 65535");
    tcp.expectSent(". 1461:2921 ack 1 win 65535", "P. 2921:4381 ack 1 win 65535");
  });

  it("gives up in the end: R2 of at least 100 s (RFC 9293 §3.8.3)", () => {
    tcp = established();
    tcp.write(5);
    const start = tcp.time.now();
    tcp.time.elapseUntil(() => tcp.state === "closed");
    expect((tcp.time.now() - start) / 1e6).to.be.above(100);
    expect(tcp.endpoint.failure).to.equal("timed-out");
    tcp.pass(seconds(0));
    tcp.expectQuiet(seconds(600));
  });

  it("gives up at the user timeout, if there is one (RFC 5482)", () => {
    tcp = established({ options: { userTimeout: seconds(10) } });
    tcp.write(5);
    const start = tcp.time.now();
    tcp.time.elapseUntil(() => tcp.state === "closed");
    expect((tcp.time.now() - start) / 1e6).to.equal(10);
    expect(tcp.endpoint.failure).to.equal("timed-out");
  });

  // The kernel's values are 30.2 and 60.4: it looks when a retransmission, clamped to what is left, is due.
  for (const limit of [30, 60]) {
    it(`gives up after ${limit} s, not when the next retransmission would be`, () => {
      tcp = established({ options: { userTimeout: seconds(limit) } });
      tcp.write(5);
      const start = tcp.time.now();
      tcp.time.elapseUntil(() => tcp.state === "closed");
      expect((tcp.time.now() - start) / 1e6).to.equal(limit);
    });
  }

  it("gives up at the user timeout of a SYN that is not answered: after 2, 5, 20 s, as Linux does", () => {
    for (const limit of [2, 5, 20]) {
      tcp = new Rig();
      tcp.connect({ options: { userTimeout: seconds(limit) } });
      const start = tcp.time.now();
      tcp.time.elapseUntil(() => tcp.state === "closed");
      expect((tcp.time.now() - start) / 1e6).to.equal(limit);
      expect(tcp.endpoint.failure).to.equal("timed-out");
    }
  });

  it("gives up at the user timeout when the window stays closed, though probes are answered (Linux: 10.2 s)", () => {
    tcp = established({ options: { userTimeout: seconds(10) } });
    tcp.peerSends(". 1:1 ack 1 win 0");
    tcp.write(5);
    const start = tcp.time.now();
    tcp.time.elapseUntil(() => {
      if (tcp.sent.length > 0) tcp.peerSends(". 1:1 ack 1 win 0");
      tcp.passOver(0, 1);
      return tcp.state === "closed";
    });
    expect((tcp.time.now() - start) / 1e6).to.be.within(10, 10.5);
  });

  it("takes a user timeout that is set while it waits", () => {
    tcp = established();
    tcp.write(5);
    tcp.pass(seconds(4));
    const start = tcp.time.now();
    tcp.do((endpoint) => endpoint.configure({ userTimeout: seconds(10) }));
    tcp.time.elapseUntil(() => tcp.state === "closed");
    expect((tcp.time.now() - start) / 1e6).to.equal(6);
  });

  it("ends keep-alive with the first probe due after the user timeout, whatever their count (Linux: 15.1 s)", () => {
    const keepAlive = { keepAlive: true, keepIdle: seconds(10), keepInterval: seconds(5), keepCount: 9 };
    tcp = established({ options: { ...keepAlive, userTimeout: seconds(12) } });
    const start = tcp.time.now();
    tcp.time.elapseUntil(() => tcp.state === "closed");
    expect((tcp.time.now() - start) / 1e6).to.be.within(14.9, 15.1);
  });

  it("sets the window to one segment (RFC 5681 §3.1)", () => {
    tcp = established();
    tcp.write(14_600);
    tcp.pass(milliseconds(300));
    expect(tcp.endpoint.info().congestionWindow).to.equal(1460);
    expect(tcp.endpoint.info().slowStartThreshold).to.be.at.most(14_600 * 0.7);
  });

  for (const congestion of ["cubic", "newreno"] as const) {
    it(`grows the window with ${congestion} by each ACK after it, though nothing waits (RFC 5681 §3.1)`, () => {
      for (const segments of [1, 2, 3]) {
        tcp = established({ options: { congestion }, tcp: { config: { tailLossProbe: false } } });
        tcp.write(segments * 1460); // far less than the initial window: that has held nothing back
        tcp.pass(milliseconds(300));
        expect(tcp.endpoint.info().congestionWindow).to.equal(1460);
        for (let n = 1; n <= segments; n++) {
          tcp.peerSends(`. 1:1 ack ${1 + n * 1460} win 65535`);
          expect(tcp.endpoint.info().congestionWindow, `${n} of ${segments}`).to.equal((1 + n) * 1460);
        }
        tcp.check();
      }
    });
  }

  it("lets the window be what it was when it was spurious, and nothing had used that up (RFC 4015, RFC 7661)", () => {
    tcp = established({
      peer: "mss 1460,TS val 0 ecr 0",
      options: { congestion: "newreno" },
      roundTrip: milliseconds(100),
    });
    const before = tcp.endpoint.info().congestionWindow;
    tcp.write(1000);
    const [stamp] = tcp.lastSent?.options.filter((option) => option.kind === "TS") ?? [];
    tcp.time.elapseUntil(() => tcp.endpoint.info().congestionWindow < before);
    tcp.peerSends(`. 1:1 ack 1001 win 65535 <TS val 1 ecr ${tcp.relativeTimestamp(stamp?.val ?? 0)}>`);
    expect(tcp.stack.counters.tcp?.spuriousTimeouts).to.equal(1);
    expect(tcp.endpoint.info().congestionWindow).to.equal(before);
  });
});

describe("fast retransmit (RFC 5681 §3.2, RFC 6582)", () => {
  let tcp: Rig;
  const DUPLICATE = ". 1:1 ack 1461 win 65535";
  beforeEach(() => {
    tcp = established({ options: { congestion: "newreno" } });
    tcp.write(14_600);
    expect(tcp.sent).to.have.length(10); // the initial window of RFC 6928
    tcp.passOver(10);
    tcp.time.elapse(milliseconds(10));
    tcp.peerSends(DUPLICATE);
    tcp.expectSent();
  });
  afterEach(() => tcp.check());

  it("comes with the third duplicate ACK", () => {
    tcp.peerSends(DUPLICATE);
    tcp.peerSends(DUPLICATE);
    tcp.expectSent();
    tcp.peerSends(DUPLICATE);
    tcp.expectSent(". 1461:2921 ack 1 win 65535");
    expect(tcp.endpoint.info().inRecovery).to.equal(true);
  });

  it("is not caused by ACKs with text, or with another window (RFC 5681 §2)", () => {
    tcp.peerSends(". 1:2 ack 1461 win 65535");
    tcp.peerSends(". 2:3 ack 1461 win 65535");
    tcp.peerSends(". 3:4 ack 1461 win 65535");
    tcp.peerSends(". 4:4 ack 1461 win 65000");
    tcp.peerSends(". 4:4 ack 1461 win 64000");
    tcp.peerSends(". 4:4 ack 1461 win 63000");
    expect(tcp.sent.filter((line) => line.includes("1461:2921"))).to.deep.equal([]);
  });

  it("sends the next hole at once when an ACK in recovery is partial (RFC 6582 §3.2)", () => {
    for (let i = 0; i < 3; i++) tcp.peerSends(DUPLICATE);
    tcp.passOver(1);
    tcp.peerSends(". 1:1 ack 4381 win 65535");
    expect(tcp.sent[0]).to.equal(". 4381:5841 ack 1 win 65535");
    expect(tcp.endpoint.info().inRecovery).to.equal(true);
    tcp.peerSends(". 1:1 ack 14601 win 65535");
    expect(tcp.endpoint.info().inRecovery).to.equal(false);
  });

  it("halves the window, and only once per window (RFC 5681 §3.2)", () => {
    const before = 14_600 - 1460;
    for (let i = 0; i < 3; i++) tcp.peerSends(DUPLICATE);
    tcp.peerSends(". 1:1 ack 14601 win 65535");
    const after = tcp.endpoint.info().congestionWindow;
    expect(after).to.be.within(2 * 1460, before / 2 + 1460);
  });

  it("lets new segments out with the first two duplicates: limited transmit (RFC 3042)", () => {
    tcp.write(5 * 1460);
    tcp.passOver(2);
    tcp.peerSends(DUPLICATE);
    tcp.peerSends(DUPLICATE);
    expect(tcp.sent.every((line) => Number(/ (\d+):/.exec(line)?.[1]) >= 14_601)).to.equal(true);
  });
});

describe("the congestion window after idleness (RFC 5681 §4.1)", () => {
  it("is stale although ACKs were sent meanwhile: it counts when text was sent last", () => {
    const tcp = established({ options: { sendBuffer: 500_000 }, window: 65_535 });
    let acknowledged = 1;
    for (let round = 0; round < 3; round++) {
      tcp.write(43_800);
      for (; acknowledged < 1 + 43_800 * (round + 1); acknowledged += 1460) {
        tcp.time.elapse(milliseconds(1));
        tcp.peerSends(`. 1:1 ack ${acknowledged + 1460} win 65535`);
      }
    }
    expect(tcp.endpoint.info().congestionWindow).to.be.above(20 * 1460);
    tcp.pass(seconds(10));
    tcp.peerSends("P. 1:11 ack 131401 win 65535");
    tcp.time.elapse(milliseconds(50));
    tcp.expectSent(". 131401:131401 ack 11 win 65525");
    tcp.write(43_800);
    expect(tcp.sent).to.have.length(10);
    tcp.passOver(10);
    tcp.check();
  });
});

describe("duplicate ACKs of what was sent twice, without SACK (RFC 6582 §3.2 step 2)", () => {
  it("begin no recovery until more than the recovery's end is acknowledged", () => {
    const tcp = established({ tcp: { config: { tailLossProbe: false } } });
    tcp.write(4 * 1460);
    tcp.passOver(4);
    tcp.pass(seconds(1)); // the timeout sends the first again
    tcp.peerSends(". 1:1 ack 1461 win 65535");
    tcp.peerSends(". 1:1 ack 5841 win 65535"); // all had arrived
    tcp.sent = [];
    tcp.write(4 * 1460);
    tcp.passOver(tcp.sent.length);
    const { congestionWindow } = tcp.endpoint.info();
    for (let i = 0; i < 5; i++) tcp.peerSends(". 1:1 ack 5841 win 65535");
    tcp.expectSent();
    expect(tcp.endpoint.info().congestionWindow).to.equal(congestionWindow);
    tcp.peerSends(". 1:1 ack 7301 win 65535");
    tcp.sent = [];
    for (let i = 0; i < 3; i++) tcp.peerSends(". 1:1 ack 7301 win 65535");
    expect(
      tcp.sent.some((line) => line.includes(" 7301:8761 ")),
      "now they tell of a loss",
    ).to.equal(true);
    tcp.peerSends("R 1:1 win 0");
    tcp.sent = [];
    tcp.check();
  });
});
