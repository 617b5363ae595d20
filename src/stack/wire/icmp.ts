/** What ICMP (RFC 792) and ICMPv6 (RFC 4443) have alike: the header, and the numbers of an echo. */

//  0      7 8     15 16    23 24    31
// +--------+--------+-----------------+
// |  type  |  code  |    checksum     |
// +--------+--------+-----------------+
// |       rest, meaning by type       |
// +-----------------------------------+

const TYPE = 0;
const CODE = 1;
const CHECKSUM = 2;
const REST = 4;
/** Of an echo. */
const IDENTIFIER = 4;
const SEQUENCE = 6;

/** Where in the header the checksum is. */
export const ICMP_CHECKSUM_OFFSET: number = CHECKSUM;

/** The type of the message at `at`. */
export function readIcmpType(view: DataView, at: number): number {
  return view.getUint8(at + TYPE);
}

/** The code of the message at `at`. */
export function readIcmpCode(view: DataView, at: number): number {
  return view.getUint8(at + CODE);
}

/** The second word of the message at `at`, as a signed integer: a gateway, an MTU, a pointer, flags. */
export function readIcmpRest(view: DataView, at: number): number {
  return view.getInt32(at + REST);
}

/** Whose the echo at `at` is. */
export function readEchoIdentifier(view: DataView, at: number): number {
  return view.getUint16(at + IDENTIFIER);
}

/** Which one of its sender's the echo at `at` is. */
export function readEchoSequence(view: DataView, at: number): number {
  return view.getUint16(at + SEQUENCE);
}

/** Writes a header at `at`; the room must be there. Its checksum is 0 until `fillChecksum`. */
export function writeIcmpStart(view: DataView, at: number, type: number, code: number, rest: number): void {
  view.setInt32(at + TYPE, (type << 24) | (code << 16));
  view.setInt32(at + REST, rest);
}

/** Makes of the header at `at` one of another type: its checksum is 0 until `fillChecksum`, the rest stays. */
export function writeIcmpType(view: DataView, at: number, type: number): void {
  view.setInt32(at + TYPE, type << 24);
}

/** Puts another identifier in the echo at `at`. */
export function writeEchoIdentifier(view: DataView, at: number, identifier: number): void {
  view.setUint16(at + IDENTIFIER, identifier);
}
