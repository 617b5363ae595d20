/**
 * One connection of a script: which live ports and numbers its own stand for. The local side's numbers are learnt from
 * its first SYN; the peer's are the script's, moved so that they soon wrap. As in packetdrill, numbers of a SYN are as
 * written, and all others count from those of the SYNs, whatever these were.
 */
import type { PortWords, TcpOption } from "../language/syntax.ts";
import type { Segment } from "./wire.ts";

const SYN = 2;
const ACK = 16;

/** What is added to the sequence numbers of a script's peer: they wrap after 4,096 octets. */
const REMOTE_BASE = 0xffff_f000;

/** A connection that a script speaks of. */
export class Connection {
  readonly localPort: number;
  readonly remotePort: number;
  /** The local side's initial sequence numbers, live and as the script has it; undefined before its first SYN. */
  #localIss: number | undefined = undefined;
  #localScript = 0;
  /** The peer's initial sequence number, as the script has it, of the connection that there is. */
  #remoteScript: number | undefined = undefined;
  /** The peer has begun anew since then, which counts once it is answered by a SYN. */
  #again = false;
  #wasReset = false;
  #firstSyn: number | undefined = undefined;
  /** Live timestamps by the script's, and live less script of the first. */
  readonly #stamps: Map<number, number> = new Map();
  #stampBase: number | undefined = undefined;

  constructor(localPort: number, remotePort: number) {
    this.localPort = localPort;
    this.remotePort = remotePort;
  }

  matches(ports: PortWords | undefined, inbound: boolean): boolean {
    if (ports === undefined) return true;
    const [local, remote] = inbound ? [ports.destination, ports.source] : [ports.source, ports.destination];
    return local === this.localPort && remote === this.remotePort;
  }

  /** The script's peer sends a SYN: another one than before begins another connection of the same ports. */
  peerOpens(seq: number): void {
    this.#again = this.#wasReset || (this.#firstSyn !== undefined && this.#firstSyn !== seq);
    this.#firstSyn = seq;
    this.#remoteScript ??= seq;
    this.#wasReset = false;
  }

  /** The script's peer has reset the connection: its next SYN begins another. */
  peerResets(): void {
    this.#wasReset = true;
  }

  /** Whether the local side's numbers are known. */
  get numbered(): boolean {
    return this.#localIss !== undefined;
  }

  /** A segment of the local side that the script expects as `seq`: the first SYN tells its numbers. */
  learn(segment: Segment, seq: number): void {
    if ((segment.flags & SYN) === 0) return;
    if (this.#localIss !== undefined && !this.#again) return;
    this.#localIss = segment.seq;
    this.#localScript = seq;
    this.#remoteScript = this.#firstSyn;
    this.#again = false;
  }

  /** Remembers which timestamp of the script this one of the local side is. */
  learnStamp(live: number, script: number): void {
    this.#stamps.set(script, live);
    this.#stampBase ??= (live - script) >>> 0;
  }

  /** @param ofSyn - the number stands in a segment with SYN */
  localToLive(seq: number, ofSyn: boolean): number {
    return (seq + (this.#localIss ?? 0) - (ofSyn ? this.#localScript : 0)) >>> 0;
  }

  localToScript(seq: number, ofSyn: boolean): number {
    return (seq - (this.#localIss ?? 0) + (ofSyn ? this.#localScript : 0)) >>> 0;
  }

  remoteToLive(seq: number, ofSyn: boolean): number {
    return (seq + REMOTE_BASE + (ofSyn ? 0 : (this.#remoteScript ?? 0))) >>> 0;
  }

  remoteToScript(seq: number, ofSyn: boolean): number {
    return (seq - REMOTE_BASE - (ofSyn ? 0 : (this.#remoteScript ?? 0))) >>> 0;
  }

  /** The live timestamp of the local side that the script calls `stamp`. */
  stampToLive(stamp: number): number {
    return this.#stamps.get(stamp) ?? (stamp + (this.#stampBase ?? 0)) >>> 0;
  }

  stampToScript(stamp: number): number {
    return (stamp - (this.#stampBase ?? stamp)) >>> 0;
  }

  get stampsKnown(): boolean {
    return this.#stampBase !== undefined;
  }

  /** Options of the peer's segment, with live numbers. */
  inboundOptions(options: readonly TcpOption[], flags: number): readonly TcpOption[] {
    return options.map((option): TcpOption => {
      if (option.kind === "sack") {
        return {
          kind: "sack",
          blocks: option.blocks.map(([a, b]) => [this.localToLive(a, false), this.localToLive(b, false)]),
        };
      }
      const echoes = (flags & ACK) !== 0 && option.kind === "TS";
      return echoes ? { kind: "TS", val: option.val, ecr: this.stampToLive(option.ecr) } : option;
    });
  }

  /** A segment of the local side, with the script's numbers. */
  outboundToScript(segment: Segment): Segment {
    const ofSyn = (segment.flags & SYN) !== 0;
    const options = segment.options.map((option): TcpOption => {
      if (option.kind === "sack") {
        const edge = (seq: number): number => this.remoteToScript(seq, false);
        return { kind: "sack", blocks: option.blocks.map(([a, b]) => [edge(a), edge(b)]) };
      }
      return option.kind === "TS" && this.stampsKnown
        ? { kind: "TS", val: this.stampToScript(option.val), ecr: option.ecr }
        : option;
    });
    const ack = (segment.flags & ACK) === 0 ? segment.ack : this.remoteToScript(segment.ack, ofSyn);
    return { ...segment, seq: this.localToScript(segment.seq, ofSyn), ack, options };
  }
}
