/** Text to octets and back for protocols that speak ASCII, since the core has no TextEncoder. */

/** The octets of `text`; what is not ASCII becomes `?`. */
export function ascii(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    bytes[i] = code < 128 ? code : QUESTION_MARK;
  }
  return bytes;
}

const QUESTION_MARK = 0x3f;

/** `bytes[start..end)` as text, one character per octet (ISO 8859-1). For short texts. */
export function latin1(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] as number);
  return text;
}
