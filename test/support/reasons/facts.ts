/** What a checker remembers of each host below TCP: whom it has asked for, who has answered, and pieces of datagrams. */
import type { LoggedEvent, LoggedOf } from "../../../src/events/index.ts";
import type { DropName } from "../../../src/stack/index.ts";
import { ARP, type Datagram, datagramIn, NETWORK, octet, short } from "./frame-view.ts";
import { hex } from "./premises.ts";

/** A fragment that has come. */
interface Piece {
  readonly from: number;
  readonly text: Uint8Array;
  readonly more: boolean;
  readonly ecn: number;
  readonly id: number;
}

/** One host's. */
export class Facts {
  /** Requests for each address since it was last heard of, and when the last one was. */
  readonly asked: Map<string, number> = new Map();
  /** By whom, and when, each address was claimed by ARP. */
  readonly claims: Map<string, { readonly station: string; readonly time: number; readonly id: number }[]> =
    new Map();
  /** Ports that SYN cookies were sent from. */
  readonly cookies: Set<number> = new Set();
  /** Addresses that everybody was told of. */
  readonly announced: Set<string> = new Set();
  /** Pieces of each datagram, and since when no more of it are wanted. */
  readonly pieces: Map<string, Piece[]> = new Map();
  readonly condemned: Map<string, number> = new Map();
  /** Octets that have come for each UDP port. */
  readonly udpOctets: Map<number, number> = new Map();
  /** What waits for each neighbour, in datagrams. */
  readonly waiting: Map<string, number> = new Map();

  /** The answer that was received last, and how often it had been asked for. */
  #answer: { id: number; target: string; asked: number } = { id: 0, target: "", asked: 0 };

  /** Takes an event in, after it was checked. */
  add(event: LoggedEvent, cause: LoggedEvent | undefined): void {
    if (event.kind === "received") this.#received(event);
    else if (event.kind === "sent") this.#sent(event);
    else if (event.kind === "dropped") this.#dropped(event, cause);
    else if (event.kind === "delayed" && event.reason === "waitsForNeighbour") {
      const target = nextHopOf(event.head);
      this.waiting.set(target, (this.waiting.get(target) ?? 0) + 1);
    }
  }

  #dropped({ reason, layer }: LoggedOf<"dropped">, cause: LoggedEvent | undefined): void {
    // An answer that is not taken is none.
    if (cause?.id === this.#answer.id) this.asked.set(this.#answer.target, this.#answer.asked);
    if ((layer !== "ipv4" && layer !== "ipv6") || cause?.kind !== "received") return;
    const datagram = datagramIn(cause.head);
    if (datagram !== undefined && CONDEMNING.includes(reason))
      this.condemned.set(datagramKey(cause.head, datagram), cause.time);
  }

  #sent({ reason, head }: LoggedOf<"sent">): void {
    if (reason === "arpRequest" || reason === "arpPoll") this.#ask(hex(head, 24, 4));
    else if (reason === "neighbourSolicitation" || reason === "neighbourProbe") this.#ask(hex(head, 48, 16));
    else if (reason === "synCookie") this.cookies.add(short(head, 0));
    else if (reason === "arpAnnouncement") this.announced.add(hex(head, 14, 4));
    else if (reason === "neighbourAnnouncement") this.announced.add(hex(head, 48, 16));
  }

  #answered(id: number, target: string): void {
    this.#answer = { id, target, asked: this.asked.get(target) ?? 0 };
    this.asked.delete(target);
  }

  #ask(target: string): void {
    this.asked.set(target, (this.asked.get(target) ?? 0) + 1);
  }

  #received({ head, time, id }: LoggedOf<"received">): void {
    if (short(head, 12) === ARP) {
      const address = hex(head, NETWORK + 14, 4);
      const list = this.claims.get(address) ?? [];
      list.push({ station: hex(head, NETWORK + 8, 6), time, id });
      this.claims.set(address, list);
      if (octet(head, NETWORK + 7) === 2) this.#answered(id, hex(head, NETWORK + 14, 4));
      return;
    }
    const datagram = datagramIn(head);
    if (datagram === undefined) return;
    if (datagram.protocol === 58 && octet(head, datagram.payload) === 136)
      this.#answered(id, hex(head, datagram.payload + 8, 16));
    if (datagram.protocol === 17 && datagram.offset === 0) {
      const port = short(head, datagram.payload + 2);
      // Each counts for 256 octets more than it has.
      const octets = Math.max(0, short(head, datagram.payload + 4) - 8) + 256;
      this.udpOctets.set(port, (this.udpOctets.get(port) ?? 0) + octets);
    }
    if (datagram.more || datagram.offset > 0) {
      const key = datagramKey(head, datagram);
      const list = this.pieces.get(key) ?? [];
      list.push(pieceOf(head, datagram, id));
      this.pieces.set(key, list);
    }
  }
}

/** What gives a datagram up (RFC 5722 §4, RFC 3168 §5.3). */
const CONDEMNING: readonly DropName[] = [
  "fragmentOverlaps",
  "fragmentEndMoved",
  "fragmentEcnMixed",
  "badFragmentLength",
  "fragmentTooFar",
];

/** On one link the next hop is the destination. */
export function nextHopOf(datagram: Uint8Array): string {
  return octet(datagram, 0) >> 4 === 6 ? hex(datagram, 24, 16) : hex(datagram, 16, 4);
}

/** RFC 791 §3.2: source, destination, protocol, identification; RFC 8200 §4.5: all but the protocol. */
export function datagramKey(head: Uint8Array, datagram: Datagram): string {
  const { source, width, fragmentId, version, protocol } = datagram;
  return `${hex(head, source, 2 * width)} ${fragmentId} ${version === 4 ? protocol : ""}`;
}

export function pieceOf(
  head: Uint8Array,
  { payload, end, offset, more, version }: Datagram,
  id: number,
): Piece {
  const ecn = (version === 4 ? octet(head, NETWORK + 1) : short(head, NETWORK) >> 4) & 3;
  return { from: offset, text: head.subarray(payload, end), more, ecn, id };
}

/** Whether two pieces say different things of the same octets. */
export function disagree(one: Piece, other: Piece): boolean {
  const from = Math.max(one.from, other.from);
  const to = Math.min(one.from + one.text.length, other.from + other.text.length);
  if (from >= to) return false;
  if (one.from === other.from && one.text.length === other.text.length) {
    for (let i = 0; i < one.text.length; i++) if (one.text[i] !== other.text[i]) return true;
    return false;
  }
  return true;
}
