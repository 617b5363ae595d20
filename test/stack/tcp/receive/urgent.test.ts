import { expect } from "chai";
import { seconds } from "../../../../src/stack/index.ts";
import { established, type Rig } from "../../../support/rig.ts";

describe("urgent data (RFC 9293 §3.8.5, RFC 6093)", () => {
  let tcp: Rig;
  beforeEach(() => {
    tcp = established();
  });
  afterEach(() => tcp.check());

  it("is announced by the urgent pointer, which points behind it (RFC 6093 §3.1: the octet that follows)", () => {
    tcp.writeUrgent("abc");
    tcp.expectSent("PU. 1:4 ack 1 win 65535 urg 3");
  });

  it("is announced at once, even if it lies beyond the window", () => {
    tcp.peerSends(". 1:1 ack 1 win 0");
    tcp.writeUrgent("abc");
    tcp.pass(seconds(0));
    tcp.peerSends(". 1:1 ack 1 win 2");
    tcp.pass(seconds(2));
    tcp.peerSends(". 1:1 ack 3 win 100");
    expect(tcp.sent.at(-1)).to.equal("PU. 3:4 ack 1 win 65535 urg 1");
  });

  it("that comes is one octet, out of line", () => {
    tcp.peerSends("PU. 1:6 ack 1 win 65535 urg 3", "abCde");
    expect(tcp.endpoint.urgentPending).to.equal(true);
    expect(tcp.endpoint.readUrgent(true)).to.equal(67);
    expect(tcp.endpoint.readUrgent()).to.equal(67);
    expect(tcp.endpoint.readUrgent()).to.equal(-1);
    expect(tcp.read()).to.equal("ab"); // a read ends at the mark
    expect(tcp.endpoint.atMark).to.equal(true);
    expect(tcp.read()).to.equal("de");
  });

  it("stays in the stream if the application wants it in line", () => {
    tcp.endpoint.configure({ oobInline: true });
    tcp.peerSends("PU. 1:6 ack 1 win 65535 urg 3", "abCde");
    expect(tcp.endpoint.readUrgent()).to.equal(-1);
    expect(tcp.read()).to.equal("ab");
    expect(tcp.endpoint.atMark).to.equal(true);
    expect(tcp.read()).to.equal("Cde");
  });

  it("is announced to the application before it has come (MUST-32)", () => {
    let woken = 0;
    tcp.endpoint.onChange(() => {
      woken++;
    });
    tcp.peerSends("U. 1:3 ack 1 win 65535 urg 10", "ab");
    expect(tcp.endpoint.urgentPending).to.equal(true);
    expect(woken).to.be.above(0);
    expect(tcp.endpoint.readUrgent()).to.equal(-1);
    tcp.peerSends("P. 3:11 ack 1 win 65535", "cdefghiJ");
    expect(tcp.endpoint.readUrgent()).to.equal("J".charCodeAt(0));
  });

  it("pointing to nowhere, or backwards, is no urgent data", () => {
    tcp.peerSends("PU. 1:6 ack 1 win 65535 urg 0", "abcde");
    expect(tcp.endpoint.urgentPending).to.equal(false);
    expect(tcp.read()).to.equal("abcde");
  });
});
