/** Which VLANs a port of a switch is in, and how frames look there (IEEE 802.1Q §8.6, §8.8). */
import {
  integer,
  MAX_VLAN,
  MIN_VLAN,
  type Packet,
  type Rules,
  readTagControl,
  rule,
  tagOf,
} from "../../stack/index.ts";

/** How a port of a switch with VLANs is. */
export interface VlanPortOptions {
  /** Of frames without a tag, both ways: an access port. 1 by default, unless only `tagged` is given. */
  readonly vlan?: number | undefined;
  /** Those whose frames have a tag here: a trunk. */
  readonly tagged?: readonly number[] | undefined;
}

const VLAN = integer(MIN_VLAN, MAX_VLAN);

/** What may be chosen. */
export const VLAN_PORT_RULES: Rules<VlanPortOptions> = {
  vlan: VLAN,
  tagged: rule(
    "a list of VLANs, 1 to 4094",
    (value) => Array.isArray(value) && value.every((one) => VLAN.accepts(one)),
  ),
};

/** The VLAN of those that have chosen none (IEEE 802.1Q table 9-2). */
const DEFAULT_VLAN = 1;

/** A port's part in VLANs. */
export class Membership {
  /** Of frames without a tag; 0: such frames are not taken. */
  readonly untagged: number;
  readonly #tagged: ReadonlySet<number>;

  constructor({ vlan, tagged = [] }: VlanPortOptions) {
    this.untagged = vlan ?? (tagged.length > 0 ? 0 : DEFAULT_VLAN);
    this.#tagged = new Set(tagged);
  }

  /** The VLAN of a frame that comes in here; 0: it is not taken. */
  vlanOf(frame: Packet): number {
    const control = readTagControl(frame);
    if (control === -2) return 0;
    const vlan = control < 0 ? 0 : tagOf(control).vlan;
    if (vlan === 0) return this.untagged;
    return this.has(vlan) ? vlan : 0;
  }

  /** Whether frames of that VLAN go out here. */
  has(vlan: number): boolean {
    return vlan === this.untagged || this.#tagged.has(vlan);
  }

  /** Whether they have a tag then. */
  tags(vlan: number): boolean {
    return vlan !== this.untagged;
  }
}
