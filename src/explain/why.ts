/** Why something was done: in words for somebody who learns, with what led to it, and who asks for it. */
import { causeOf, chainOf, type EventLog, type LoggedEvent } from "../events/index.ts";
import { DROPS, SENDS } from "../stack/reasons.ts";
import { decidingNumbers } from "./deciding.ts";
import { moment } from "./format.ts";
import { OTHERWISE, OTHERWISE_DROPPED, TAKEN_ALL_THE_SAME } from "./otherwise.ts";
import { sentenceOf } from "./sentences.ts";

/** Links of a chain that are told in full. */
const MOST_TOLD = 8;

/** An answer to "why?". */
export interface Explanation {
  /** What was done, in a sentence. */
  readonly what: string;
  /** The name of the reason in the table; "" where what was done has none of its own, as what is received. */
  readonly reason: string;
  /** What the reason means. */
  readonly meaning: string;
  /** RFC and section that ask for it. */
  readonly rfc: string;
  /** The numbers that decided; "" where none did. */
  readonly numbers: string;
  /** What would have happened otherwise; "" where that is no question. */
  readonly otherwise: string;
  /** What led to it, the nearest first; ends where it began, or where the log does. */
  readonly chain: readonly LoggedEvent[];
  /** True where there are no events of the sender's own: it is guessed from what is on the wire. */
  readonly inferred: boolean;
  /** All of that, as a paragraph. */
  readonly text: string;
}

/** What the table of reasons says of an event. */
export function reasonOf(event: LoggedEvent): Pick<Explanation, "reason" | "meaning" | "rfc" | "otherwise"> {
  if (!("reason" in event)) return { reason: "", meaning: "", rfc: "", otherwise: "" };
  const { reason, layer, kind } = event;
  const row = kind === "dropped" ? DROPS[reason] : SENDS[reason];
  const otherwise =
    kind === "dropped" ? (OTHERWISE_DROPPED[reason] ?? TAKEN_ALL_THE_SAME) : (OTHERWISE[reason] ?? "");
  return { reason, meaning: row?.meaning ?? "", rfc: row?.where[layer] ?? "", otherwise };
}

/**
 * Why `event` is: a segment that was sent, a packet that was dropped, text that waits; of what has no reason of its
 * own, what led to it.
 *
 * @param event - an event of the log, or its number
 * @throws RangeError for a number that is not in the log
 */
export function why(log: EventLog, event: LoggedEvent | number): Explanation {
  const found = typeof event === "number" ? log.event(event) : event;
  if (found === undefined)
    throw new RangeError(`the log has no event ${String(event)}: it has ${log.first} to ${log.last}`);
  const what = sentenceOf(found);
  const reason = reasonOf(found);
  const numbers = decidingNumbers(found);
  const chain = chainOf(log, found, true).slice(1);
  const parts = { ...reason, what, numbers, chain, inferred: false };
  return { ...parts, text: paragraph(log, found, parts) };
}

function paragraph(log: EventLog, event: LoggedEvent, parts: Omit<Explanation, "text">): string {
  const { what, meaning, reason, rfc, numbers, otherwise, chain } = parts;
  const sentences = [`At ${moment(event.time)} ${what}.`];
  if (meaning !== "") sentences.push(`${meaning} (${reason}; ${rfc}.)`);
  if (numbers !== "") sentences.push(`What decided: ${numbers}.`);
  if (chain.length > 0) sentences.push(chainWords(log, chain));
  if (otherwise !== "") sentences.push(`Otherwise ${otherwise}`);
  return sentences.join(" ");
}

/** The nearest links one after the other, and then where it began. */
function chainWords(log: EventLog, chain: readonly LoggedEvent[]): string {
  const told = chain.slice(0, MOST_TOLD).map((one) => `${sentenceOf(one)} (${moment(one.time)})`);
  const last = chain.at(-1) as LoggedEvent;
  const rest = chain.length - told.length;
  const end =
    rest > 0
      ? `, and so on through ${rest} more; it began when ${sentenceOf(last)} (${moment(last.time)})`
      : "";
  const cut =
    causeOf(log, last) === undefined && last.cause !== 0 ? "; the log does not reach back further" : "";
  return `That is because ${told.join("; because ")}${end}${cut}.`;
}
