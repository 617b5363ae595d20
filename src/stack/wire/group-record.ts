/** Group records of reports: IGMPv3 (RFC 3376 §4.2.12) and MLDv2 (RFC 3810 §5.2.12) number them alike. */

/** The filter mode is INCLUDE. */
export const MODE_IS_INCLUDE = 1;
/** The filter mode is EXCLUDE. */
export const MODE_IS_EXCLUDE = 2;
/** The filter mode has become INCLUDE. */
export const CHANGE_TO_INCLUDE_MODE = 3;
/** The filter mode has become EXCLUDE. */
export const CHANGE_TO_EXCLUDE_MODE = 4;
/** These sources are heard now, too. */
export const ALLOW_NEW_SOURCES = 5;
/** These sources are heard no longer. */
export const BLOCK_OLD_SOURCES = 6;

/** One group record in host form, its addresses of type `A`. */
export interface GroupRecord<A> {
  readonly type: number;
  readonly group: A;
  readonly sources: readonly A[];
}

/** The value of a code of 8 or 16 bits, which above half of its range is a floating-point number (RFC 3376 §4.1.1, RFC 3810 §5.1.3). */
export function codeValue(code: number, bits: 8 | 16): number {
  const mantissaBits = bits === 8 ? 4 : 12;
  if (code < 1 << (bits - 1)) return code;
  const mantissa = (code & ((1 << mantissaBits) - 1)) | (1 << mantissaBits);
  return mantissa << (((code >>> mantissaBits) & 7) + 3);
}
