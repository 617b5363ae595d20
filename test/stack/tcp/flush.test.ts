/**
 * Handlers note, the flush sends (decision 2): whatever arrives, expires or is called, no segment leaves before the
 * end of the entry. `Host` throws where one does, in every test of two hosts; here each kind is named.
 */
import { expect } from "chai";
import { seconds } from "../../../src/stack/base/time.ts";
import type { TcpEndpoint } from "../../../src/stack/contract/tcp-endpoint.ts";
import { encodeSegment, type Segment } from "../../support/segments.ts";
import { type Host, pair, type Wire } from "../../support/tcp-pair.ts";

const FIN = 1;
const SYN = 2;
const RST = 4;
const PSH = 8;
const ACK = 16;

const [HERE, PEER] = ["10.0.0.1", "10.0.0.2"];
const PORT = 80;

describe("what is due at the end of an entry", () => {
  let here: Host;
  let peer: Host;
  let wire: Wire;
  /** The flags of all that this host has sent since the last look. */
  let sent: number[];

  beforeEach(() => {
    [here, peer, wire] = pair(1);
    sent = [];
    wire.tap = (from, packet) => {
      if (from === here) sent.push(packet.view.getUint8(packet.start + 13));
    };
  });

  /** A segment comes from the peer, out of nothing. */
  function hear(fields: Partial<Segment>): void {
    const bytes = encodeSegment({ ...BLANK, ...fields }, PEER, HERE);
    const packet = here.pool.take(bytes.length);
    packet.bytes.set(bytes, packet.start);
    packet.end = packet.start + bytes.length;
    here.deliver(packet, peer.address);
    here.pool.release(packet);
  }

  /** `act` by itself sends nothing; the end of the entry sends segments with these flags. */
  function expectNoted(act: () => void, ...flags: number[]): void {
    here.enter();
    act();
    expect(sent).to.deep.equal([]);
    here.leave();
    expect(sent).to.deep.equal(flags);
    sent = [];
  }

  function listen(): TcpEndpoint {
    const listener = here.tcp.open();
    listener.bind({ address: here.address, port: PORT });
    listener.listen(5);
    return listener;
  }

  /** A connection from the peer, as it was accepted, and the peer's end of it. */
  function established(): [TcpEndpoint, TcpEndpoint] {
    const listener = listen();
    const far = peer.tcp.open();
    far.connect({ address: here.address, port: PORT });
    wire.run(() => listener.readable, seconds(1));
    const near = listener.accept();
    if (near === undefined) throw new Error("no connection");
    sent = [];
    return [near, far];
  }

  it("is a reset for a segment that belongs to nobody", () => {
    expectNoted(() => hear({ flags: SYN }), RST | ACK);
    expectNoted(() => hear({ flags: ACK }), RST);
    expectNoted(() => hear({ flags: RST }));
  });

  it("is the reset that LISTEN and SYN-RECEIVED answer a wrong ACK with", () => {
    listen();
    expectNoted(() => hear({ flags: ACK }), RST);
    expectNoted(() => hear({ flags: SYN, seq: 100 }), SYN | ACK);
    expectNoted(() => hear({ flags: ACK, seq: 101, ack: 1 }), RST);
  });

  it("is one SYN|ACK, however often the SYN came in the burst", () => {
    listen();
    const syn = (): void => hear({ flags: SYN, seq: 100 });
    expectNoted(() => [1, 2, 3].forEach(syn), SYN | ACK);
    expectNoted(syn, SYN | ACK);
  });

  it("is the ACK of a half-open connection for what is not acceptable", () => {
    listen();
    expectNoted(() => hear({ flags: SYN, seq: 100 }), SYN | ACK);
    expectNoted(() => hear({ flags: ACK, seq: 99 }), ACK);
    expectNoted(() => hear({ flags: SYN, seq: 105 }), ACK);
  });

  it("is the SYN|ACK again when its time has come", () => {
    listen();
    expectNoted(() => hear({ flags: SYN, seq: 100 }), SYN | ACK);
    peer.peer = undefined;
    here.peer = undefined;
    wire.run(() => sent.length > 0, seconds(5));
    expect(sent).to.deep.equal([SYN | ACK]);
  });

  it("is nothing for a half-open connection that is reset, or complete, in the same burst", () => {
    listen();
    expectNoted(() => {
      hear({ flags: SYN, seq: 100 });
      hear({ flags: RST, seq: 101 });
    });
  });

  it("is the reset of a connection that is aborted", () => {
    const [near] = established();
    expectNoted(() => near.abort(), RST | ACK);
    expect(near.state).to.equal("closed");
  });

  it("is the reset of a connection that is closed with text unread", () => {
    const [near, far] = established();
    far.write(Uint8Array.of(1, 2, 3));
    wire.run(() => near.available === 3, seconds(1));
    sent = [];
    expectNoted(() => near.close(), RST | ACK);
  });

  it("is the reset for text that comes after close", () => {
    const [near, far] = established();
    near.close();
    wire.run(() => far.state === "close-wait" && near.state !== "established", seconds(1));
    sent = [];
    far.write(Uint8Array.of(1));
    wire.run(() => sent.includes(RST), seconds(1));
    expect(sent.at(-1)).to.equal(RST); // as in CLOSED (RFC 9293 §3.10.7.1)
  });

  it("is the reset of a connection that gives up", () => {
    const [near] = established();
    here.peer = undefined;
    near.write(Uint8Array.of(1));
    wire.run(() => near.failure !== undefined, seconds(3000));
    expect(near.failure).to.equal("timed-out");
    expect(sent.at(-1)).to.equal(RST | ACK);
    expect(sent.slice(0, -1).every((flags) => flags === (PSH | ACK))).to.equal(true);
  });

  it("is the ACK of a FIN that comes again in TIME-WAIT", () => {
    const [near, far] = established();
    near.finish();
    wire.run(() => near.state === "fin-wait-2", seconds(1));
    let fin: Uint8Array | undefined;
    wire.tap = (from, packet) => {
      if (from === peer) fin = packet.bytes.slice(packet.start, packet.end);
      else sent.push(packet.view.getUint8(packet.start + 13));
    };
    far.finish();
    wire.run(() => near.state === "time-wait", seconds(1));
    sent = [];
    const again = fin as Uint8Array;
    expect((again[13] as number) & FIN).to.equal(FIN);
    expectNoted(() => {
      const packet = here.pool.take(again.length);
      packet.bytes.set(again, packet.start);
      packet.end = packet.start + again.length;
      here.deliver(packet, peer.address);
      here.pool.release(packet);
    }, ACK);
  });

  it("is no more than 256 resets, and the others are counted", () => {
    const stray = (): void => hear({ flags: SYN });
    expectNoted(() => Array.from({ length: 1000 }, stray), ...new Array<number>(256).fill(RST | ACK));
    expect(here.tcp.counters.resetsSuppressed).to.equal(744);
    expect(here.tcp.counters.outRsts).to.equal(256);
    expectNoted(stray, RST | ACK);
  });
});

const BLANK: Segment = {
  sourcePort: 4000,
  destinationPort: PORT,
  seq: 0,
  ack: 0,
  flags: 0,
  window: 65_535,
  urgent: 0,
  options: [],
  text: new Uint8Array(),
};
