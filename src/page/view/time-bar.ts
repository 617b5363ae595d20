/** The slider through the run, and the buttons beside it. */
import { formatTime } from "../model/format.ts";
import { lowerBound } from "../model/search.ts";
import type { RunEvent } from "../record/run-record.ts";
import { byId } from "./dom.ts";
import { Overview } from "./overview.ts";
import type { Changed, Store, View } from "./store.ts";

/** Steps of the slider. */
const STEPS = 1_000_000;
/** A whole run is played in so many seconds. */
const PLAYING = 20;

/** Moves the cursor through the run. */
export class TimeBar {
  readonly #store: Store;
  readonly #slider: HTMLInputElement = byId<HTMLInputElement>("slider");
  readonly #now: HTMLOutputElement = byId<HTMLOutputElement>("now");
  readonly #play: HTMLButtonElement = byId<HTMLButtonElement>("play");
  readonly #overview: Overview = new Overview(byId<HTMLCanvasElement>("overview"));
  #last = 0;
  #playing = false;

  constructor(store: Store) {
    this.#store = store;
    this.#slider.addEventListener("input", () => {
      store.goTo((Number(this.#slider.value) / STEPS) * (store.view.model?.end ?? 0));
    });
    byId("begin").addEventListener("click", () => store.goTo(0));
    byId("back").addEventListener("click", () => this.step(-1));
    byId("forward").addEventListener("click", () => this.step(1));
    byId("whole").addEventListener("click", () => store.look(0, store.view.model?.end ?? 1));
    this.#play.addEventListener("click", () => this.toggle());
    new ResizeObserver(() => this.#overview.draw(store.view)).observe(byId("overview"));
  }

  /** To the next event, or the one before. */
  step(by: 1 | -1): void {
    const { model, cursor, event: chosen } = this.#store.view;
    const events = model?.record.events;
    if (model === undefined || events === undefined || events.length === 0) return;
    const isAfter = (at: number): boolean => (events[at] as RunEvent).time > cursor;
    const isFrom = (at: number): boolean => (events[at] as RunEvent).time >= cursor;
    const next = (): number =>
      by > 0 ? lowerBound(events.length, isAfter) : lowerBound(events.length, isFrom) - 1;
    // Many events have the same time: from the chosen one it goes on by number.
    const at = chosen !== undefined && chosen.time === cursor ? chosen.index + by : next();
    const event = events[at];
    if (event === undefined) this.#store.goTo(by > 0 ? model.end : 0);
    else this.#store.choose(event, model.flightOf(event), event.time);
  }

  /** Plays, or stops. */
  toggle(): void {
    this.#playing = !this.#playing;
    this.#play.textContent = this.#playing ? "⏸" : "▶";
    this.#play.setAttribute("aria-label", this.#playing ? "pause" : "play");
    if (!this.#playing) return;
    const { cursor, model } = this.#store.view;
    if (cursor >= (model?.end ?? 0)) this.#store.goTo(0);
    this.#last = performance.now();
    requestAnimationFrame(() => this.#tick());
  }

  /** What is shown has changed. */
  update(view: View, changed: Changed): void {
    const end = view.model?.end ?? 0;
    if (changed.has("cursor") || changed.has("model")) {
      const value = String(end === 0 ? 0 : Math.round((view.cursor / end) * STEPS));
      if (this.#slider.value !== value) this.#slider.value = value;
      this.#now.textContent = formatTime(view.cursor, Math.max(view.to - view.from, 1));
      this.#slider.setAttribute("aria-valuetext", this.#now.textContent);
    }
    if (["model", "from", "to", "cursor"].some((name) => changed.has(name as keyof View)))
      this.#overview.draw(view);
  }

  #tick(): void {
    if (!this.#playing) return;
    const now = performance.now();
    const { from, to, cursor, model } = this.#store.view;
    const next = cursor + ((now - this.#last) / 1000) * ((to - from) / PLAYING);
    this.#last = now;
    if (next >= (model?.end ?? 0)) {
      this.#store.goTo(model?.end ?? 0);
      this.toggle();
      return;
    }
    this.#store.goTo(next);
    requestAnimationFrame(() => this.#tick());
  }
}
