/** Runs a scenario in virtual time, and gives what is known of the run. */

import type { EventLog } from "tapstack/events";
import type { Intervention } from "tapstack/lab";
import type { RunRecord } from "../record/run-record.ts";
import { MOST_EVENTS, recordOf, wholeRun } from "../record/run-record-of.ts";
import type { Scenario, Values } from "../scenario.ts";
import { failureWords } from "./failure-words.ts";
import { RecordedLab } from "./recorded-lab.ts";

/** What makes a run: the same gives the same. */
export interface RunWish {
  readonly values: Values;
  readonly seed: number;
  /** What is done to the network besides what the scenario does. */
  readonly interventions: readonly Intervention[];
}

/** Octets of events that are kept for explanations. */
const LOG_OCTETS = 128 << 20;

/** Runs it to its end. A scenario that fails has a record too, up to there. */
export async function runScenario(scenario: Scenario, wish: RunWish): Promise<RunRecord> {
  return (await runWithLog(scenario, wish)).record;
}

/** Runs a scenario, and keeps the log of all hosts: event `index` of the record has the number `record.first + index` there. */
export async function runWithLog(
  scenario: Scenario,
  wish: RunWish,
): Promise<{ readonly record: RunRecord; readonly log: EventLog }> {
  const lab = new RecordedLab({ seed: wish.seed, events: { octets: LOG_OCTETS } });
  const log = lab.events;
  let failure = "";
  try {
    const { whole, later } = split(wish.interventions);
    if (whole.length > 0) lab.intervene(whole);
    const work = scenario.run(lab, wish.values);
    work.catch(() => undefined); // it may fail before anybody waits for it
    if (later.length > 0) lab.intervene(later);
    await work;
  } catch (error) {
    // A run that is too long to be shown was ended by us.
    if (log.last < MOST_EVENTS) failure = failureWords(error);
  }
  const record = recordOf(log, lab.book, wholeRun(log, lab.time.now(), failure));
  lab.close();
  return { record, log };
}

/** Those that name hosts or cables can be planned only when there are any; the others come before everything. */
function split(interventions: readonly Intervention[]): {
  readonly whole: readonly Intervention[];
  readonly later: readonly Intervention[];
} {
  const isPacket = (one: Intervention): boolean => "when" in one;
  return { whole: interventions.filter(isPacket), later: interventions.filter((one) => !isPacket(one)) };
}
