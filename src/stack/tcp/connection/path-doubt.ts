/** A path that may swallow large segments, and the errors that say so (RFC 2923 §2.1): see `send/black-hole.ts`. */
import type { Instant } from "../../base/time.ts";

/** What is thought of a path: in most connections there is none of this. */
export interface PathDoubt {
  /** Octets of a segment that got through, or are being tried. */
  segment: number;
  /** Larger segments are not sent now. */
  inForce: boolean;
  /** Larger ones were lost again when smaller ones had got through. */
  confirmed: boolean;
  /** When it became what it is. */
  since: Instant;
}
