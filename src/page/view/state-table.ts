/** Both ends of a connection at the instant of the cursor: the TCB by the names of the RFCs, buffers and timers. */
import { formatNumber, formatSpan, formatTime } from "../model/format.ts";
import type { EndState, RunModel } from "../model/run-model.ts";
import type { NumberName } from "../record/run-record.ts";
import { h } from "./dom.ts";
import type { View } from "./store.ts";

/** How a number is shown. */
type Show = "octets" | "own" | "peer" | "span" | "count" | "recovery";

/** Rows: what the RFCs call it, our name, and what kind of number it is. */
const ROWS: readonly (readonly [title: string, name: NumberName, show: Show])[] = [
  ["SND.UNA", "sndUna", "own"],
  ["SND.NXT", "sndNxt", "own"],
  ["written up to", "sndEnd", "own"],
  ["SND.WND", "sndWnd", "octets"],
  ["largest SND.WND", "sndMaxWnd", "octets"],
  ["RCV.NXT", "rcvNxt", "peer"],
  ["RCV.NXT + RCV.WND", "rcvAdv", "peer"],
  ["not yet read", "held", "octets"],
  ["receive buffer", "receiveBuffer", "octets"],
  ["ranges out of order", "early", "count"],
  ["Eff.snd.MSS", "mss", "octets"],
  ["cwnd", "cwnd", "octets"],
  ["ssthresh", "ssthresh", "octets"],
  ["in flight (pipe)", "inFlight", "octets"],
  ["SACKed", "sacked", "octets"],
  ["duplicate ACKs", "duplicateAcks", "count"],
  ["recovery", "recovery", "recovery"],
  ["RecoveryPoint", "recoveryPoint", "own"],
  ["SRTT", "srtt", "span"],
  ["RTTVAR", "rttvar", "span"],
  ["RTO", "rto", "span"],
  ["retransmissions in a row", "retries", "count"],
  ["text not acknowledged", "unackedText", "octets"],
];

/** A cell that has changed. */
const FLASH: Keyframe[] = [{ background: "color-mix(in srgb, var(--accent) 35%, transparent)" }, {}];
/** Milliseconds without a change after which one is worth it. */
const PAUSE = 120;

const RECOVERY = ["none", "fast", "after a timeout"];
const TIMERS = [
  "retransmission",
  "tail-probe",
  "persist",
  "delayed-ack",
  "reordering",
  "keep-alive",
  "user-timeout",
  "time-wait",
];

/** Writes into the same cells again and again: a slider moves sixty times a second. */
export class StateTable {
  readonly #root: HTMLElement;
  #cells: Map<string, HTMLTableCellElement> = new Map();
  #built = "";
  #now: HTMLParagraphElement | undefined = undefined;
  #updated = 0;
  #flashes = false;

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  update(view: View): void {
    const { model, connection } = view;
    const known = model?.record.connections[connection];
    if (model === undefined || known === undefined) {
      this.#built = "";
      this.#root.replaceChildren(h("p", { class: "empty" }, "No connection of TCP is chosen."));
      return;
    }
    const names = known.hosts.map((host, side) => model.record.hosts[host] ?? known.ends[side] ?? "");
    this.#build(names);
    if (this.#now !== undefined && this.#now.textContent !== view.whyNot) this.#now.textContent = view.whyNot;
    // While the slider moves, everything changes: that something does is worth a flash only where it stands still.
    const now = performance.now();
    this.#flashes = now - this.#updated > PAUSE && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#updated = now;
    for (const side of [0, 1] as const) this.#fill(model, view, side, known.hosts[side]);
  }

  #build(names: readonly string[]): void {
    const key = names.join(" ");
    if (this.#built === key) return;
    this.#built = key;
    this.#cells = new Map();
    const row = (title: string, name: string): HTMLTableRowElement => {
      const cells = [0, 1].map((side) => {
        const cell = h("td", {});
        this.#cells.set(`${name} ${side}`, cell);
        return cell;
      });
      return h("tr", {}, h("th", { scope: "row" }, title), ...cells);
    };
    const heads = names.map((name) => h("th", { scope: "col" }, name));
    this.#now = h("p", { class: "why", role: "status" });
    this.#root.replaceChildren(
      this.#now,
      h(
        "table",
        { class: "state" },
        h("thead", {}, h("tr", {}, h("td", {}), ...heads)),
        h(
          "tbody",
          {},
          row("state", "state"),
          ...ROWS.map(([title, name]) => row(title, name)),
          ...TIMERS.map((purpose) => row(`${purpose} timer`, `timer ${purpose}`)),
        ),
      ),
    );
  }

  #fill(model: RunModel, { connection, cursor }: View, side: 0 | 1, host: number): void {
    const state = model.stateAt(connection, host, cursor);
    this.#put("state", side, state.state === "" ? "–" : state.state);
    for (const [, name, show] of ROWS)
      this.#put(name, side, text(model, connection, side, state, name, show));
    const timers = model.timersAt(connection, host, cursor);
    for (const purpose of TIMERS) {
      const at = timers.get(purpose);
      this.#put(`timer ${purpose}`, side, at === undefined ? "–" : `in ${formatSpan(at - cursor)}`);
    }
  }

  #put(name: string, side: 0 | 1, value: string): void {
    const cell = this.#cells.get(`${name} ${side}`);
    if (cell === undefined || cell.textContent === value) return;
    cell.textContent = value;
    if (this.#flashes) cell.animate(FLASH, 900);
  }
}

function text(
  model: RunModel,
  connection: number,
  side: 0 | 1,
  state: EndState,
  name: NumberName,
  show: Show,
): string {
  const value = state.number(name);
  if (Number.isNaN(value)) return "–";
  switch (show) {
    case "own":
      return formatNumber(model.relative(connection, side, value >>> 0));
    case "peer":
      if (state.state === "syn-sent") return "–"; // nothing of the peer's has come
      return formatNumber(model.relative(connection, side === 0 ? 1 : 0, value >>> 0));
    case "span":
      return value === 0 ? "–" : formatSpan(value);
    case "recovery":
      return RECOVERY[value] ?? formatTime(value);
    default:
      return formatNumber(value);
  }
}
