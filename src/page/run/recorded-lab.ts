/** A lab that has all its hosts listened to. Captures are not among its parts: they would bring the texts of all reasons. */
import { waitingCalls } from "tapstack";
import { VlanTrunk } from "tapstack/drivers/link";
import { Switch } from "tapstack/drivers/memory";
import { QUEUES } from "tapstack/drivers/simulation";
import { EventRing } from "tapstack/events";
import {
  BareLab,
  type HostOptions,
  INTERVENTIONS,
  type LabCable,
  LabHost,
  type LabOptions,
  type LabParts,
} from "tapstack/lab";
import { Firewall, Stack, type Tracer } from "tapstack/stack";
import { FlightBook } from "../record/flight-book.ts";
import { MOST_EVENTS } from "../record/run-record-of.ts";

const PARTS: LabParts<LabHost> = {
  host: (...given) => new LabHost(...given),
  stack: (options) => new Stack(options),
  waits: waitingCalls,
  firewall: (router, rules) => new Firewall(router, rules),
  switch: (...given) => new Switch(...given),
  vlans: (link) => new VlanTrunk(link),
  interventions: INTERVENTIONS,
  queues: QUEUES,
  events: (options) => new EventRing(options),
};

/** A lab, with the book of all frames of its hosts. */
export class RecordedLab extends BareLab<LabHost> {
  readonly book: FlightBook = new FlightBook(() => this.time.now());

  constructor(options: LabOptions) {
    super(options, PARTS);
  }

  override host(name: string, address: string, options: HostOptions = {}): LabHost {
    const { event, frame } = this.book.tracerOf(name);
    const tracer: Tracer = {
      event: (told) => {
        event?.(told);
        if (told.id === MOST_EVENTS) this.#end();
      },
      ...(frame !== undefined && { frame }),
    };
    return super.host(name, address, { ...options, tracer });
  }

  override link(...given: Parameters<BareLab["link"]>): LabCable {
    this.book.plugging = true;
    const cable = super.link(...given);
    this.book.plugging = false;
    return cable;
  }

  /** More than that is not shown: all goes dark, so that the run comes to its end. Not now, in the middle of an entry. */
  #end(): void {
    this.time.defer({
      run: () => {
        for (const host of this.hosts) host.crash();
      },
    });
  }
}
