/**
 * Stateless address autoconfiguration of one interface (RFC 4862 §5.5): stable addresses (RFC 7217) and, if they are
 * wanted, temporary ones (RFC 8981) for the prefixes that routers tell of.
 */
import type { IpAddress } from "../../base/ip-address.ts";
import { prefixOf } from "../../base/prefix.ts";
import { below } from "../../base/random.ts";
import { type Duration, type Instant, later, NEVER, seconds } from "../../base/time.ts";
import { Timer, type TimerOwner } from "../../base/timer-queue.ts";
import type { Services } from "../../contract/services.ts";
import type { OwnAddress } from "../../interface/interface-addresses.ts";
import type { ResolverInterface } from "../../interface/resolver.ts";
import type { PrefixInformation } from "../../wire/nd.ts";
import type { Addressing } from "../family.ts";
import type { InterfaceIdentifiers } from "./interface-identifiers.ts";

/** The other 64 bits are the interface identifier's (RFC 4291 §2.5.1). */
const PREFIX_BITS = 64;
/** An address has no prefix of the link's by itself (RFC 5942 §4): that is in the prefix list. */
const ADDRESS_BITS = 128;
/** Addresses that are made on one interface; Linux's max_addresses. */
const MAX_ADDRESSES = 16;
/** Routers that are remembered of an address. */
const MAX_ROUTERS = 8;
/** RFC 4862 §5.5.3 (e): nobody without authentication shortens a lifetime to less. */
const TWO_HOURS: Duration = seconds(7200);
/** IDGEN_RETRIES (RFC 7217 §6), TEMP_IDGEN_RETRIES (RFC 8981 §3.8). */
const MAX_CONFLICTS = 3;
/** RFC 8981 §3.8. */
const TEMP_VALID_LIFETIME: Duration = seconds(2 * 86_400);
const TEMP_PREFERRED_LIFETIME: Duration = seconds(86_400);
/** REGEN_ADVANCE: 2 s, and what finding out about duplicates takes at most. */
const REGEN_ADVANCE: Duration = seconds(5);

/** An address that was made here. */
interface Made {
  readonly prefix: IpAddress;
  address: IpAddress;
  readonly temporary: boolean;
  validUntil: Instant;
  preferredUntil: Instant;
  conflicts: number;
  /** Of a temporary one: its successor has been made. */
  succeeded: boolean;
  /** Until when a temporary address may be valid, and preferred, at all. */
  readonly lastValid: Instant;
  readonly lastPreferred: Instant;
}

/** What autoconfiguration needs. */
export interface AutoconfigurationParts {
  readonly services: Services;
  readonly on: ResolverInterface;
  readonly addressing: Addressing;
  readonly identifiers: InterfaceIdentifiers;
  /** Makes temporary addresses as well. */
  readonly temporary: boolean;
}

/** Makes addresses, and takes them away when their time is over. */
export class Autoconfiguration implements TimerOwner {
  readonly #parts: AutoconfigurationParts;
  readonly #made: Made[] = [];
  readonly #timer: Timer;
  /** Who has told of the prefix that was told of last. */
  #router: IpAddress | undefined = undefined;

  constructor(parts: AutoconfigurationParts) {
    this.#parts = parts;
    this.#timer = new Timer(parts.services.timers, this, true);
  }

  /** RFC 4862 §5.5.3: `router` tells of a prefix that hosts may make addresses of. */
  prefix(information: PrefixInformation, router: IpAddress): void {
    const { prefix, length, validLifetime, preferredLifetime } = information;
    if (prefix.isLinkLocal || prefix.isMulticast || length !== PREFIX_BITS) return;
    if (preferredLifetime > validLifetime) return;
    const network = prefixOf(prefix, length);
    const valid = lifetimeOf(validLifetime);
    const preferred = lifetimeOf(preferredLifetime);
    const known = this.#made.filter((one) => one.prefix.equals(network));
    for (const one of known) {
      this.#extend(one, valid, preferred);
      this.#toldBy(router, one);
    }
    this.#router = router;
    if (valid > 0 && !known.some(({ temporary }) => !temporary))
      this.#makeStable(network, valid, preferred, 0);
    const { temporary } = this.#parts;
    if (temporary && preferred > REGEN_ADVANCE && !known.some((one) => one.temporary && !one.succeeded)) {
      this.#makeTemporary(network, valid, preferred, 0);
    }
    this.#look();
  }

  /** Somebody else has an address: another one is tried, unless it was not made here. */
  duplicate(own: OwnAddress): void {
    const made = this.#made.find(({ address }) => address.equals(own.address));
    if (made === undefined) return;
    this.#drop(made);
    const { prefix, conflicts } = made;
    if (conflicts >= MAX_CONFLICTS) return;
    const { now } = this.#parts.services;
    const valid = (made.validUntil - now) as Duration;
    const preferred = (made.preferredUntil - now) as Duration;
    if (made.temporary) this.#makeTemporary(prefix, valid, preferred, conflicts + 1);
    else this.#makeStable(prefix, valid, preferred, conflicts + 1);
    this.#look();
  }

  clear(): void {
    for (const made of [...this.#made]) this.#drop(made);
    this.#arm(NEVER);
  }

  expired(): void {
    this.#parts.services.trace?.fired("nd", this, "address");
    this.#look();
  }

  /** RFC 4862 §5.5.3 (e), RFC 8981 §3.4. */
  #extend(made: Made, valid: Duration, preferred: Duration): void {
    const { now } = this.#parts.services;
    const remaining = made.validUntil - now;
    if (valid > TWO_HOURS || valid > remaining) made.validUntil = later(now, valid);
    else if (remaining > TWO_HOURS) made.validUntil = later(now, TWO_HOURS);
    made.validUntil = Math.min(made.validUntil, made.lastValid) as Instant;
    made.preferredUntil = Math.min(later(now, preferred), made.lastPreferred) as Instant;
  }

  #makeStable(prefix: IpAddress, valid: Duration, preferred: Duration, conflicts: number): void {
    const { identifiers, on, services } = this.#parts;
    const address = identifiers.stable(prefix, on.mac, conflicts);
    this.#make({
      prefix,
      address,
      temporary: false,
      validUntil: later(services.now, valid),
      preferredUntil: later(services.now, preferred),
      conflicts,
      succeeded: false,
      lastValid: NEVER,
      lastPreferred: NEVER,
    });
  }

  /** RFC 8981 §3.3, §3.4: for a day at most, less up to 0.4 of it, so that hosts do not change all at once. */
  #makeTemporary(prefix: IpAddress, valid: Duration, preferred: Duration, conflicts: number): void {
    const { identifiers, on, services } = this.#parts;
    const { now, random } = services;
    const desync = below(random, Math.floor(TEMP_PREFERRED_LIFETIME * 0.4));
    const lastPreferred = later(now, (TEMP_PREFERRED_LIFETIME - desync) as Duration);
    const lastValid = later(now, TEMP_VALID_LIFETIME);
    const isTaken = (address: IpAddress): boolean => on.addresses.some((own) => own.address.equals(address));
    this.#make({
      prefix,
      address: identifiers.temporary(prefix, isTaken),
      temporary: true,
      validUntil: Math.min(later(now, valid), lastValid) as Instant,
      preferredUntil: Math.min(later(now, preferred), lastPreferred) as Instant,
      conflicts,
      succeeded: false,
      lastValid,
      lastPreferred,
    });
  }

  #make(made: Made): void {
    const { on, addressing } = this.#parts;
    if (this.#made.length >= MAX_ADDRESSES) return;
    if (on.addresses.some(({ address }) => address.equals(made.address))) return;
    this.#made.push(made);
    const own = { address: made.address, prefixLength: ADDRESS_BITS };
    addressing.add(on, own, "probe", made.temporary);
    if (this.#router !== undefined) this.#toldBy(this.#router, made);
  }

  /** RFC 6724 §5, rule 5.5: which routers have told of the prefix of an address. */
  #toldBy(router: IpAddress, { address }: Made): void {
    const { on } = this.#parts;
    const own = on.local.find(address);
    if (own === undefined || own.routers.length >= MAX_ROUTERS) return;
    if (own.routers.some((one) => one.equals(router))) return;
    own.routers = [...own.routers, router];
    on.addressesChanged();
  }

  /** Whose time is over goes; who is no longer preferred, or is again, is marked so; and the next time is awaited. */
  #look(): void {
    const { now } = this.#parts.services;
    let next: Instant = NEVER;
    for (const made of [...this.#made]) {
      if (made.validUntil <= now) {
        this.#drop(made);
        continue;
      }
      const deprecated = made.preferredUntil <= now;
      this.#mark(made, deprecated);
      if (made.temporary && !made.succeeded) this.#succeed(made);
      const regenerate = (made.preferredUntil - REGEN_ADVANCE) as Instant;
      const due = made.temporary && !made.succeeded ? regenerate : made.preferredUntil;
      next = Math.min(next, deprecated ? made.validUntil : due) as Instant;
    }
    this.#arm(next);
  }

  /** RFC 8981 §3.4: shortly before it is deprecated, the next one is made. */
  #succeed(made: Made): void {
    const { now } = this.#parts.services;
    if (made.preferredUntil - REGEN_ADVANCE > now) return;
    made.succeeded = true;
    const stable = this.#made.find((one) => !one.temporary && one.prefix.equals(made.prefix));
    if (stable === undefined) return;
    const preferred = (stable.preferredUntil - now) as Duration;
    if (preferred > REGEN_ADVANCE) {
      this.#makeTemporary(made.prefix, (stable.validUntil - now) as Duration, preferred, 0);
    }
  }

  #mark({ address }: Made, deprecated: boolean): void {
    const { on } = this.#parts;
    const own = on.local.list.find((one) => one.address.equals(address));
    const from = deprecated ? "preferred" : "deprecated";
    if (own?.state !== from) return;
    own.state = deprecated ? "deprecated" : "preferred";
    on.addressesChanged();
  }

  #drop(made: Made): void {
    this.#made.splice(this.#made.indexOf(made), 1);
    this.#parts.addressing.remove(this.#parts.on, made.address);
  }

  #arm(at: Instant): void {
    if (at === NEVER) this.#timer.cancel();
    else this.#timer.set(at);
    this.#parts.services.trace?.armed("nd", this, "address", at);
  }
}

/** A lifetime as a message has it, in seconds: 0xffffffff is for ever. */
export function lifetimeOf(field: number): Duration {
  return field === 0xffff_ffff ? (Number.POSITIVE_INFINITY as Duration) : seconds(field);
}
