/** Octets by hand: an independent second opinion on what the stack's codecs write and read. */

/** The Internet checksum (RFC 1071) of `octets`, by the book. */
export function checksum(octets: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < octets.length; i += 2) sum += ((octets[i] ?? 0) << 8) | (octets[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return ~sum & 0xffff;
}

/** Big-endian integers of 1, 2 or 4 octets, one after the other. */
export function octets(
  ...fields: readonly (readonly [value: number, size: number] | Uint8Array)[]
): Uint8Array {
  const out: number[] = [];
  for (const field of fields) {
    if (field instanceof Uint8Array) out.push(...field);
    else for (let i = field[1] - 1; i >= 0; i--) out.push(Math.floor(field[0] / 2 ** (8 * i)) & 255);
  }
  return Uint8Array.from(out);
}

/** The four octets of a dotted address. */
export function dotted(address: string): Uint8Array {
  return Uint8Array.from(address.split(".").map(Number));
}

/** The IPv4 datagram that carries `payload`; fields may be given other values. */
export function datagram(
  source: string,
  destination: string,
  protocol: number,
  payload: Uint8Array,
  fields: { readonly hopLimit?: number; readonly trafficClass?: number; readonly flags?: number } = {},
): Uint8Array {
  const header = (sum: number): Uint8Array =>
    octets(
      [0x45, 1],
      [fields.trafficClass ?? 0, 1],
      [20 + payload.length, 2],
      [0, 2],
      [fields.flags ?? 0x4000, 2],
      [fields.hopLimit ?? 64, 1],
      [protocol, 1],
      [sum, 2],
      dotted(source),
      dotted(destination),
    );
  return octets(header(checksum(header(0))), payload);
}

/** The checksum of a TCP segment or UDP datagram, with its pseudo-header. */
export function transportChecksum(
  source: string,
  destination: string,
  protocol: number,
  segment: Uint8Array,
): number {
  return checksum(octets(dotted(source), dotted(destination), [protocol, 2], [segment.length, 2], segment));
}
