/** Where things are in a frame, for the checker: its own reading of RFC 894, RFC 791, RFC 8200, RFC 1071. */

/** Where the network header begins. */
export const NETWORK = 14;
export const IP4 = 0x0800;
export const IP6 = 0x86dd;
export const ARP = 0x0806;

export const octet = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;
export const short = (bytes: Uint8Array, at: number): number =>
  (octet(bytes, at) << 8) | octet(bytes, at + 1);
export const word = (bytes: Uint8Array, at: number): number =>
  ((short(bytes, at) << 16) | short(bytes, at + 2)) >>> 0;

/** A datagram in a frame, as its header describes it. */
export interface Datagram {
  readonly version: 4 | 6;
  readonly protocol: number;
  /** Where its payload begins and ends in the frame, behind extension headers and fragment headers. */
  readonly payload: number;
  readonly end: number;
  /** Where the addresses are, and how long each is. */
  readonly source: number;
  readonly destination: number;
  readonly width: 4 | 16;
  /** In octets; 0 with `more` false: it is whole. */
  readonly offset: number;
  readonly more: boolean;
  readonly fragmentId: number;
}

/** The datagram in a frame; undefined if it is none. */
export function datagramIn(frame: Uint8Array): Datagram | undefined {
  const type = short(frame, 12);
  if (type === IP4) {
    const field = short(frame, NETWORK + 6);
    return {
      version: 4,
      protocol: octet(frame, NETWORK + 9),
      payload: NETWORK + (octet(frame, NETWORK) & 15) * 4,
      end: NETWORK + short(frame, NETWORK + 2),
      source: NETWORK + 12,
      destination: NETWORK + 16,
      width: 4,
      offset: (field & 0x1fff) * 8,
      more: (field & 0x2000) !== 0,
      fragmentId: short(frame, NETWORK + 4),
    };
  }
  return type === IP6 ? datagram6(frame) : undefined;
}

/** RFC 8200 §4: headers with a length are passed over; there is one fragment header at most. */
function datagram6(frame: Uint8Array): Datagram {
  let protocol = octet(frame, NETWORK + 6);
  let payload = NETWORK + 40;
  let offset = 0;
  let more = false;
  let fragmentId = 0;
  while (
    (protocol === 0 || protocol === 43 || protocol === 60 || protocol === 44) &&
    payload < frame.length
  ) {
    if (protocol === 44) {
      const field = short(frame, payload + 2);
      offset = field & 0xfff8;
      more = (field & 1) !== 0;
      fragmentId = word(frame, payload + 4);
    }
    const length = protocol === 44 ? 8 : (octet(frame, payload + 1) + 1) * 8;
    protocol = octet(frame, payload);
    payload += length;
    if (offset > 0) break; // what follows is no header
  }
  const end = NETWORK + 40 + short(frame, NETWORK + 4);
  return {
    version: 6,
    protocol,
    payload,
    end,
    source: NETWORK + 8,
    destination: NETWORK + 24,
    width: 16,
    offset,
    more,
    fragmentId,
  };
}

/** RFC 1071: the sum of the octets, folded; 0xffff where a checksum is among them and right. */
export function sumOf(bytes: Uint8Array, from: number, to: number, first = 0): number {
  let total = first;
  for (let i = from; i < to; i += 2) total += (octet(bytes, i) << 8) | (i + 1 < to ? octet(bytes, i + 1) : 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

/** Whether the checksum of a transport, whose octets are `transport`, is right; addresses are those of `frame`. */
export function isSummed(
  frame: Uint8Array,
  { version, protocol, source, width }: Datagram,
  transport: Uint8Array,
): boolean {
  const hasPseudo = version === 6 || protocol === 6 || protocol === 17;
  const pseudo = hasPseudo ? sumOf(frame, source, source + 2 * width, protocol + transport.length) : 0;
  return sumOf(transport, 0, transport.length, pseudo) === 0xffff;
}

/** A group's address, everybody's, or a frame to many stations. */
export function isToMany(frame: Uint8Array): boolean {
  const datagram = datagramIn(frame);
  if ((octet(frame, 0) & 1) !== 0 || datagram === undefined) return true;
  const first = octet(frame, datagram.destination);
  return datagram.version === 6
    ? first === 0xff
    : first >= 224 || octet(frame, datagram.destination + 3) === 255;
}
