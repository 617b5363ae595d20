/**
 * Network address translation on the hooks of a router: RFC 3022, with the behaviour of RFC 4787 (UDP), 5382 (TCP) and
 * 5508 (ICMP). Before routing, rules and mappings decide whom a connection is really for. After it, they decide by
 * which address it leaves. The connection remembers both, and each of its datagrams is changed accordingly.
 */

import { AddressMap } from "../base/address-map.ts";
import { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { Passage } from "../contract/forwarding.ts";
import { PRIORITY } from "../forward/hooks.ts";
import type { Router } from "../forward/router.ts";
import type { Connection, Direction, Holding } from "../track/connection.ts";
import { setDestinationPort, setSourcePort } from "../track/ports.ts";
import { QuotedPassage } from "../track/quoted-passage.ts";
import { BEHAVIOURS, type Behaviour } from "./behaviour.ts";
import { type MappedEndpoint, Mapping } from "./mapping.ts";
import { MappingTable } from "./mapping-table.ts";

/** Whom a connection is for instead of whom it names. */
export interface NewDestination {
  readonly address: IpAddress;
  /** 0: the port that it names. */
  readonly port: number;
}

/** By which address a connection leaves. */
export interface NewSource {
  /** Undefined: by that of the interface by which it leaves (masquerade). */
  readonly address: IpAddress | undefined;
  readonly behaviour: Behaviour;
}

/** The rules, as a translator asks them; only about the first datagram of a connection. */
export interface TranslationRules {
  /** A `Drop` if it is to be led elsewhere, and cannot. */
  destinationFor(passage: Passage): NewDestination | Drop | undefined;
  sourceFor(passage: Passage): NewSource | undefined;
}

/** What a translator has counted. */
export class TranslationCounters {
  /** Datagrams with another source, or another destination. */
  translated = 0;
  /** ICMP errors that were translated, with what they quote. */
  errors = 0;
}

/** For connections that a rule has led back. */
const HAIRPIN: Behaviour = BEHAVIOURS["linux"] as Behaviour;

/** Translates addresses and ports. */
export class Translator {
  readonly mappings: MappingTable;
  readonly counters: TranslationCounters = new TranslationCounters();
  /** Addresses of ours that are used only as long as they are: those of `masquerade`. */
  readonly borrowed: AddressMap<true> = new AddressMap();
  readonly #rules: TranslationRules;
  readonly #quoted: QuotedPassage = new QuotedPassage();
  readonly #undo: readonly (() => void)[];

  constructor({ services, hooks }: Router, rules: TranslationRules) {
    this.#rules = rules;
    this.mappings = new MappingTable(services.random.fork("nat"));
    const destination = (passage: Passage): Drop => this.#translateDestination(passage);
    const source = (passage: Passage): Drop => this.#translateSource(passage);
    this.#undo = [
      hooks.add("prerouting", destination, PRIORITY.translateDestination),
      hooks.add("output", destination, PRIORITY.translateDestination),
      hooks.add("input", source, PRIORITY.translateSource),
      hooks.add("postrouting", source, PRIORITY.translateSource),
    ];
  }

  /** Translates no longer. */
  close(): void {
    for (const undo of this.#undo) undo();
  }

  // ── the destination, before routing ──────────────────────────────────────────────────────────────────

  #translateDestination(passage: Passage): Drop {
    const direction = passage.direction as Direction | undefined;
    if (direction === undefined) return Drop.none;
    const { connection, other } = direction;
    if (passage.state === "related") return this.#translateError(passage, direction);
    if (!connection.destinationChosen) {
      connection.destinationChosen = true;
      const refused = this.#chooseDestination(passage, connection);
      if (refused !== Drop.none) return refused;
    }
    // The other direction is from whom this one is really for.
    if (passage.destination.equals(other.source) && direction.destinationPort === other.sourcePort)
      return Drop.none;
    this.counters.translated++;
    passage.codec.rewrite(passage, passage.source, other.source);
    if (direction.destinationPort !== other.sourcePort) setDestinationPort(passage, other.sourcePort);
    return Drop.none;
  }

  #chooseDestination(passage: Passage, connection: Connection): Drop {
    const { original, reply, protocol } = connection;
    const chosen = this.#rules.destinationFor(passage);
    if (chosen !== undefined) {
      if (typeof chosen === "number") return chosen;
      reply.source = chosen.address;
      if (chosen.port !== 0) reply.sourcePort = chosen.port;
      return Drop.none;
    }
    if (passage.from === undefined) return Drop.none;
    const caller: MappedEndpoint = { address: original.source, port: original.sourcePort };
    const { destination, destinationPort } = original;
    const mapping = this.mappings.fromOutside(protocol, destination, destinationPort, caller);
    if (mapping === undefined || mapping.internal.address.equals(original.source)) return Drop.none;
    if (!this.#admits(mapping, connection)) return Drop.notAskedFor;
    reply.source = mapping.internal.address;
    reply.sourcePort = mapping.internal.port;
    connection.holding = mapping;
    return Drop.none;
  }

  /** From outside, or from another host inside by its own external port (RFC 4787 REQ-9). */
  #admits(mapping: Mapping, { protocol, original }: Connection): boolean {
    const { behaviour, external } = mapping;
    const caller: MappedEndpoint = { address: original.source, port: original.sourcePort };
    const inside = this.mappings.fromInside(protocol, caller, external, behaviour);
    if (inside === undefined) return mapping.admits(caller.address, caller.port);
    return behaviour.hairpin && mapping.admits(inside.external.address, inside.external.port);
  }

  // ── the source, after routing ────────────────────────────────────────────────────────────────────────

  #translateSource(passage: Passage): Drop {
    const direction = passage.direction as Direction | undefined;
    if (direction === undefined) return this.#keepInside(passage);
    const { connection, other } = direction;
    if (passage.state === "related") return this.#translateErrorSource(passage, direction);
    if (!connection.sourceChosen) {
      connection.sourceChosen = true;
      const refused = this.#chooseSource(passage, connection);
      if (refused !== Drop.none) return refused;
    }
    if (passage.source.equals(other.destination) && direction.sourcePort === other.destinationPort)
      return Drop.none;
    this.counters.translated++;
    passage.codec.rewrite(passage, other.destination, passage.destination);
    if (direction.sourcePort !== other.destinationPort) setSourcePort(passage, other.destinationPort);
    return Drop.none;
  }

  /** What belongs to no connection, whether it is invalid or not tracked, is not let out by a rule that would have translated it. */
  #keepInside(passage: Passage): Drop {
    if (passage.from === undefined || passage.through === undefined) return Drop.none;
    return this.#rules.sourceFor(passage) === undefined ? Drop.none : Drop.untranslatable;
  }

  #chooseSource(passage: Passage, connection: Connection): Drop {
    const { original, reply, protocol } = connection;
    const { through, codec } = passage;
    if (through === undefined) return Drop.none;
    const rule = this.#hairpin(passage, connection) ?? this.#rules.sourceFor(passage);
    if (rule === undefined) return Drop.none;
    const external = rule.address ?? codec.sourceOn(through, passage.destination);
    // As Linux's masquerade: while the interface has no such address, a private one must not leave in its place.
    if (external === undefined) return Drop.untranslatable;
    if (external.equals(original.source)) return Drop.none;
    const internal: MappedEndpoint = { address: original.source, port: original.sourcePort };
    const remote: MappedEndpoint = { address: original.destination, port: original.destinationPort };
    const mapping =
      this.mappings.fromInside(protocol, internal, remote, rule.behaviour) ??
      this.mappings.make(protocol, internal, remote, external, rule.behaviour);
    if (mapping === undefined) return Drop.portsExhausted;
    if (rule.address === undefined) this.borrowed.set(external, true);
    reply.destination = mapping.external.address;
    reply.destinationPort = mapping.external.port;
    // A connection to a mapping of another host holds that one already: both must last as long as it does.
    connection.holding = connection.holding === undefined ? mapping : bothOf(connection.holding, mapping);
    return Drop.none;
  }

  /**
   * The destination was translated to a host on the link that the datagram came from. Answered directly, it would come
   * from an address that the caller has not called: so it leaves by the address that was called (RFC 4787 REQ-9a).
   */
  #hairpin({ from, through }: Passage, { original, reply, holding }: Connection): NewSource | undefined {
    if (from === undefined || from !== through || reply.source.equals(original.destination)) return undefined;
    const behaviour = holding instanceof Mapping ? holding.behaviour : HAIRPIN;
    return { address: original.destination, behaviour };
  }

  // ── ICMP errors ──────────────────────────────────────────────────────────────────────────────────────

  /**
   * RFC 5508 §4.2: an error travels as answers do, and quotes what went the other way. Both are translated: whom the
   * error is for, and the quoted datagram, into what its sender has sent.
   */
  #translateError(passage: Passage, direction: Direction): Drop {
    const { other } = direction;
    if (!isTranslated(direction)) return Drop.none;
    this.counters.errors++;
    this.#quoted.within(passage, (inner) => {
      inner.codec.rewrite(inner, other.source, other.destination);
      setSourcePort(inner, other.sourcePort);
      setDestinationPort(inner, other.destinationPort);
      return true;
    });
    passage.codec.rewrite(passage, passage.source, other.source);
    passage.codec.finishIcmp(passage);
    return Drop.none;
  }

  /** RFC 5508 REQ-5: where hosts are hidden, those that report errors are, too. */
  #translateErrorSource(passage: Passage, { source, other }: Direction): Drop {
    if (passage.through === undefined || other.destination.equals(source)) return Drop.none;
    passage.codec.rewrite(passage, other.destination, passage.destination);
    passage.codec.finishIcmp(passage);
    return Drop.none;
  }
}

function isTranslated({ source, sourcePort, destination, destinationPort, other }: Direction): boolean {
  return !(
    source.equals(other.destination) &&
    destination.equals(other.source) &&
    sourcePort === other.destinationPort &&
    destinationPort === other.sourcePort
  );
}

function bothOf(one: Holding, other: Holding): Holding {
  return {
    hold: (connection) => {
      one.hold(connection);
      other.hold(connection);
    },
    release: (connection) => {
      one.release(connection);
      other.release(connection);
    },
  };
}
