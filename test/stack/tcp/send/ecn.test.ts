import { expect } from "chai";
import { seconds } from "../../../../src/stack/base/time.ts";
import { CWR, ECE, readTcp, SYN, TcpHeader } from "../../../../src/stack/wire/tcp.ts";
import { type Host, pair } from "../../../support/tcp-pair.ts";

describe("explicit congestion notification (RFC 3168)", () => {
  /** Sends 200 KB from a to b; the wire marks one packet of text. Flags and classes as they went by. */
  function marked(ecn: "active" | "passive") {
    const [a, b, wire] = pair(3, {}, { config: { ecn } });
    const seen: { from: Host; flags: number; ecnClass: number; text: number }[] = [];
    let marks = 0;
    const header = new TcpHeader();
    wire.tap = (from, packet) => {
      readTcp(packet.view, packet.start, packet.end, header);
      const text = packet.length - header.headerBytes;
      seen.push({ from, flags: header.flags, ecnClass: packet.trafficClass & 3, text });
      if (text > 0 && packet.trafficClass === 2 && seen.length > 30 && marks++ === 0) packet.trafficClass = 3;
    };
    const listener = b.tcp.open();
    listener.bind({ address: b.address, port: 7 });
    listener.listen(5);
    const client = a.tcp.open();
    client.connect({ address: b.address, port: 7 });
    wire.run(() => client.connected, seconds(5));
    client.write(new Uint8Array(200_000));
    wire.run(() => client.unsent === 0, seconds(60));
    return { a, b, seen, client, marks };
  }

  it("is agreed on in the SYNs when the opener offers it, and is not when it does not", () => {
    const active = marked("active");
    expect(active.seen[0]?.flags).to.equal(SYN | ECE | CWR);
    expect((active.seen[1]?.flags ?? 0) & (ECE | CWR)).to.equal(ECE);
    const passive = marked("passive");
    expect(
      passive.seen.every(({ flags, ecnClass }) => (flags & (ECE | CWR)) === 0 && ecnClass === 0),
    ).to.equal(true);
  });

  it("marks text as capable, and never a pure ACK or a SYN (§6.1.4, §6.1.1)", () => {
    for (const { text, ecnClass } of marked("active").seen) expect(ecnClass).to.equal(text > 0 ? 2 : 0);
  });

  it("slows the sender down once, without a retransmission, and the echo ends with CWR", () => {
    const { a, b, seen, client, marks } = marked("active");
    expect(marks).to.be.greaterThan(0);
    const echoes = seen.filter(({ from, flags }) => from === b && (flags & (ECE | SYN)) === ECE);
    const answers = seen.filter(({ from, flags }) => from === a && (flags & (CWR | SYN)) === CWR);
    expect(echoes.length, "at least one ACK echoes the mark").to.be.greaterThan(0);
    expect(answers.length, "one segment says that the window was reduced").to.equal(1);
    expect(a.tcp.counters.ecnReductions).to.equal(1);
    expect(a.tcp.counters.retransSegs).to.equal(0);
    expect(client.info().slowStartThreshold).to.be.lessThan(Number.POSITIVE_INFINITY);
    const last = seen.filter(({ from }) => from === b).at(-1);
    expect((last?.flags ?? 0) & ECE, "no echo after CWR").to.equal(0);
  });
});
