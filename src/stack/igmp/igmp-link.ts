/** IGMP on one interface: which versions routers speak there (RFC 3376 §7.2), and the messages of that version. */
import type { IpAddress } from "../base/ip-address.ts";
import type { Send } from "../base/send.ts";
import { type Instant, later } from "../base/time.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";
import type { Layer } from "../contract/reasons/row.ts";
import type { Services } from "../contract/services.ts";
import { LinkReporter, type ReportSender } from "../multicast/link-reporter.ts";
import type { AnyRecord } from "../multicast/packing.ts";
import type { IgmpSender } from "./igmp-sender.ts";

/** What is known of one interface. */
export class IgmpLink implements ReportSender {
  readonly layer: Layer = "igmp";
  readonly on: NetworkInterface;
  readonly reporter: LinkReporter;
  readonly #services: Services;
  readonly #sender: IgmpSender;
  /** A router of that version is there until then. */
  #version1Until: Instant = 0 as Instant;
  #version2Until: Instant = 0 as Instant;

  constructor(services: Services, sender: IgmpSender, on: NetworkInterface) {
    this.#services = services;
    this.#sender = sender;
    this.on = on;
    this.reporter = new LinkReporter(services, this);
  }

  get older(): boolean {
    const { now } = this.#services;
    return now < this.#version1Until || now < this.#version2Until;
  }

  /** A query of version 1 or 2: from now on, and for some time, what such a router knows. */
  heardOlder(version: number): void {
    const before = this.older;
    const until = later(this.#services.now, this.reporter.olderTimeout);
    if (version === 1) this.#version1Until = until;
    else this.#version2Until = until;
    if (!before) this.reporter.versionChanged();
  }

  sendRecords(records: readonly AnyRecord[], why: Send): void {
    this.#sender.report(records, this.on, why);
  }

  sendOldReport(group: IpAddress, why: Send): void {
    this.#sender.oldReport(group, this.#knowsNoLeaving, this.on, why);
  }

  /** A router of version 1 knows no leaving (RFC 3376 §7.2.2). */
  sendOldLeave(group: IpAddress, why: Send): void {
    if (!this.#knowsNoLeaving) this.#sender.leave(group, this.on, why);
  }

  get #knowsNoLeaving(): boolean {
    return this.#services.now < this.#version1Until;
  }
}
