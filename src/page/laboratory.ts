/** What the page does: runs scenarios, and shows them. */

import { RunModel } from "./model/run-model.ts";
import { busierSide } from "./model/series.ts";
import type { RunRecord } from "./record/run-record.ts";
import type { About, Source } from "./run/messages.ts";
import type { RunWish } from "./run/run-scenario.ts";
import { Runner, Stopped } from "./run/runner.ts";
import { buildControls, buildQuestion, frozen } from "./view/controls.ts";
import { byId, h } from "./view/dom.ts";
import { buildForks, type Fork } from "./view/forks.ts";
import type { Shared } from "./view/share.ts";
import type { Changed, Store, View } from "./view/store.ts";

/** The run that is shown, and how it came to be. */
export class Laboratory {
  readonly #store: Store;
  readonly #runner: Runner = new Runner();
  readonly #status: HTMLElement = byId("status");
  #source: Source = { name: "handshake" };
  #values: Record<string, number | string> = {};
  #interventions: RunWish["interventions"] = [];
  #fork: Fork | undefined = undefined;
  #title = "As it was";
  /** By which the worker knows the run that is shown, and the one beside it; 0: there is none to be asked. */
  #number = 0;
  #otherNumber = 0;
  #asking = false;
  /** The reader's wishes are counted; what comes of an earlier one is not shown. */
  #turn = 0;
  /** When the wish under way was made; infinite: none is. */
  #since = Number.POSITIVE_INFINITY;

  constructor(store: Store) {
    this.#store = store;
    byId("keep").addEventListener("click", () => this.#keep());
    byId("forget").addEventListener("click", () => this.#forget());
    byId("stop").addEventListener("click", () => this.#runner.stop());
  }

  /** All that makes the run that is shown. */
  get shared(): Shared {
    return { source: this.#source, wish: this.#wish() };
  }

  /** Shows another scenario, and runs it. */
  async open(source: Source, wish?: RunWish): Promise<void> {
    await this.#attempt(async (isStill) => {
      const about = await this.#runner.about(source);
      if (!isStill()) return;
      this.#source = source;
      this.#values = { ...wish?.values };
      this.#interventions = wish?.interventions ?? [];
      if (wish !== undefined) byId<HTMLInputElement>("seed").value = String(wish.seed);
      this.#introduce(about);
      await this.#run(isStill);
    });
  }

  /** Shows what a running stack has recorded. There is nothing to be chosen then, and no other future. */
  async show(fetchRecord: () => Promise<RunRecord>): Promise<void> {
    await this.#attempt(async () => {
      this.#number = 0;
      document.documentElement.dataset["live"] = "yes";
      byId("again").textContent = "Look again";
      const model = new RunModel(await fetchRecord());
      byId("title").textContent = "What this stack has just done";
      byId("about").textContent =
        "Only one side tells what it does and why; what the others send counts as sent when it came. Look again for what has happened since.";
      this.#present(model);
      // What was last is what the reader has just seen happen.
      const { flights, end } = model;
      if (flights.length > LAST) this.#store.look(flights[flights.length - LAST]?.sent ?? 0, end);
      const newest = flights.findLast(({ protocol, event }) => protocol === "tcp" && event >= 0);
      if (newest !== undefined) this.#store.choose(model.record.events[newest.event], newest);
      this.#say(model, 0);
    });
  }

  /** Runs it again, as it is set now. */
  async run(): Promise<void> {
    await this.#attempt((isStill) => this.#run(isStill));
  }

  async #run(isStill: () => boolean): Promise<void> {
    const { record, number, milliseconds } = await this.#runner.run(this.#source, this.#wish());
    if (!isStill()) return;
    const model = new RunModel(record);
    this.#number = number;
    this.#present(model);
    this.#say(model, milliseconds);
  }

  #present(model: RunModel): void {
    this.#forget();
    const connection = model.record.connections.length > 0 ? this.#mostTalkative(model) : -1;
    this.#store.set({
      model,
      cursor: 0,
      connection,
      side: connection < 0 ? 0 : busierSide(model, connection),
    });
    document.querySelector("main")?.classList.toggle("without-plots", connection < 0);
    this.#store.look(0, interesting(model));
    this.#beginWith(model);
    this.#offerConnections(model, connection);
  }

  /** The first segment is chosen, so that the reader sees what there is to be seen of each. */
  #beginWith(model: RunModel): void {
    const flight = model.flights.find(({ protocol, event }) => protocol === "tcp" && event >= 0);
    const first = flight ?? model.flights.find(({ event }) => event >= 0);
    if (first === undefined) this.#store.chooseNone();
    else this.#store.choose(model.record.events[first.event], first);
  }

  /** Asks the worker for what only the log can tell, when something else is looked at. */
  follow(view: View, changed: Changed): void {
    const { model, event, connection, side } = view;
    if (model === undefined || this.#number === 0) return;
    const run = this.#number;
    const isStill = (): boolean => run === this.#number;
    if (changed.has("event")) {
      this.#store.set({ why: "" });
      if (event !== undefined) {
        void this.#runner.why(run, event.index).then((text) => {
          if (isStill() && this.#store.view.event === event) this.#store.set({ why: text });
        }, ignore);
      }
    }
    if (changed.has("model") || changed.has("connection") || changed.has("side")) {
      this.#store.set({ waits: undefined });
      if (connection >= 0) {
        void this.#runner.waits(run, connection, side).then((waits) => {
          const { connection: now, side: then } = this.#store.view;
          if (isStill() && now === connection && then === side) this.#store.set({ waits });
        }, ignore);
      }
    }
    if (changed.has("cursor") || changed.has("connection") || changed.has("model")) this.#askWhyNot();
  }

  /** One question at a time: a slider moves faster than answers come. */
  #askWhyNot(): void {
    const { model, cursor, connection, side } = this.#store.view;
    const host = model?.record.connections[connection]?.hosts[side] ?? -1;
    const event = model?.eventAt(cursor);
    if (this.#asking || event === undefined || host < 0) return;
    this.#asking = true;
    void this.#runner
      .whyNot(this.#number, connection, host, event.index)
      .then((text) => this.#store.set({ whyNot: text }), ignore)
      .finally(() => {
        this.#asking = false;
        if (this.#store.view.cursor !== cursor) this.#askWhyNot();
      });
  }

  /** Says what went wrong. */
  complain(text: string): void {
    this.#status.textContent = text;
    this.#status.classList.add("bad");
  }

  /** What could be otherwise, for the segment and the instant that are chosen. */
  offerForks(root: HTMLElement): void {
    buildForks(root, this.#store.view, (fork) => void this.try(fork));
  }

  #wish(): RunWish {
    const seed = Number(byId<HTMLInputElement>("seed").value) >>> 0;
    return { values: frozen(this.#values), seed, interventions: this.#interventions };
  }

  /** Shows the run in which that has happened, beside this one. */
  async try(fork: Fork): Promise<void> {
    await this.#attempt(async (isStill) => {
      const wish = this.#wish();
      const interventions = [...wish.interventions, fork.intervention];
      const { record, number, milliseconds } = await this.#runner.run(this.#source, {
        ...wish,
        interventions,
      });
      if (!isStill()) return;
      this.#otherNumber = number;
      this.#fork = fork;
      byId("figure-b").hidden = false;
      this.#name();
      byId("name-b").textContent = fork.title;
      const other = new RunModel(record);
      this.#store.set({ other });
      this.#say(other, milliseconds);
    });
  }

  #keep(): void {
    const { other } = this.#store.view;
    if (other === undefined || this.#fork === undefined) return;
    this.#interventions = [...this.#interventions, this.#fork.intervention];
    const title = this.#fork.title;
    this.#number = this.#otherNumber;
    this.#store.set({ model: other, event: undefined, flight: undefined, chain: new Set() });
    this.#forget();
    this.#title = title;
    this.#name();
  }

  /** A run that stands alone, as it was, needs no name. */
  #name(): void {
    const name = byId("name-a");
    name.textContent = this.#title;
    name.hidden = byId("figure-b").hidden && this.#interventions.length === 0;
  }

  #forget(): void {
    this.#fork = undefined;
    this.#title = this.#interventions.length > 0 ? "Changed" : "As it was";
    byId("figure-b").hidden = true;
    this.#name();
    this.#store.set({ other: undefined });
  }

  #introduce(about: About): void {
    byId("title").textContent = about.title;
    byId("about").textContent = about.about;
    document.title = `${about.title} – tapstack lab`;
    buildQuestion(byId("question"), about);
    buildControls(byId("controls"), about.controls, this.#values, () => {
      this.#interventions = []; // another run: what was dropped in the old one is something else in this
      void this.run();
    });
  }

  #offerConnections(model: RunModel, chosen: number): void {
    const options = model.record.connections.slice(0, 500).map(({ ends, hosts }, at) => {
      const [from, to] = ends.map(
        (end, side) => `${model.record.hosts[hosts[side] ?? -1] ?? "?"} ${end.replace(/^.*:/, ":")}`,
      );
      return h("option", { value: at, selected: at === chosen }, `${from} – ${to}`);
    });
    byId<HTMLSelectElement>("connection").replaceChildren(...options);
  }

  #mostTalkative(model: RunModel): number {
    const octets = new Array<number>(model.record.connections.length).fill(0);
    for (const { connection, size } of model.flights) {
      if (connection >= 0) octets[connection] = (octets[connection] as number) + size;
    }
    return octets.indexOf(Math.max(...octets));
  }

  #say(model: RunModel, milliseconds: number): void {
    const { events, failure, cutOff } = model.record;
    const seconds = (model.end / 1e6).toFixed(3);
    const more = cutOff ? "; more happened than is kept" : "";
    const took = milliseconds > 0 ? `, simulated in ${milliseconds.toFixed(0)} ms` : "";
    const facts = `${seconds} s${took} · ${model.flights.length} frames · ${events.length} events${more}`;
    const trouble = failure.startsWith("deadlock")
      ? "It hangs from here on: nothing is left that could happen"
      : failure.split("\n")[0];
    this.#status.textContent = failure === "" ? facts : `${trouble} (${facts})`;
    this.#status.classList.toggle("bad", failure !== "");
  }

  /**
   * Does what the reader wants now. What was under way for long is ended for it, and nothing is shown of it any more.
   *
   * @param work - asks, before it shows anything, whether that is still what the reader wants
   */
  async #attempt(work: (isStill: () => boolean) => Promise<void>): Promise<void> {
    const turn = ++this.#turn;
    const isStill = (): boolean => this.#turn === turn;
    if (performance.now() - this.#since > PATIENCE) this.#runner.stop();
    this.#since = performance.now();
    const ticking = setInterval(() => isStill() && this.#wait(), 250);
    try {
      await work(isStill);
    } catch (error) {
      if (!isStill()) return;
      const text = error instanceof Error ? error.message : String(error);
      this.#status.textContent =
        error instanceof Stopped ? "Stopped. Change something, and run it again." : text;
      this.#status.classList.toggle("bad", !(error instanceof Stopped));
    } finally {
      clearInterval(ticking);
      if (isStill()) {
        this.#since = Number.POSITIVE_INFINITY;
        byId("stop").hidden = true;
      }
    }
  }

  /** It takes a while: the reader may stop it. */
  #wait(): void {
    const seconds = (performance.now() - this.#since) / 1000;
    this.#status.textContent = seconds < 1 ? "running …" : `running for ${seconds.toFixed(0)} s …`;
    this.#status.classList.remove("bad");
    byId("stop").hidden = seconds < 1;
  }
}

/** So many frames of a running stack are shown at first. */
const LAST = 60;

/** After so many milliseconds the reader need not wait for a run that is no longer wanted. */
const PATIENCE = 1_000;

/** The worker was ended for taking too long: who waited for it has been told. */
function ignore(): void {}

/** The part of a run that one wants to see first: a wait at its end is not. */
function interesting(model: RunModel): number {
  const { end, flights } = model;
  if (model.record.connections.length === 0) return Math.min(end, firstBurst(model) * 1.15 + 1);
  const cut = flights.find(({ sent }, at) => at > 8 && sent - (flights[at - 1]?.sent ?? 0) > end * 0.4);
  const last =
    cut === undefined ? (flights.at(-1)?.arrived ?? end) : (flights[flights.indexOf(cut) - 1]?.sent ?? end);
  return Math.min(end, (Number.isNaN(last) ? end : last) * 1.06 + 1);
}

/** Until when a run without connections keeps busy, before it does nothing for several times as long. */
function firstBurst({ end, flights }: RunModel): number {
  let last = 0;
  for (const [at, { sent, arrived }] of flights.entries()) {
    if (at > 2 && last > 0 && sent > 4 * last) return last;
    last = Math.max(last, Number.isNaN(arrived) ? sent : Math.min(arrived, end));
  }
  return last;
}
