/**
 * Which sources a member of a group wants to hear: "include" only those of a list, "exclude" all but those of a list.
 * The state of RFC 3376 §3.1 and RFC 3810 §4.1, of either family, with the calls of RFC 3678 §4.1 that change it.
 */
import type { IpAddress } from "../base/ip-address.ts";
import type { Failure } from "../contract/failures.ts";
import type { FilterMode, SourceChange, SourceWish } from "../contract/multicast.ts";

/** net.ipv4.igmp_max_msf of Linux: more sources than that are refused. */
const MOST_SOURCES = 10;
/** net.ipv6.mld_max_msf. */
const MOST_SOURCES6 = 64;

/** What a call wants of the list, and in which mode. */
const CHANGES: { readonly [change in SourceChange]: readonly [FilterMode, boolean] } = {
  join: ["include", true],
  leave: ["include", false],
  block: ["exclude", true],
  unblock: ["exclude", false],
};

/** Sources that a member of a group of that family can name. */
export function mostSources(family: 4 | 6): number {
  return family === 4 ? MOST_SOURCES : MOST_SOURCES6;
}

/** The filter of one membership. */
export class SourceFilter implements SourceWish {
  #mode: FilterMode;
  #sources: readonly IpAddress[] = [];

  /** @param mode - "exclude" at first hears all, "include" nobody */
  constructor(mode: FilterMode) {
    this.#mode = mode;
  }

  get mode(): FilterMode {
    return this.#mode;
  }

  get sources(): readonly IpAddress[] {
    return this.#sources;
  }

  /** Nobody can be heard by it: the group may be left (RFC 3376 §3.1). */
  get hearsNobody(): boolean {
    return this.#mode === "include" && this.#sources.length === 0;
  }

  /** Whether what `source` sends is wanted. */
  allows(source: IpAddress): boolean {
    return this.#sources.some((each) => each.equals(source)) === (this.#mode === "include");
  }

  /**
   * Changes the list. "invalid" where the filter is of the other mode, which only an empty one can leave;
   * "address-not-available" for a source that is there already, or is not there; "no-buffers" for too many.
   */
  change(change: SourceChange, source: IpAddress): Failure | undefined {
    const [mode, adds] = CHANGES[change];
    if (mode !== this.#mode && this.#sources.length > 0) return "invalid";
    this.#mode = mode;
    const there = this.#sources.some((each) => each.equals(source));
    if (there === adds) return "address-not-available";
    if (!adds) this.#sources = this.#sources.filter((each) => !each.equals(source));
    else if (this.#sources.length >= mostSources(source.family)) return "no-buffers";
    else this.#sources = [...this.#sources, source];
    return undefined;
  }

  /** Puts another in its place (RFC 3678 §4.2); of sources that are named twice, one. "no-buffers" for too many. */
  replace(mode: FilterMode, sources: readonly IpAddress[]): Failure | undefined {
    const [first] = sources;
    if (first !== undefined && sources.length > mostSources(first.family)) return "no-buffers";
    this.#mode = mode;
    this.#sources = sources.filter((source, at) => sources.findIndex((one) => one.equals(source)) === at);
    return undefined;
  }
}
