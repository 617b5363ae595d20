/** Why something was done: in words, with what decided it, and the chain of what led to it. */
import type { DROPS, SENDS } from "tapstack/explain";
import { labelOf } from "../model/flight-kinds.ts";
import { formatNumber, formatSpan, formatTime, wordsOf } from "../model/format.ts";
import type { RunModel } from "../model/run-model.ts";
import { type Flight, NUMBER_NAMES, type RunEvent } from "../record/run-record.ts";
import { h } from "./dom.ts";
import { type Fork, packetForks } from "./forks.ts";
import type { Store, View } from "./store.ts";

/** Links of a chain that are shown at once. */
const MOST_LINKS = 40;

type Texts = { readonly DROPS: typeof DROPS; readonly SENDS: typeof SENDS };
type Row = Texts["SENDS"][keyof Texts["SENDS"]];

/** Shows the chosen event, or what had happened last at the cursor. */
export class Explanation {
  readonly #root: HTMLElement;
  readonly #store: Store;
  readonly #fork: (fork: Fork) => void;
  #texts: Texts | undefined = undefined;
  #loading = false;

  /** @param fork - shows the other future in which that has happened */
  constructor(root: HTMLElement, store: Store, fork: (fork: Fork) => void) {
    this.#root = root;
    this.#store = store;
    this.#fork = fork;
  }

  update(view: View): void {
    const { model, event, flight } = view;
    if (model === undefined) return;
    if (event === undefined && flight === undefined) {
      this.#root.replaceChildren(
        h("p", { class: "empty" }, "Click an arrow: here it says why that segment was sent."),
        h(
          "p",
          { class: "empty" },
          "Or a mark on a host's line: a timer that fired, a change of state, a packet that was dropped.",
        ),
      );
      return;
    }
    this.#load();
    const title = flight === undefined ? titleOf(model, event as RunEvent) : labelOf(model, flight);
    this.#root.replaceChildren(
      h("h3", {}, title),
      ...(flight === undefined ? [] : [h("p", {}, journey(model, view))]),
      ...(event === undefined ? [] : this.#reasons(model, event, view.why)),
      ...(flight === undefined ? [] : this.#fate(model, flight)),
      ...(event !== undefined && event.numbers >= 0 ? [numbersOf(model, event)] : []),
    );
  }

  #reasons(model: RunModel, event: RunEvent, why: string): Node[] {
    const lines = why === "" ? [] : why.split("\n").map((line) => h("p", { class: "why" }, line));
    return [...lines, ...this.#words(event, why === ""), this.#chain(model, event)];
  }

  /** How it was lost, or what could have become of it. */
  #fate(model: RunModel, flight: Flight): Node[] {
    const loss = flight.loss < 0 ? undefined : model.record.events[flight.loss];
    if (loss !== undefined) return [h("p", { class: "lost" }, `It was lost: ${this.#meaning(loss)}`)];
    return flight.arrival < 0 || flight.nth === 0 || isLive() ? [] : [this.#otherwise(model, flight)];
  }

  /** The past may be changed, and that is the next thing to try. */
  #otherwise(model: RunModel, flight: Flight): Node {
    const [drop, late] = packetForks(model, flight);
    const button = (words: string, fork: Fork | undefined): Node =>
      h("button", { type: "button", click: () => fork !== undefined && this.#fork(fork) }, words);
    return h(
      "div",
      { class: "otherwise" },
      h("h3", {}, "What if …"),
      button("it had been lost?", drop),
      button("it had come half a second later?", late),
    );
  }

  /** Short words until the worker has found longer ones. */
  #words(event: RunEvent, short: boolean): Node[] {
    const words: Node[] = short ? [h("p", { class: "why" }, this.#meaning(event))] : [];
    const rfc = this.#row(event)?.where[event.layer as keyof Row["where"]] ?? "";
    if (rfc !== "") words.push(h("p", { class: "rfc" }, ...linked(rfc)));
    return words;
  }

  /** The texts of reasons are not loaded until somebody asks why. */
  #load(): void {
    if (this.#loading) return;
    this.#loading = true;
    import("./texts.ts").then(
      (texts) => {
        this.#texts = texts;
        this.update(this.#store.view);
      },
      () => {
        this.#loading = false; // offline, and not in the cache: with the next choice once more
      },
    );
  }

  /** The row of its reason in the table; undefined of none, and before there is a table. */
  #row(event: RunEvent): Row | undefined {
    const table: Readonly<Record<string, Row>> | undefined =
      event.kind === "dropped" ? this.#texts?.DROPS : this.#texts?.SENDS;
    return table?.[event.reason];
  }

  /** What its reason means. */
  #meaning(event: RunEvent): string {
    const row = this.#row(event);
    if (row !== undefined) return row.meaning;
    if (event.kind === "timer") return "A timer: what it is due to is what armed it.";
    if (event.kind !== "state") return "";
    return `The connection goes from ${event.detail["from"]} to ${event.detail["to"]}.`;
  }

  #chain(model: RunModel, event: RunEvent): Node {
    const chain = model.chain(event);
    const items = chain.slice(1, MOST_LINKS).map((link) =>
      h(
        "li",
        {},
        h(
          "button",
          {
            type: "button",
            class: "link",
            click: () => this.#store.choose(link, model.flightOf(link), link.time),
          },
          `${formatTime(link.time, model.end)} ${hostOf(model, link)}: ${titleOf(model, link)}`,
        ),
      ),
    );
    if (items.length === 0) return h("p", { class: "rfc" }, rootWords(event));
    const last = chain.at(-1) as RunEvent;
    return h(
      "details",
      { open: true },
      h("summary", {}, "Due to"),
      h("ol", { class: "chain" }, ...items),
      h("p", { class: "rfc" }, rootWords(last)),
    );
  }
}

/** "RFC 9293 §3.10.1" with a link to the section. */
function linked(text: string): (Node | string)[] {
  return text.split(/(RFC \d+(?: §[A-Z\d.]+)?)/).map((part) => {
    const [, number, section] = /^RFC (\d+)(?: §([A-Z\d.]+))?$/.exec(part) ?? [];
    if (number === undefined) return part;
    const name = /^\d/.test(section ?? "") ? "section" : "appendix";
    const anchor = section === undefined ? "" : `#${name}-${section.replace(/\.$/, "")}`;
    return h(
      "a",
      { href: `https://www.rfc-editor.org/rfc/rfc${number}${anchor}`, target: "_blank", rel: "noreferrer" },
      part,
    );
  });
}

/** What a running stack has done cannot be run again. */
function isLive(): boolean {
  return document.documentElement.dataset["live"] === "yes";
}

function rootWords(event: RunEvent): string {
  if (event.kind === "call") return "It begins with this call of the application.";
  return "It begins here.";
}

function journey(model: RunModel, { flight, event }: View): string {
  if (flight === undefined) return "";
  const { hosts } = model.record;
  const waited = event === undefined ? 0 : flight.sent - event.time;
  const made = waited > 0 ? `, ${formatSpan(waited)} after it was made: it had to wait for its way out` : "";
  const from = `${hosts[flight.from]} sends it at ${formatTime(flight.sent, model.end)}${made}`;
  if (flight.arrival < 0) return `${from}; it never arrives.`;
  return `${from}; ${hosts[flight.to]} has it ${formatSpan(flight.arrived - flight.sent)} later. ${flight.size} octets.`;
}

function hostOf(model: RunModel, event: RunEvent): string {
  return model.record.hosts[event.host] ?? "";
}

/** An event in a few words. */
export function titleOf(model: RunModel, event: RunEvent): string {
  const { detail } = event;
  switch (event.kind) {
    case "received": {
      const flight =
        typeof detail["flight"] === "number" ? model.record.flights[detail["flight"]] : undefined;
      return flight === undefined
        ? `receives ${detail["octets"]} octets`
        : `receives ${labelOf(model, flight)}`;
    }
    case "segment":
    case "sent":
      return `sends (${wordsOf(event.reason)})`;
    case "dropped":
      return `drops (${wordsOf(event.reason)})`;
    case "withheld":
      return `does not answer (${wordsOf(event.reason)})`;
    case "held":
      return `holds ${formatNumber(Number(detail["unsent"]))} octets (${wordsOf(event.reason)})`;
    case "timer":
      return `${detail["purpose"]} timer ${detail["what"]}${detail["what"] === "armed" ? ` for ${formatTime(Number(detail["at"]), model.end)}` : ""}`;
    case "state":
      return `${detail["from"]} → ${detail["to"]}`;
    case "call":
      return `the application calls ${detail["call"]}${Number(detail["octets"]) > 0 ? `, ${formatNumber(Number(detail["octets"]))} octets` : ""}`;
    case "woken":
      return "the application is woken";
    case "delayed":
      return `waits (${wordsOf(event.reason)})`;
    case "cut":
      return `is cut into ${detail["pieces"]} (${wordsOf(event.reason)})`;
    case "merged":
      return `is put together from ${detail["pieces"]} (${wordsOf(event.reason)})`;
    case "text":
      return `keeps ${formatNumber(Number(detail["octets"]))} octets of text`;
    case "ended":
      return `${detail["call"]} ends`;
    case "window":
      return "windows or round trips have changed";
    default:
      return event.kind;
  }
}

const SHOWN = [
  "cwnd",
  "ssthresh",
  "inFlight",
  "sndWnd",
  "srtt",
  "rto",
  "mss",
  "duplicateAcks",
  "sacked",
] as const;

function numbersOf(model: RunModel, event: RunEvent): Node {
  const cells = SHOWN.filter((name) => NUMBER_NAMES.includes(name)).flatMap((name) => {
    const value = model.numberOf(event, name);
    const isTime = name === "srtt" || name === "rto";
    return [h("dt", {}, name), h("dd", {}, isTime ? formatSpan(value) : formatNumber(value))];
  });
  return h(
    "details",
    { open: true },
    h("summary", {}, "What the sender knew then"),
    h("dl", { class: "numbers" }, ...cells),
  );
}
