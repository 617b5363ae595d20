/** Whether the checker confirms every event of a world, and every chain of causes begins at a call. */
import type { EventFilter, EventLog, LoggedEvent } from "../../../src/events/index.ts";
import { Checker } from "../reasons/check-event.ts";
import { type World, worldOf } from "./world.ts";

/** What came of one seed. */
export interface Explained {
  readonly events: number;
  readonly segments: number;
  readonly drops: number;
  /** What could not be confirmed, each in a line that begins with the number of the event. */
  readonly problems: readonly string[];
}

/** Events that are all decoded, once, with numbers from 1 on. */
export class DecodedLog implements EventLog {
  readonly first = 1;
  readonly last: number;
  readonly hosts: readonly string[];
  readonly #events: readonly LoggedEvent[];

  constructor(log: EventLog) {
    this.#events = [...log.events()];
    this.last = this.#events.length;
    this.hosts = log.hosts;
    if (log.first !== 1 || log.last !== this.last) throw new Error("the ring was too small for this world");
  }

  event(id: number): LoggedEvent | undefined {
    return this.#events[id - 1];
  }

  events(filter: EventFilter = {}): Iterable<LoggedEvent> {
    if (Object.keys(filter).length > 0) throw new Error("this log has no filters");
    return this.#events;
  }
}

/** The world of one seed, made and checked. */
export function explain(seed: number): Explained {
  const world = worldOf(seed);
  try {
    return check(world);
  } finally {
    world.lab.close();
  }
}

/** `change` is applied to each event before the checker sees it. */
export function check(
  world: World,
  change: (event: LoggedEvent) => LoggedEvent = (event) => event,
): Explained {
  const log = new DecodedLog(world.lab.events);
  const checker = new Checker(log, world.premises);
  /** Whether the chain of each event ends at a call. */
  const grounded = new Uint8Array(log.last + 1);
  const problems: string[] = [];
  let segments = 0;
  let drops = 0;
  for (const told of log.events()) {
    const event = change(told);
    const problem = checker.problemOf(event);
    if (problem !== undefined) problems.push(`${event.id} ${problem}`);
    const due = event.cause !== 0 ? event.cause : "sentAs" in event ? event.sentAs : 0;
    grounded[event.id] = due === 0 ? Number(event.kind === "call") : (grounded[due] ?? 0);
    if (grounded[event.id] === 0)
      problems.push(`${event.id} its chain does not begin at a call: ${event.kind}`);
    if (event.kind === "segment") segments++;
    else if (event.kind === "dropped") drops++;
  }
  return { events: log.last, segments, drops, problems };
}
