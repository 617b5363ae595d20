/**
 * The header of data messages of L2TPv3 (RFC 3931 §4.1): over UDP with a word of flags in front, over IP without; then the
 * session, its cookie, and the default L2-specific sublayer (§4.6).
 */

/** How the other end writes headers, and this one reads them; or the other way round. */
export interface L2tpFraming {
  /** Over UDP (§4.1.2) there is a word of flags in front. */
  readonly overUdp: boolean;
  /** Session ID of the end that receives: not 0. */
  readonly session: number;
  /** 0, 4 or 8 octets that the end that receives has chosen (§8.2). */
  readonly cookie: Uint8Array;
  /** The default L2-specific sublayer is there: 4 octets. */
  readonly sublayer: boolean;
}

/** Why a message is no frame of the session. */
export type L2tpProblem = "badHeader" | "control" | "otherSession" | "wrongCookie";

/** T: a control message (§3.2.1). */
const IS_CONTROL = 0x8000;
const VERSION_BITS = 0x000f;
const VERSION = 3;
const FLAGS_BYTES = 4;
const SESSION_BYTES = 4;
const SUBLAYER_BYTES = 4;
/** S: the sequence number is valid. */
const HAS_SEQUENCE = 0x4000_0000;
/** Sequence numbers have 24 bits. */
export const SEQUENCE_MASK = 0xff_ffff;

/** Octets in front of the frame. */
export function l2tpHeaderBytes({ overUdp, cookie, sublayer }: L2tpFraming): number {
  return (overUdp ? FLAGS_BYTES : 0) + SESSION_BYTES + cookie.length + (sublayer ? SUBLAYER_BYTES : 0);
}

/**
 * Writes the header at `at`; the room must be there.
 *
 * @param sequence - -1: none
 */
export function writeL2tp(bytes: Uint8Array, at: number, framing: L2tpFraming, sequence: number): void {
  let next = at;
  if (framing.overUdp) next = writeWord(bytes, next, VERSION << 16); // T is 0, and what is reserved
  next = writeWord(bytes, next, framing.session);
  bytes.set(framing.cookie, next);
  if (framing.sublayer) {
    writeWord(
      bytes,
      next + framing.cookie.length,
      sequence < 0 ? 0 : HAS_SEQUENCE | (sequence & SEQUENCE_MASK),
    );
  }
}

/** What was read of a header. One instance is used again and again. */
export class L2tpHeader {
  /** Where the frame begins. */
  frameAt = 0;
  /** -1: the message has none. */
  sequence = -1;
}

/** Reads the header of the message in `[at, end)`. Undefined if it is one of the session, or why it is not. */
export function readL2tp(
  bytes: Uint8Array,
  at: number,
  end: number,
  framing: L2tpFraming,
  header: L2tpHeader,
): L2tpProblem | undefined {
  if (end - at < l2tpHeaderBytes(framing))
    return isControl(bytes, at, end, framing) ? "control" : "badHeader";
  let next = at;
  if (framing.overUdp) {
    const flags = readWord(bytes, next) >>> 16;
    if ((flags & IS_CONTROL) !== 0) return "control";
    if ((flags & VERSION_BITS) !== VERSION) return "badHeader";
    next += FLAGS_BYTES;
  }
  const session = readWord(bytes, next);
  // §4.1.1.2: over IP a session of 0 is no session, but what controls them.
  if (session === 0) return "control";
  if (session !== framing.session >>> 0) return "otherSession";
  next += SESSION_BYTES;
  const { cookie } = framing;
  // Whatever octet differs, all are looked at: how long it takes tells nothing.
  let differs = 0;
  for (let i = 0; i < cookie.length; i++) differs |= (bytes[next + i] as number) ^ (cookie[i] as number);
  if (differs !== 0) return "wrongCookie";
  next += cookie.length;
  header.sequence = -1;
  if (framing.sublayer) {
    const word = readWord(bytes, next);
    if ((word & HAS_SEQUENCE) !== 0) header.sequence = word & SEQUENCE_MASK;
    next += SUBLAYER_BYTES;
  }
  header.frameAt = next;
  return undefined;
}

/** A short message may still be one of control. */
function isControl(bytes: Uint8Array, at: number, end: number, { overUdp }: L2tpFraming): boolean {
  if (end - at < 4) return false;
  const first = readWord(bytes, at);
  return overUdp ? (first & (IS_CONTROL << 16)) !== 0 : first === 0;
}

function writeWord(bytes: Uint8Array, at: number, word: number): number {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
  return at + 4;
}

/** Unsigned. */
function readWord(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
