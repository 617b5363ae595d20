/**
 * Which sources a member of a group wants to hear: "include" only those of a list, "exclude" all but those of a list.
 * The state of RFC 3376 §3.1 and RFC 3810 §4.1, of either family, with the calls of RFC 3678 §4.1 that change it.
 */
import type { IpAddress } from "../base/ip-address.ts";
import type { Failure, SourceChange } from "../contract/endpoint.ts";

/** net.ipv4.igmp_max_msf of Linux: more sources than that are refused. */
const MOST_SOURCES = 10;

/** What a call wants of the list, and in which mode. */
const CHANGES: { readonly [change in SourceChange]: readonly ["include" | "exclude", boolean] } = {
  join: ["include", true],
  leave: ["include", false],
  block: ["exclude", true],
  unblock: ["exclude", false],
};

/** The filter of one membership. */
export class SourceFilter {
  #mode: "include" | "exclude";
  readonly #sources: IpAddress[] = [];

  /** @param mode - "exclude" at first hears all, "include" nobody */
  constructor(mode: "include" | "exclude") {
    this.#mode = mode;
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
    const at = this.#sources.findIndex((each) => each.equals(source));
    if (at >= 0 === adds) return "address-not-available";
    if (!adds) this.#sources.splice(at, 1);
    else if (this.#sources.length >= MOST_SOURCES) return "no-buffers";
    else this.#sources.push(source);
    return undefined;
  }
}
