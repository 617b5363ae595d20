/** A link with all faults that there are, queues in front of its bounded rate included. */
import type { Link, Random } from "../../stack/index.ts";
import type { Timekeeper } from "../scheduler.ts";
import type { Impairments } from "./impairment-spec.ts";
import { BareImpairedLink } from "./impairments.ts";
import type { BottleneckMaker } from "./lane.ts";
import { Bottleneck } from "./queues/bottleneck.ts";

/** Token buckets, RED, CoDel and FQ-CoDel: a part of a lab. */
export const QUEUES: BottleneckMaker = (...given) => new Bottleneck(...given);

/** A link with faults. */
export class ImpairedLink extends BareImpairedLink {
  /**
   * @param inner - the link to wrap, without offloads; this one attaches to it and closes it
   * @param host - the time that delays are measured in
   * @param random - decides; each direction takes a fork of it
   * @param impairments - what is to go wrong, or a line as for `parseImpairments`
   * @throws RangeError when `inner` hands up super-segments or unverified partial checksums, and for a fault that
   *   cannot be
   * @throws SyntaxError as `parseImpairments`
   */
  constructor(inner: Link, host: Timekeeper, random: Random, impairments: Impairments | string) {
    super(inner, host, random, impairments, QUEUES);
  }
}
