import { expect } from "chai";
import type { TcpOption } from "../../../src/scripts/index.ts";
import { Connection } from "../../../src/scripts/run/live-connection.ts";
import type { Segment } from "../../../src/scripts/run/wire.ts";

const SYN_ACK = 18;
const ACK = 16;
const ISS = 0xffff_fff0;

function segment(flags: number, seq: number, ack: number, options: readonly TcpOption[] = []): Segment {
  const ports = { sourcePort: 8080, destinationPort: 40_000 };
  return { ...ports, seq, ack, flags, window: 0, urgent: 0, options, text: new Uint8Array(0) };
}

/** The peer's SYN is 999000 in the script, the stack's 1234, and live both are about to wrap. */
function opened(): Connection {
  const connection = new Connection(8080, 40_000);
  connection.peerOpens(999_000);
  connection.learn(segment(SYN_ACK, ISS, 0), 1234);
  return connection;
}

describe("the numbers of a script's connection", () => {
  it("are as written in SYNs, and count from those in all other segments", () => {
    const connection = opened();
    const live = connection.remoteToLive(999_000, true);
    expect(connection.remoteToLive(1, false)).to.equal((live + 1) >>> 0);
    const answer = connection.outboundToScript(segment(SYN_ACK, ISS, (live + 1) >>> 0));
    expect([answer.seq, answer.ack]).to.deep.equal([1234, 999_001]);
    const later = connection.outboundToScript(segment(ACK, (ISS + 101) >>> 0, (live + 11) >>> 0));
    expect([later.seq, later.ack]).to.deep.equal([101, 11]);
  });

  it("wrap", () => {
    const connection = opened();
    expect(connection.localToLive(1, false)).to.equal(ISS + 1);
    expect(connection.localToLive(100, false)).to.equal(84);
    expect(connection.localToScript(84, false)).to.equal(100);
    const sack: TcpOption = { kind: "sack", blocks: [[1, 100]] };
    expect(connection.inboundOptions([sack], ACK)).to.deep.equal([{ kind: "sack", blocks: [[ISS + 1, 84]] }]);
  });

  it("begin anew when a SYN of another number is answered, and not before", () => {
    const connection = opened();
    const before = connection.remoteToLive(1, false);
    connection.peerOpens(5);
    expect(connection.remoteToLive(1, false)).to.equal(before);
    connection.learn(segment(SYN_ACK, 777, 0), 0);
    expect(connection.remoteToLive(1, false)).to.equal((connection.remoteToLive(5, true) + 1) >>> 0);
    expect(connection.localToLive(1, false)).to.equal(778);
  });

  it("are not learnt from a SYN that is sent again with another number", () => {
    const connection = opened();
    connection.learn(segment(SYN_ACK, 777, 0), 1234);
    expect(connection.localToLive(1, false)).to.equal(ISS + 1);
  });

  it("have timestamps of the stack by what the script calls them, or else by their distance", () => {
    const connection = opened();
    connection.learnStamp(5000, 100);
    connection.learnStamp(5040, 200);
    expect([100, 200, 150].map((stamp) => connection.stampToLive(stamp))).to.deep.equal([5000, 5040, 5050]);
  });
});
