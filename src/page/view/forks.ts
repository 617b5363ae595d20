/** Another future: what can be done to the segment that is chosen, or to the network from the cursor on. */
import type { Intervention } from "tapstack/lab";
import { labelOf } from "../model/flight-kinds.ts";
import { formatTime } from "../model/format.ts";
import type { RunModel } from "../model/run-model.ts";
import type { Flight } from "../record/run-record.ts";
import { h } from "./dom.ts";
import type { View } from "./store.ts";

/** One intervention, and how the reader sees it. */
export interface Fork {
  readonly title: string;
  readonly intervention: Intervention;
}

/** What could have become of that frame; none of one that no rule can be about. */
export function packetForks(model: RunModel, flight: Flight): readonly Fork[] {
  if (flight.nth === 0) return [];
  const by = model.record.hosts[flight.from] as string;
  const about = { when: { by }, nth: flight.nth } as const;
  const label = labelOf(model, flight);
  const always: Fork[] = [
    { title: `drop ${label}`, intervention: { ...about, do: "drop" } },
    { title: `delay ${label} by 500 ms`, intervention: { ...about, do: "delay", by: "500ms" } },
    { title: `delay ${label} by 50 ms`, intervention: { ...about, do: "delay", by: "50ms" } },
    { title: `send ${label} twice`, intervention: { ...about, do: "duplicate" } },
    { title: `flip a bit of ${label}`, intervention: { ...about, do: "corrupt" } },
  ];
  const field = Number(/\bwin (\d+)/.exec(flight.text)?.[1] ?? 0);
  if (field === 0) return always;
  return [
    ...always,
    { title: `close the window in ${label}`, intervention: { ...about, do: "window", field: 0 } },
    {
      title: `a tenth of the window in ${label}, and from then on`,
      intervention: { ...about, times: "always", do: "window", field: Math.ceil(field / 10) },
    },
  ];
}

/** What could be otherwise. */
function forksOf(model: RunModel, view: View): Fork[] {
  const { flight, cursor } = view;
  const forks: Fork[] = flight === undefined ? [] : [...packetForks(model, flight)];
  const at = `${Math.max(1, Math.round(cursor))}us` as const;
  const when = formatTime(cursor, model.end);
  for (const host of model.record.hosts) {
    forks.push({ title: `at ${when}, ${host} stands still`, intervention: { at, do: "pause", host } });
    forks.push({ title: `at ${when}, ${host} loses its power`, intervention: { at, do: "crash", host } });
    forks.push({
      title: `at ${when}, ${host} is cut off`,
      intervention: { at, do: "partition", these: [host] },
    });
  }
  return forks;
}

/** Fills the menu of forks. */
export function buildForks(root: HTMLElement, view: View, choose: (fork: Fork) => void): void {
  const { model } = view;
  if (model === undefined) return;
  const forks = forksOf(model, view);
  const packet = forks.filter(({ intervention }) => "when" in intervention);
  const network = forks.filter(({ intervention }) => !("when" in intervention));
  const list = (some: readonly Fork[]): Node =>
    h(
      "div",
      { class: "forks" },
      ...some.map((fork) => h("button", { type: "button", click: () => choose(fork) }, fork.title)),
    );
  root.replaceChildren(
    h(
      "p",
      {},
      "The same run again, from the same seed, with one thing changed. It is shown beside this one.",
    ),
    ...(packet.length > 0
      ? [h("h3", {}, "This segment"), list(packet)]
      : [h("p", { class: "empty" }, "Choose a segment to drop, delay or double it.")]),
    h("h3", {}, "From the cursor on"),
    list(network),
  );
}
