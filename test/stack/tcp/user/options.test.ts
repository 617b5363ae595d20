import { expect } from "chai";
import { milliseconds, seconds } from "../../../../src/stack/index.ts";
import { established, Rig, synReceived } from "../../../support/rig.ts";

describe("options of the SYN", () => {
  let tcp: Rig;
  afterEach(() => tcp.check());

  for (const [title, offered, answered] of [
    ["are few when the peer offers none", "mss 1460", "mss 1460"],
    ["permit SACK when the peer does (RFC 2018 §2)", "mss 1460,sackOK", "mss 1460,sackOK"],
    ["scale the window when the peer does (RFC 7323 §2.2)", "mss 1460,wscale 7", "mss 1460,wscale 0"],
    [
      "have a timestamp when the peer's do (RFC 7323 §3.2)",
      "mss 1460,TS val 9 ecr 0",
      "mss 1460,TS val 0 ecr 9",
    ],
    [
      "are understood in any order, with unknown ones between",
      "wscale 1,raw fd04abcd,sackOK,mss 900",
      "mss 1460,sackOK,wscale 0",
    ],
  ]) {
    it(title ?? "", () => {
      tcp = new Rig();
      tcp.listen();
      tcp.peerSends(`S 0:0 win 65535 <${offered}>`);
      const [line = ""] = tcp.sent;
      const sorted = (text: string): string[] => text.split(",").sort();
      expect(line.slice(0, line.indexOf(" <"))).to.equal("S. 0:0 ack 1 win 65535");
      expect(sorted(/<(.*)>/.exec(line)?.[1] ?? "")).to.deep.equal(sorted(answered ?? ""));
    });
  }

  for (const [title, option] of [
    ["of length 0", "raw fd000000"],
    ["longer than the header", "raw fd280000"],
    ["of MSS with a wrong length", "raw 02030500"],
    ["cut off behind its kind", "raw 010101fd"],
  ]) {
    it(`that are broken do no harm: ${title}`, () => {
      tcp = new Rig();
      tcp.listen();
      tcp.peerSends(`S 0:0 win 65535 <${option}>`);
      tcp.peerSends(". 1:1 ack 1 win 65535");
      const connection = tcp.listener?.accept();
      expect([undefined, "established"]).to.include(connection?.state);
      connection?.abort();
      tcp.pass(seconds(0));
    });
  }
});

describe("the MSS option (RFC 9293 §3.7.1)", () => {
  let tcp: Rig;
  afterEach(() => tcp.check());

  it("bounds the text of a segment", () => {
    tcp = established({ peer: "mss 700" });
    tcp.write(1400);
    tcp.expectSent(". 1:701 ack 1 win 65535", "P. 701:1401 ack 1 win 65535");
  });

  it("that is missing means 536 octets (MUST-15)", () => {
    tcp = established({ peer: "sackOK" });
    tcp.write(1072);
    tcp.expectSent(". 1:537 ack 1 win 65535", "P. 537:1073 ack 1 win 65535");
  });

  it("does not count options of the segment, which take their room from the text (RFC 6691)", () => {
    tcp = established({ peer: "mss 1460,TS val 0 ecr 0" });
    tcp.write(1448 + 10);
    expect(tcp.sent[0]).to.match(/^\. 1:1449 /);
  });

  it("larger than our own link allows is bounded by that", () => {
    tcp = established({ peer: "mss 9000", mtu: 1000 });
    tcp.write(1920);
    tcp.expectSent(". 1:961 ack 1 win 65535", "P. 961:1921 ack 1 win 65535");
  });

  it("announces what our link takes", () => {
    tcp = new Rig({ mtu: 576 });
    tcp.listen();
    tcp.peerSends("S 0:0 win 65535 <mss 1460>");
    tcp.expectSent("S. 0:0 ack 1 win 65535 <mss 536>");
  });

  it("of absurdly few octets is not believed", () => {
    tcp = established({ peer: "mss 1" });
    tcp.write(100);
    expect(tcp.sent.length).to.be.below(10);
  });
});

describe("window scaling (RFC 7323 §2)", () => {
  let tcp: Rig;
  afterEach(() => tcp.check());

  it("uses 14 when the peer's shift is larger (§2.3)", () => {
    tcp = established({ peer: "mss 1460,wscale 15" });
    expect(tcp.endpoint.info().sendScale).to.equal(14);
  });

  it("is not used when the peer's SYN has none", () => {
    tcp = established({ options: { receiveBuffer: 1_048_576 } });
    expect(tcp.endpoint.info().receiveScale).to.equal(0);
    tcp.peerSends("P. 1:6 ack 1 win 65535");
    // The edge is the one that the SYN|ACK told: more than 65,535 cannot be, and 5 octets are not worth while.
    tcp.expectSentWithin(seconds(1), "40 ms: . 1:1 ack 6 win 65530");
  });

  it("does not scale the window of the SYN itself (§2.2)", () => {
    tcp = synReceived({ peer: "mss 1460,wscale 14", window: 1000 });
    tcp.peerSends(". 1:1 ack 1 win 1");
    tcp.accept();
    expect(tcp.endpoint.info().sendWindow).to.equal(16_384);
  });
});

describe("timestamps (RFC 7323)", () => {
  let tcp: Rig;
  beforeEach(() => {
    tcp = established({ peer: "mss 1460,TS val 0 ecr 0" });
  });
  afterEach(() => tcp.check());

  it("echo the peer's newest (§4.3)", () => {
    tcp.peerSends("P. 1:6 ack 1 win 65535 <TS val 20 ecr 0>");
    tcp.time.elapse(milliseconds(40));
    expect(tcp.sent).to.have.length(1);
    expect(tcp.sent[0]).to.match(/^\. 1:1 ack 6 win 65530 <TS val \d+ ecr 20>$/);
  });

  it("echo that of the earliest segment which the ACK covers, when it was delayed (§4.3)", () => {
    tcp.peerSends("P. 1:6 ack 1 win 65535 <TS val 20 ecr 0>");
    tcp.peerSends("P. 6:11 ack 1 win 65535 <TS val 25 ecr 0>");
    tcp.time.elapse(milliseconds(40));
    expect(tcp.sent.at(-1)).to.match(/ack 11 .* ecr 20>$/);
  });

  it("older than the newest mark an old duplicate: it is acknowledged and not taken (PAWS, §5.3)", () => {
    tcp.peerSends("P. 1:6 ack 1 win 65535 <TS val 20 ecr 0>");
    tcp.pass(seconds(1));
    tcp.peerSends("P. 6:11 ack 1 win 65535 <TS val 19 ecr 0>");
    expect(tcp.sent).to.have.length(1);
    expect(tcp.sent[0]).to.match(/^\. 1:1 ack 6 /);
    tcp.expectRead(5);
    expect(tcp.read()).to.equal(undefined);
  });

  it("may wrap: the peer's do in this very test", () => {
    tcp.peerSends("P. 1:6 ack 1 win 65535 <TS val 7 ecr 0>");
    tcp.peerSends("P. 6:11 ack 1 win 65535 <TS val 9 ecr 0>");
    tcp.expectRead(10);
  });

  it("do not keep a RST out (§5.2)", () => {
    tcp.peerSends("P. 1:6 ack 1 win 65535 <TS val 20 ecr 0>");
    tcp.peerSends("R 6:6 win 0");
    expect(tcp.endpoint.failure).to.equal("reset");
  });

  it("that are missing, once they were agreed on, make a segment be dropped (§3.2)", () => {
    tcp.peerSends("P. 1:6 ack 1 win 65535");
    expect(tcp.read()).to.equal(undefined);
  });

  it("that are older than 24 days do not count any more (§5.5)", () => {
    tcp = established({ peer: "mss 1460,TS val 0 ecr 0" });
    tcp.peerSends("P. 1:6 ack 1 win 65535 <TS val 20 ecr 0>");
    tcp.pass(seconds(25 * 86_400));
    tcp.peerSends("P. 6:11 ack 1 win 65535 <TS val 1 ecr 0>");
    tcp.expectRead(10);
  });
});
