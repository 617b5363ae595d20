/** What queues look at in a frame, and the one thing that they write: the mark of congestion. */
import { FrameFields, type Packet } from "../../../stack/index.ts";

const headers = new FrameFields();
/** Of the flow of one frame. */
const words = new Int32Array(9);

function read({ view, start, end }: Packet, ethernet: boolean): FrameFields {
  return headers.read(view, start, end, ethernet ? "ethernet" : "ip");
}

/** Sets CE in a datagram of a transport that knows ECN (RFC 3168 §5); false if it does not. */
export function markCongestion(frame: Packet, ethernet: boolean): boolean {
  return read(frame, ethernet).markCongestion();
}

/** Equal for frames of one flow. */
export function flowHash(frame: Packet, ethernet: boolean, secret: number): number {
  const count = read(frame, ethernet).flowWords(words);
  if (count === 0) return secret;
  let hash = secret;
  for (let i = 0; i < count; i++) hash = mix(hash, words[i] as number);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

/** One round of MurmurHash3. */
function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const h = hash ^ Math.imul(k, 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}
