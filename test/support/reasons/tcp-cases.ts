/** Drops of TCP. */
import { milliseconds, seconds } from "../../../src/stack/index.ts";
import { datagram } from "../datagrams.ts";
import { established, Rig, synReceived } from "../rig.ts";
import { encodeSegment, type Segment } from "../segments.ts";
import { address, HandLink } from "../wire-rig.ts";
import { type ReasonCase, tcp } from "./case.ts";

const HERE = "10.0.0.1";
const PEER = "10.0.0.2";
const SYN = 2;
const RST = 4;
const ACK = 16;

const listening = (): Rig => {
  const rig = new Rig();
  rig.listen();
  return rig;
};
const connecting = (): Rig => {
  const rig = new Rig();
  rig.connect();
  return rig;
};
/** A simultaneous open: SYN-RECEIVED of a whole connection. */
const crossed = (): Rig => {
  const rig = connecting();
  rig.peerSends("S 0:0 win 65535 <mss 1460>");
  return rig;
};
const small = (): Rig => established({ options: { receiveBuffer: 10_000 } });
const stamped = (): Rig => established({ peer: "mss 1460,TS val 0 ecr 0" });
/** Our side has closed first and last: TIME-WAIT. */
const waiting = (): Rig => {
  const rig = established();
  rig.do((endpoint) => endpoint.close());
  rig.peerSends("F. 1:1 ack 2 win 65535");
  return rig;
};
/** Sends `line` as the peer. */
const says =
  (...lines: string[]) =>
  (rig: Rig): void => {
    for (const line of lines) rig.peerSends(line);
  };
/** Sends a segment with the given fields, of no connection unless told. */
const bare =
  (fields: Partial<Segment>) =>
  (rig: Rig): void =>
    rig.sendSegment({ ...rig.bare, ...fields });
/** Sends octets as a TCP segment. */
const raw = (segment: Uint8Array) => (rig: Rig) => rig.sendDatagram(datagram(PEER, HERE, 6, segment));
const encoded = (rig: Rig, fields: Partial<Segment>, to = HERE): Uint8Array =>
  encodeSegment({ ...rig.bare, ...fields }, PEER, to);

const NOBODYS: readonly ReasonCase[] = [
  tcp("truncated", "19 octets", raw(withSum(new Uint8Array(19)))),
  tcp("badHeaderLength", "a data offset of 4 words", raw(withSum(offset(4)))),
  tcp("badChecksum", "a wrong checksum", raw(new Uint8Array(20).fill(0x50))),
  tcp("segmentToMany", "a segment to everybody", (rig) =>
    rig.sendDatagram(datagram(PEER, "10.0.0.255", 6, encoded(rig, { flags: SYN }, "10.0.0.255"))),
  ),
  tcp("closedPort", "a SYN to a closed port", bare({ destinationPort: 81, flags: SYN })),
  tcp("resetForNobody", "a reset of no connection", bare({ destinationPort: 81, flags: RST })),
  tcp("resetForNobody", "a reset for a listener", bare({ flags: RST }), listening),
  tcp(
    "sourceIsMany",
    "a SYN from the broadcast address of another interface",
    (rig) => {
      const from = "10.9.0.255";
      rig.stack.addInterface("eth1", new HandLink(), [{ address: address("10.9.0.1"), prefixLength: 24 }]);
      rig.sendDatagram(datagram(from, HERE, 6, encodeSegment({ ...rig.bare, flags: SYN }, from, HERE)));
    },
    listening,
  ),
  tcp(
    "noRouteBack",
    "a SYN from nowhere",
    (rig) => {
      const from = "192.0.2.1";
      rig.sendDatagram(datagram(from, HERE, 6, encodeSegment({ ...rig.bare, flags: SYN }, from, HERE)));
    },
    listening,
  ),
  tcp("ackInListen", "an ACK for a listener", bare({ flags: ACK, ack: 77 }), listening),
  tcp("noSynInListen", "a bare FIN for a listener", bare({ flags: 1 }), listening),
  tcp(
    "listenQueueFull",
    "a SYN for a listener with nobody to accept",
    bare({ sourcePort: 4002, flags: SYN }),
    () => {
      const rig = listening();
      rig.listener?.listen(0);
      rig.peerSends("S 0:0 win 65535");
      rig.peerSends(". 1:1 ack 1 win 65535");
      return rig;
    },
  ),
  tcp(
    "synCacheFull",
    "one SYN more than are remembered",
    (rig) => {
      for (let port = 1; port <= 2; port++) rig.sendSegment({ ...rig.bare, sourcePort: port, flags: SYN });
    },
    () => {
      const rig = new Rig({ tcp: { config: { synQueue: 1, synCookies: "never" } } });
      rig.listen();
      return rig;
    },
  ),
  tcp("badCookie", "an ACK of no SYN cookie, when there are some", bare({ flags: ACK, ack: 77 }), () => {
    const rig = new Rig({ tcp: { config: { synQueue: 1 } } });
    rig.listen();
    for (let port = 1; port <= 2; port++) rig.sendSegment({ ...rig.bare, sourcePort: port, flags: SYN });
    return rig;
  }),
  tcp("listenerClosed", "a listener closes during a handshake", (rig) => rig.listener?.close(), synReceived),
];

const HANDSHAKE: readonly ReasonCase[] = [
  tcp("synAgain", "the SYN once more", says("S 0:0 win 65535 <mss 1460>"), synReceived),
  tcp("oldSegment", "text before the SYN", says(". 0:0 ack 1 win 65535"), synReceived),
  tcp("beyondWindow", "text past the window", says(". 70000:70001 ack 1 win 65535"), synReceived),
  tcp("resetOutsideWindow", "a reset past the window", says("R 70000:70000 win 0"), synReceived),
  tcp("resetNotExact", "a reset in the window", says("R 2:2 win 0"), synReceived),
  tcp("synInWindow", "another SYN in the window", says("S 5:5 win 65535"), synReceived),
  tcp("noAck", "text without ACK", says("P 1:2 win 65535"), synReceived),
  tcp("badAckInSynReceived", "an ACK of nothing", says(". 1:1 ack 9 win 65535"), synReceived),
  tcp("oldTimestamp", "an ACK with an old timestamp", says(". 1:1 ack 1 win 9 <TS val 8 ecr 0>"), () =>
    synReceived({ peer: "mss 1460,TS val 9 ecr 0" }),
  ),
  tcp("acceptQueueFull", "the last ACK when nobody has accepted", lastAckWithoutRoom, listening),
  tcp("acceptDeferred", "the last ACK, when text is waited for", says(". 1:1 ack 1 win 65535"), () =>
    synReceived({ options: { deferAccept: seconds(5) } }),
  ),

  tcp("synAgain", "the crossing SYN once more", says("S 0:0 win 65535 <mss 1460>"), crossed),
  tcp("badAckInSynSent", "an ACK of nothing", says(". 0:0 ack 9 win 65535"), connecting),
  tcp("resetBadAck", "a reset with an ACK of nothing", says("R. 0:0 ack 9 win 0"), connecting),
  tcp("resetWithoutAck", "a reset without ACK", says("R 0:0 win 0"), connecting),
  tcp("noSynInSynSent", "an ACK of our SYN alone", says(". 0:0 ack 1 win 65535"), connecting),
  tcp("textInSyn", "text with a SYN that crosses ours", says("S 0:5 win 65535"), connecting),

  tcp("resetOutsideWindow", "a reset past the window, of both", says("R 70000:70000 win 0"), crossed),
  tcp("resetNotExact", "a reset in the window, of both", says("R 2:2 win 0"), crossed),
  tcp("oldSegment", "a segment before the window, of both", says(". 0:0 ack 1 win 65535"), crossed),
  tcp("beyondWindow", "a segment past the window, of both", says(". 70000:70000 ack 1 win 9"), crossed),
  tcp("synInWindow", "another SYN, of both", says("S 5:5 win 65535"), crossed),
  tcp("noAck", "a segment without ACK, of both", says("P 1:2 win 65535"), crossed),
  tcp("badAckInSynReceived", "an ACK of nothing, of both", says(". 1:1 ack 9 win 65535"), crossed),
];

const CONNECTION: readonly ReasonCase[] = [
  tcp("noTimestamp", "a segment without timestamps", says(". 1:2 ack 1 win 9"), stamped),
  tcp("oldTimestamp", "a segment with an old one", says(". 1:2 ack 1 win 9 <TS val 0 ecr 0>"), stamped),
  tcp(
    "oldSegment",
    "what was received before",
    says("P. 1:3 ack 1 win 9", "P. 1:3 ack 1 win 9"),
    established,
  ),
  tcp("beyondWindow", "text past the window", says("P. 10001:10003 ack 1 win 9"), small),
  tcp("resetOutsideWindow", "a reset past the window", says("R 20000:20000 win 0"), small),
  tcp("resetNotExact", "a reset in the window", says("R 2:2 win 0"), established),
  tcp("synInWindow", "a SYN in the window", says("S 5:5 win 9"), established),
  tcp("noAck", "text without ACK", says("P 1:3 win 9"), established),
  tcp("ackOfUnsent", "an ACK of what was not sent", says(". 1:1 ack 9 win 9"), established),
  tcp("ackTooOld", "an ACK from long ago", bareAckFromLongAgo, established),
  tcp("nobodyReads", "text after close", says("P. 1:3 ack 2 win 9"), () => {
    const rig = established();
    rig.do((endpoint) => endpoint.close());
    return rig;
  }),

  tcp("oldText", "text of which the first part was received", says("P. 1:5 ack 1 win 9"), () => {
    const rig = established();
    rig.peerSends("P. 1:3 ack 1 win 9");
    return rig;
  }),
  tcp(
    "textBeyondWindow",
    "text of which the last part is too much",
    says("P. 10000:10003 ack 1 win 9"),
    small,
  ),
  tcp("closedWindow", "text into a closed window", says("P. 2049:2050 ack 1 win 9"), () => {
    const rig = established({ options: { receiveBuffer: 2048 } });
    rig.peerSends("P. 1:2049 ack 1 win 9");
    return rig;
  }),
  tcp(
    "textAgainEarly",
    "text behind a hole, twice",
    says("P. 3:5 ack 1 win 9", "P. 3:5 ack 1 win 9"),
    established,
  ),
  tcp(
    "tooManyHoles",
    "one hole more than are remembered",
    (rig) => {
      for (let i = 0; i < 257; i++) rig.peerSends(`P. ${3 + 2 * i}:${4 + 2 * i} ack 1 win 9`);
    },
    established,
  ),
  tcp("textAfterFin", "text behind the FIN", says("P. 2:3 ack 1 win 9"), () => {
    const rig = established();
    rig.peerSends("F. 1:1 ack 1 win 9");
    return rig;
  }),
  tcp(
    "fewHopsLeft",
    "a SYN with a time to live below the listener's least",
    says("S 0:0 win 65535 <mss 1460>"),
    () => {
      const rig = listening();
      rig.listener?.configure({ leastHopLimit: 255 });
      return rig;
    },
  ),
  tcp(
    "fewHopsLeft",
    "the third segment of a handshake, from farther away",
    says(". 1:1 ack 1 win 65535"),
    () => {
      const rig = synReceived();
      rig.listener?.configure({ leastHopLimit: 255 });
      return rig;
    },
  ),
  tcp("fewHopsLeft", "text from farther away than the connection allows", says("P. 1:3 ack 1 win 9"), () => {
    const rig = established();
    rig.endpoint.configure({ leastHopLimit: 255 });
    return rig;
  }),
  tcp("receiveShut", "text that the application does not want", says("P. 1:3 ack 1 win 9"), () => {
    const rig = established();
    rig.do((endpoint) => endpoint.discard());
    return rig;
  }),
  tcp(
    "quoteNotInFlight",
    "an error about an old segment",
    (rig) => {
      rig.peerSends(". 1:1 ack 3 win 9");
      rig.peerSendsIcmp(3, 1);
    },
    () => {
      const rig = established();
      rig.write(2);
      return rig;
    },
    "icmp",
  ),

  tcp("resetInTimeWait", "a reset elsewhere", says("R 9:9 win 0"), waiting),
  tcp("ackInTimeWait", "an ACK", says(". 2:2 ack 2 win 9"), waiting),
  tcp("textInTimeWait", "text", says("P. 5:7 ack 2 win 9"), waiting),
  tcp("rateLimited", "text again at once", says("P. 5:7 ack 2 win 9"), () => {
    const rig = waiting();
    rig.time.elapse(milliseconds(1));
    rig.peerSends("P. 5:7 ack 2 win 9");
    rig.time.elapse(milliseconds(1));
    return rig;
  }),
];

/** Two handshakes, of which there is room for one. */
function lastAckWithoutRoom(rig: Rig): void {
  rig.listener?.listen(0);
  const acks = [4002, 4003].map((sourcePort) => {
    rig.sendSegment({ ...rig.bare, sourcePort, seq: 5, flags: SYN });
    const { seq = 0 } = rig.lastSent ?? {};
    return { ...rig.bare, sourcePort, seq: 6, ack: (seq + 1) >>> 0, flags: ACK };
  });
  for (const ack of acks) rig.sendSegment(ack);
}

/** An ACK from further back than any window of the peer's. */
function bareAckFromLongAgo(rig: Rig): void {
  const line = { ...rig.bare, seq: 0xffff_fff1, ack: (rig.firstIss - 70_000) >>> 0, flags: ACK };
  rig.sendSegment(line);
}

/** A header whose data offset is so many words. */
function offset(words: number): Uint8Array {
  const header = new Uint8Array(20);
  header[12] = words << 4;
  return header;
}

/** The checksum of a segment from PEER to HERE, filled in. */
function withSum(segment: Uint8Array): Uint8Array {
  let sum = 0x0a00 + 2 + 0x0a00 + 1 + 6 + segment.length;
  for (let i = 0; i < segment.length; i += 2) sum += ((segment[i] ?? 0) << 8) | (segment[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  segment[16] = (~sum >>> 8) & 255;
  segment[17] = ~sum & 255;
  return segment;
}

export const TCP_CASES: readonly ReasonCase[] = [...NOBODYS, ...HANDSHAKE, ...CONNECTION];
