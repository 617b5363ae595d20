import { expect } from "chai";
import { seconds } from "../../../../src/stack/index.ts";
import { established, Rig } from "../../../support/rig.ts";

const UNREACHABLE = 3;
const NEEDS_FRAGMENTATION = 4;

describe("path MTU discovery (RFC 1191, RFC 9293 §3.7.2)", () => {
  let tcp: Rig;
  afterEach(() => tcp.check());

  it("forbids fragmentation of every segment", () => {
    tcp = established();
    tcp.write(5);
    expect(((tcp.lastDatagram[6] ?? 0) & 0x40) !== 0).to.equal(true);
  });

  it("sends again in smaller segments what was too big, at once", () => {
    tcp = established();
    tcp.write(1460);
    tcp.expectSent("P. 1:1461 ack 1 win 65535");
    tcp.peerSendsIcmp(UNREACHABLE, NEEDS_FRAGMENTATION, 1000);
    tcp.expectSent(". 1:961 ack 1 win 65535", "P. 961:1461 ack 1 win 65535");
    tcp.peerSends(". 1:1 ack 1461 win 65535");
    tcp.write(960);
    tcp.expectSent("P. 1461:2421 ack 1 win 65535");
  });

  it("sends all again that was too big, also what the windows do not let out at once", () => {
    tcp = established();
    tcp.write(14_600);
    tcp.peerSends(". 1:1 ack 1 win 4800");
    tcp.passOver(10);
    tcp.peerSendsIcmp(UNREACHABLE, NEEDS_FRAGMENTATION, 1000);
    expect(tcp.sent).to.have.length(5);
    tcp.peerSends(". 1:1 ack 4801 win 65535");
    expect(tcp.sent.at(-1)).to.match(/:14601 ack 1 /);
    tcp.passOver(16);
    tcp.peerSends(". 1:1 ack 14601 win 65535");
    expect(tcp.endpoint.unsent).to.equal(0);
  });

  it("does not believe an error about a segment that is not outstanding (RFC 5927 §4)", () => {
    tcp = established();
    tcp.write(1460);
    tcp.peerSends(". 1:1 ack 1461 win 65535");
    tcp.passOver(1);
    tcp.peerSendsIcmp(UNREACHABLE, NEEDS_FRAGMENTATION, 1000);
    tcp.write(1460);
    tcp.expectSent("P. 1461:2921 ack 1 win 65535");
  });

  it("goes no lower than a floor, whatever a router says", () => {
    tcp = established();
    tcp.write(1460);
    tcp.passOver(1);
    tcp.peerSendsIcmp(UNREACHABLE, NEEDS_FRAGMENTATION, 68);
    expect(tcp.sent.length).to.be.below(4);
    tcp.peerSends(". 1:1 ack 1461 win 65535");
    tcp.pass(seconds(1));
  });
});

describe("ICMP errors about a connection (RFC 9293 §3.9.2.2, RFC 5461)", () => {
  let tcp: Rig;
  afterEach(() => tcp.check());

  it("of the soft kind end no established connection", () => {
    tcp = established();
    tcp.write(5);
    tcp.peerSendsIcmp(UNREACHABLE, 0);
    tcp.peerSendsIcmp(UNREACHABLE, 1);
    tcp.peerSendsIcmp(UNREACHABLE, 3);
    tcp.peerSendsIcmp(11, 0);
    expect(tcp.state).to.equal("established");
    tcp.peerSends(". 1:1 ack 6 win 65535");
    expect(tcp.endpoint.unsent).to.equal(0);
  });

  it("about a port refuse a connection that is being opened (RFC 1122 §4.2.3.9)", () => {
    tcp = new Rig();
    tcp.connect();
    tcp.peerSendsIcmp(UNREACHABLE, 3);
    expect(tcp.state).to.equal("closed");
    expect(tcp.endpoint.failure).to.equal("refused");
  });

  it("end at once a connection that is being opened, whatever they say, as in Linux (RFC 5461 §4.1)", () => {
    // Seen on Linux 6.18, each after 0.00 s; RFC 1122 §4.2.3.9 would go on for 3/0, 3/1, 3/5, 11 and 12.
    const told = [
      [3, 0, "network-unreachable"],
      [3, 1, "host-unreachable"],
      [3, 2, "protocol-unreachable"],
      [3, 3, "refused"],
      [3, 5, "not-supported"],
      [3, 6, "network-unreachable"],
      [3, 7, "host-down"],
      [3, 8, "no-network"],
      [3, 9, "network-unreachable"],
      [3, 10, "prohibited"],
      [3, 11, "network-unreachable"],
      [3, 12, "host-unreachable"],
      [3, 13, "prohibited"],
      [3, 14, "prohibited"],
      [3, 15, "prohibited"],
      [11, 0, "host-unreachable"],
      [12, 0, "protocol-error"],
    ] as const;
    for (const [type, code, failure] of told) {
      tcp = new Rig();
      tcp.connect();
      tcp.peerSendsIcmp(type, code);
      expect([tcp.state, tcp.endpoint.failure], `${type}/${code}`).to.deep.equal(["closed", failure]);
    }
  });

  it("about the size of a SYN change only that", () => {
    tcp = new Rig();
    tcp.connect();
    tcp.peerSendsIcmp(UNREACHABLE, NEEDS_FRAGMENTATION, 1000);
    expect(tcp.state).to.equal("syn-sent");
  });

  it("about other connections change nothing", () => {
    tcp = new Rig();
    tcp.connect();
    tcp.lastDatagram = tcp.lastDatagram.slice();
    tcp.lastDatagram[21] = (tcp.lastDatagram[21] ?? 0) ^ 1; // another source port
    tcp.peerSendsIcmp(UNREACHABLE, 3);
    expect(tcp.state).to.equal("syn-sent");
  });

  it("with a sequence number that was never sent change nothing (RFC 5927 §4.1)", () => {
    tcp = new Rig();
    tcp.connect();
    tcp.lastDatagram = tcp.lastDatagram.slice();
    tcp.lastDatagram[24] = (tcp.lastDatagram[24] ?? 0) ^ 0x40;
    tcp.peerSendsIcmp(UNREACHABLE, 3);
    expect(tcp.state).to.equal("syn-sent");
  });
});
