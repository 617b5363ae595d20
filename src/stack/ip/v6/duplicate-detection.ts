/** Duplicate Address Detection: RFC 4862 §5.4, with the nonces of RFC 7527. */
import { AddressMap } from "../../base/address-map.ts";
import { Drop } from "../../base/drop.ts";
import { IPV6_ANY, type IpAddress } from "../../base/ip-address.ts";
import { below } from "../../base/random.ts";
import { Send } from "../../base/send.ts";
import { type Duration, type Instant, later, NEVER, seconds } from "../../base/time.ts";
import { Timer, type TimerOwner } from "../../base/timer-queue.ts";
import type { Services } from "../../contract/services.ts";
import type { OwnAddress } from "../../interface/interface-addresses.ts";
import type { ResolverInterface } from "../../interface/resolver.ts";
import { ND_NEIGHBOUR_SOLICITATION } from "../../wire/icmpv6.ts";
import {
  type NdOptions,
  NEIGHBOUR_MESSAGE_BYTES,
  NONCE_OPTION_BYTES,
  writeNonceOption,
} from "../../wire/nd.ts";
import { solicitedNode } from "./groups.ts";
import type { LinkParameters } from "./link-parameters.ts";
import type { NdSender } from "./nd-sender.ts";

/** DupAddrDetectTransmits (RFC 4862 §5.1). */
const TRANSMITS = 1;
/** RFC 7527 §4.1: MAX_MULTICAST_SOLICIT more once a probe has come back to us. */
const TRANSMITS_ON_LOOP = 3;
/** MAX_RTR_SOLICITATION_DELAY (RFC 4861 §10): the first message on a link waits so long at most. */
const FIRST_DELAY: Duration = seconds(1);

/** What the detection needs of Neighbour Discovery. */
export interface DetectionHost {
  readonly services: Services;
  readonly on: ResolverInterface;
  readonly link: LinkParameters;
  readonly sender: NdSender;
  /** Nobody else was found to have the address, and it is in use now. */
  unique(own: OwnAddress): void;
  /** Somebody has the address already: it will not be used. */
  duplicate(own: OwnAddress): void;
}

/** One address that is asked for. */
class Detection implements TimerOwner {
  readonly own: OwnAddress;
  readonly timer: Timer;
  probesLeft: number = TRANSMITS;
  looped = false;
  readonly nonces: [number, number][] = [];
  readonly #step: (detection: Detection) => void;

  constructor(services: Services, own: OwnAddress, step: (detection: Detection) => void) {
    this.own = own;
    this.timer = new Timer(services.timers, this);
    this.#step = step;
  }

  expired(): void {
    this.#step(this);
  }
}

/** Finds out for one interface whether somebody else has an address. */
export class DuplicateDetection {
  readonly #host: DetectionHost;
  readonly #running: AddressMap<Detection> = new AddressMap();
  #first = true;

  constructor(host: DetectionHost) {
    this.#host = host;
  }

  /** @param soon - without the delay that keeps many hosts from asking all at once */
  start(own: OwnAddress, soon: boolean): void {
    const { services } = this.#host;
    const detection = new Detection(services, own, (one) => {
      services.trace?.fired("nd", one, "address");
      this.#advance(one);
    });
    this.#running.set(own.address, detection);
    own.state = "tentative";
    const wait = this.#first || !soon ? below(services.random, FIRST_DELAY) : 0;
    this.#first = false;
    this.#arm(detection, later(services.now, wait as Duration));
  }

  stop(address: IpAddress): void {
    const detection = this.#running.get(address);
    if (detection === undefined) return;
    this.#arm(detection, NEVER);
    this.#running.delete(address);
  }

  stopAll(): void {
    for (const address of [...this.#running.keys()]) this.stop(address);
    this.#first = true;
  }

  /**
   * Somebody asks for the tentative address, as we do (RFC 4862 §5.4.3): another host, unless it is our own probe that
   * a loop in the link has brought back (RFC 7527 §4.2).
   */
  solicited(address: IpAddress, options: NdOptions): Drop {
    const detection = this.#running.get(address);
    if (detection === undefined) return Drop.notOurTarget;
    const { hasNonce, nonceHigh, nonceLow } = options;
    if (hasNonce && detection.nonces.some(([high, low]) => high === nonceHigh && low === nonceLow)) {
      if (!detection.looped) detection.probesLeft = TRANSMITS_ON_LOOP;
      detection.looped = true;
      return Drop.ownEcho;
    }
    return this.#conflict(detection);
  }

  /** Somebody tells that the tentative address is its own (RFC 4862 §5.4.4). */
  advertised(address: IpAddress): Drop {
    const detection = this.#running.get(address);
    return detection === undefined ? Drop.notOurTarget : this.#conflict(detection);
  }

  #conflict(detection: Detection): Drop {
    const { on } = this.#host;
    on.ndCounters.ndConflicts++;
    this.stop(detection.own.address);
    detection.own.state = "duplicate";
    this.#host.duplicate(detection.own);
    return Drop.probeConflict;
  }

  #advance(detection: Detection): void {
    const { services, link } = this.#host;
    if (detection.probesLeft > 0) {
      detection.probesLeft--;
      this.#probe(detection);
      this.#arm(detection, later(services.now, link.retransTimer));
      return;
    }
    this.#running.delete(detection.own.address);
    detection.own.state = "preferred";
    this.#host.unique(detection.own);
  }

  #probe(detection: Detection): void {
    const { services, sender, on } = this.#host;
    const { address } = detection.own;
    const nonce: [number, number] = [services.random.bits() & 0xffff, services.random.bits() | 0];
    detection.nonces.push(nonce);
    const packet = sender.message(ND_NEIGHBOUR_SOLICITATION, 0, NEIGHBOUR_MESSAGE_BYTES + NONCE_OPTION_BYTES);
    address.write(packet.view, packet.start + 8);
    writeNonceOption(packet.view, packet.start + NEIGHBOUR_MESSAGE_BYTES, ...nonce);
    on.ndCounters.ndOutSolicits++;
    sender.send(packet, IPV6_ANY, solicitedNode(address), undefined, Send.duplicateProbe);
  }

  #arm(detection: Detection, at: Instant): void {
    if (at === NEVER) detection.timer.cancel();
    else detection.timer.set(at);
    this.#host.services.trace?.armed("nd", detection, "address", at);
  }
}
