/** What the page and its worker say to one another. */
import type { RunRecord } from "../record/run-record.ts";
import type { Control, Question } from "../scenario.ts";
import type { Waits } from "./answers.ts";
import type { RunWish } from "./run-scenario.ts";

/** Which scenario: one of the page's, or one that the reader has written. */
export type Source = { readonly name: string } | { readonly code: string };

/** Asks the worker: what a scenario is, or for a run of it. */
export type Request =
  | { readonly ask: "about"; readonly source: Source }
  | { readonly ask: "run"; readonly source: Source; readonly wish: RunWish }
  | { readonly ask: "why"; readonly run: number; readonly event: number }
  | {
      readonly ask: "why not";
      readonly run: number;
      readonly connection: number;
      readonly host: number;
      readonly event: number;
    }
  | { readonly ask: "waits"; readonly run: number; readonly connection: number; readonly side: 0 | 1 };

/** What can be said of a scenario without a run. */
export interface About {
  readonly title: string;
  readonly about: string;
  readonly question: Question;
  readonly controls: Readonly<Record<string, Control>>;
}

/** What the worker answers. */
export type Answer =
  | { readonly about: About }
  | { readonly run: RunRecord; readonly number: number; readonly milliseconds: number }
  | { readonly text: string }
  | { readonly waits: Waits | undefined }
  | { readonly failure: string };
