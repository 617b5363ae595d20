/** The page begins here. */
import "uplot/dist/uPlot.min.css";
import { Laboratory } from "./laboratory.ts";
import { decodeRecord } from "./record/live-record.ts";
import { TITLES } from "./scenarios/titles.ts";
import { byId, h } from "./view/dom.ts";
import type { Editor } from "./view/editor.ts";
import { Explanation } from "./view/explanation.ts";
import { Plots } from "./view/plots.ts";
import { SequenceView } from "./view/sequence-view.ts";
import { fromHash, type Shared, toHash } from "./view/share.ts";
import { StateTable } from "./view/state-table.ts";
import { Store, type View } from "./view/store.ts";
import { TimeBar } from "./view/time-bar.ts";

const store = new Store();
const laboratory = new Laboratory(store);
const diagram = new SequenceView(byId<HTMLCanvasElement>("diagram-a"), store, false);
const other = new SequenceView(byId<HTMLCanvasElement>("diagram-b"), store, true);
const plots = new Plots(byId("plots"), store);
const why = new Explanation(byId("why"), store, (fork) => void laboratory.try(fork));
const state = new StateTable(byId("state"));
const timeBar = new TimeBar(store);
const sources = import.meta.glob<string>("./scenarios/*.ts", { query: "?raw", import: "default" });
let editor: Editor | undefined;

store.listen((view, changed) => {
  diagram.update(view, changed);
  if (view.other !== undefined || changed.has("other")) other.update(view, changed);
  plots.update(view, changed);
  timeBar.update(view, changed);
  if (!byId("state").hidden && isSome(changed, ["model", "cursor", "connection", "whyNot"]))
    state.update(view);
  if (isSome(changed, ["event", "flight", "model", "why"])) why.update(view);
  laboratory.follow(view, changed);
  if (!byId("fork").hidden && !changed.has("from")) laboratory.offerForks(byId("fork"));
  if (changed.has("flight") && view.flight !== undefined) plots.mark();
});

function isSome(changed: ReadonlySet<keyof View>, names: readonly (keyof View)[]): boolean {
  return names.some((name) => changed.has(name));
}

// ── what stands in the head ────────────────────────────────────────────────────────────────────────────

const pick = byId<HTMLSelectElement>("scenario");
pick.replaceChildren(...TITLES.map(([name, title]) => h("option", { value: name }, title)));
pick.addEventListener("change", () => {
  // So that the page comes back to it when it is loaded again.
  history.replaceState(undefined, "", `#scenario=${pick.value}`);
  void laboratory.open({ name: pick.value }).then(showSource);
});
byId("again").addEventListener("click", () => void laboratory.run());
byId("seed").addEventListener("change", () => void laboratory.run());
byId("share").addEventListener("click", async () => {
  history.replaceState(undefined, "", `#${await toHash(laboratory.shared)}`);
  await navigator.clipboard?.writeText(location.href).catch(() => undefined); // not allowed: it stands in the address
  byId("status").textContent = "The link to this run is in the address, and copied.";
});
byId("theme").addEventListener("click", () =>
  setTheme(document.documentElement.dataset["theme"] === "dark" ? "light" : "dark"),
);

function setTheme(theme: string): void {
  document.documentElement.dataset["theme"] = theme;
  plots.build();
  diagram.draw(store.view);
  other.draw(store.view);
  timeBar.update(store.view, new Set());
}

// ── the editor ─────────────────────────────────────────────────────────────────────────────────────────

byId("edit").addEventListener("click", async () => {
  const pane = byId("editor");
  pane.hidden = !pane.hidden;
  byId("edit").setAttribute("aria-expanded", String(!pane.hidden));
  if (pane.hidden || editor !== undefined) return;
  const { openEditor } = await import("./view/editor.ts").catch(() => ({ openEditor: undefined }));
  if (openEditor === undefined) {
    laboratory.complain("The editor cannot be loaded: is there no connection to the server of this page?");
    pane.hidden = true;
    return;
  }
  editor = openEditor(byId("code"), "");
  await showSource();
});
byId("run-code").addEventListener("click", () => {
  if (editor !== undefined) void laboratory.open({ code: editor.text() });
});
byId("reset-code").addEventListener("click", () => {
  void laboratory.open({ name: pick.value }).then(showSource);
});

async function showSource(): Promise<void> {
  const { source } = laboratory.shared;
  editor?.show("code" in source ? source.code : ((await sources[`./scenarios/${source.name}.ts`]?.()) ?? ""));
}

// ── connection, tabs, keyboard ─────────────────────────────────────────────────────────────────────────

byId<HTMLSelectElement>("connection").addEventListener("change", (event) => {
  store.set({ connection: Number((event.target as HTMLSelectElement).value) });
});
byId<HTMLInputElement>("filtered").addEventListener("change", (event) => {
  store.set({ filtered: (event.target as HTMLInputElement).checked });
});

const panels = ["why", "state", "fork"] as const;
for (const name of panels) byId(`tab-${name}`).addEventListener("click", () => showPanel(name));

function showPanel(chosen: (typeof panels)[number]): void {
  for (const name of panels) {
    byId(name).hidden = name !== chosen;
    byId(`tab-${name}`).setAttribute("aria-selected", String(name === chosen));
  }
  state.update(store.view);
  laboratory.offerForks(byId("fork"));
}

const tabs = [...document.querySelectorAll<HTMLButtonElement>("#tabs button")];
for (const tab of tabs) {
  tab.addEventListener("click", () => {
    for (const one of tabs) one.setAttribute("aria-pressed", String(one === tab));
    const main = document.querySelector("main");
    if (main !== null) main.dataset["tab"] = tab.dataset["tab"] ?? "sequence";
  });
}

const KEYS: Readonly<Record<string, () => void>> = {
  ArrowDown: () => timeBar.step(1),
  ArrowUp: () => timeBar.step(-1),
  ArrowRight: () => timeBar.step(1),
  ArrowLeft: () => timeBar.step(-1),
  "+": () => store.zoom(0.7),
  "=": () => store.zoom(0.7),
  "-": () => store.zoom(1 / 0.7),
  "0": () => store.look(0, store.view.model?.end ?? 1),
  " ": () => timeBar.toggle(),
};
document.addEventListener("keydown", (event) => {
  const target = event.target as HTMLElement;
  const typing = target.closest("input, select, textarea, button, [contenteditable], .cm-editor") !== null;
  const action = typing || event.ctrlKey || event.metaKey || event.altKey ? undefined : KEYS[event.key];
  if (action === undefined) return;
  event.preventDefault();
  action();
});

/** Shows what the address asks for; what cannot be read, the page says, and shows the scenario that is chosen. */
async function follow(): Promise<void> {
  let complaint = "";
  const shared = await fromHash(location.hash).catch((error: Error) => {
    complaint = error.message;
    return undefined;
  });
  if (shared !== undefined && "name" in shared.source && TITLES.some(([name]) => name === pickedName(shared)))
    pick.value = pickedName(shared);
  await laboratory.open(shared?.source ?? { name: pick.value }, shared?.wish);
  if (store.view.model === undefined) {
    complaint = byId("status").textContent ?? "";
    await laboratory.open({ name: pick.value });
  }
  if (complaint !== "") laboratory.complain(complaint);
}

function pickedName({ source }: Shared): string {
  return "name" in source ? source.name : "";
}

// ── begin ──────────────────────────────────────────────────────────────────────────────────────────────

// On a phone the run comes first; what can be changed is behind a word.
if (matchMedia("(max-width: 700px)").matches) byId<HTMLDetailsElement>("settings").open = false;
if (matchMedia("(pointer: coarse)").matches) {
  byId("hint").textContent = "Tap an arrow: why was it sent? Two fingers zoom.";
}
setTheme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", ({ matches }) =>
  setTheme(matches ? "dark" : "light"),
);
if (location.pathname.endsWith("/explained")) {
  const again = async (): Promise<void> =>
    await laboratory.show(async () => decodeRecord(await (await fetch("/run.json")).text()));
  byId("again").addEventListener(
    "click",
    (event) => {
      event.stopImmediatePropagation();
      void again();
    },
    { capture: true },
  );
  await again();
} else {
  await follow();
  addEventListener("hashchange", () => void follow());
}
document.documentElement.dataset["ready"] = "yes"; // for whoever waits for the first picture
