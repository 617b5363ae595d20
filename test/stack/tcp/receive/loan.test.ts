import { expect } from "chai";
import { established, type Rig } from "../../../support/rig.ts";

/** The octets that the rig's peer sends: `text` as it stands in ASCII. */
function asText(bytes: Uint8Array, count: number): string {
  return String.fromCharCode(...bytes.subarray(0, count));
}

describe("a buffer that is lent to a connection", () => {
  let tcp: Rig;
  let buffer: Uint8Array<ArrayBuffer>;
  /** What the reader does when it is woken. */
  let woken: () => void;

  beforeEach(() => {
    tcp = established();
    buffer = new Uint8Array(10);
    woken = () => {};
    tcp.endpoint.onChange(() => woken());
  });
  afterEach(() => tcp.check());

  /** Reads into `buffer` when woken; what it got. */
  function reading(into: Uint8Array = buffer): () => string | number | undefined {
    let got: string | number | undefined = "nothing";
    woken = () => {
      const count = tcp.endpoint.read(into);
      got = count === undefined || count === 0 ? count : asText(into, count);
    };
    return () => got;
  }

  it("is filled before the reader has read, which then finds it there", () => {
    let before = "";
    let count: number | undefined;
    woken = () => {
      before = asText(buffer, 5);
      count = tcp.endpoint.read(buffer);
    };
    tcp.endpoint.lend(buffer, 0, 10);
    tcp.peerSends("P. 1:6 ack 1 win 65535", "hello");
    expect([before, count]).to.deep.equal(["hello", 5]);
    expect(tcp.endpoint.available).to.equal(0);
  });

  it("takes what fits, and the rest is read after it", () => {
    const got = reading();
    tcp.endpoint.lend(buffer, 0, 10);
    tcp.peerSends("P. 1:13 ack 1 win 65535", "hello, world");
    expect(got()).to.equal("hello, wor");
    expect(tcp.endpoint.read(buffer)).to.equal(2);
    expect(asText(buffer, 2)).to.equal("ld");
  });

  it("has its octets counted as available when the reader looks", () => {
    let available = -1;
    woken = () => {
      available = tcp.endpoint.available;
      tcp.endpoint.read(buffer);
    };
    tcp.endpoint.lend(buffer, 0, 10);
    tcp.peerSends("P. 1:6 ack 1 win 65535", "hello");
    expect(available).to.equal(5);
  });

  it("gives back what is read elsewhere, looked at, or skipped, in order", () => {
    const got = reading(new Uint8Array(3));
    tcp.endpoint.lend(buffer, 0, 10);
    tcp.peerSends("P. 1:6 ack 1 win 65535", "hello");
    expect(got()).to.equal("hel");
    expect(tcp.endpoint.read(buffer, 0, 10, true)).to.equal(2);
    expect(tcp.endpoint.skip(1)).to.equal(1);
    expect(tcp.endpoint.read(buffer)).to.equal(1);
    expect(asText(buffer, 1)).to.equal("o");
  });

  it("holds nothing once its reader was woken, whether that has read or not", () => {
    tcp.endpoint.lend(buffer, 0, 10);
    tcp.peerSends("P. 1:6 ack 1 win 65535", "hello");
    buffer.fill(0);
    tcp.peerSends("P. 6:8 ack 1 win 65535", "!!");
    expect(asText(buffer, 2), "nor is anything put there any more").to.equal("\0\0");
    const other = new Uint8Array(10);
    expect(tcp.endpoint.read(other)).to.equal(7);
    expect(asText(other, 7)).to.equal("hello!!");
  });

  it("is not touched once it is withdrawn", () => {
    tcp.endpoint.lend(buffer, 0, 10);
    tcp.endpoint.withdraw();
    tcp.peerSends("P. 1:6 ack 1 win 65535", "hello");
    expect(buffer.every((octet) => octet === 0)).to.equal(true);
    expect(tcp.endpoint.read(buffer)).to.equal(5);
  });

  it("gets nothing that is not next: what comes early waits in the ring", () => {
    const got = reading();
    tcp.endpoint.lend(buffer, 0, 10);
    tcp.peerSends("P. 4:7 ack 1 win 65535", "def");
    expect(buffer.every((octet) => octet === 0)).to.equal(true);
    tcp.peerSends("P. 1:4 ack 1 win 65535", "abc");
    expect(got()).to.equal("abcdef");
  });

  it("is passed over while what came before is unread", () => {
    tcp.peerSends("P. 1:4 ack 1 win 65535", "abc");
    const got = reading();
    tcp.endpoint.lend(buffer, 0, 10);
    tcp.peerSends("P. 4:7 ack 1 win 65535", "def");
    expect(got()).to.equal("abcdef");
  });

  it("whose memory has gone elsewhere is passed over", () => {
    tcp.endpoint.lend(buffer, 0, 10);
    structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
    tcp.peerSends("P. 1:6 ack 1 win 65535", "hello");
    const other = new Uint8Array(10);
    expect(tcp.endpoint.read(other)).to.equal(5);
    expect(asText(other, 5)).to.equal("hello");
  });

  it("that is read into with less room than it had gives no more than is asked for", () => {
    let count: number | undefined = -1;
    woken = () => {
      count = tcp.endpoint.read(buffer, 0, 2);
    };
    tcp.endpoint.lend(buffer, 0, 10);
    tcp.peerSends("P. 1:6 ack 1 win 65535", "hello");
    expect(count).to.equal(2);
    expect(tcp.endpoint.available).to.equal(3);
  });

  it("leaves what was unread where a close sees it, and resets for it (RFC 2525 §2.17)", () => {
    woken = () => tcp.endpoint.close();
    tcp.endpoint.lend(buffer, 0, 10);
    tcp.peerSends("P. 1:6 ack 1 win 65535", "hello");
    expect(tcp.sent.at(-1)).to.match(/^R/);
  });
});
