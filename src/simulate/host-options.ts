/** How a simulated host is made. */
import type { DiskOptions } from "./disk.ts";

/** A program written where it is used. */
export type InlineProgram = (...args: string[]) => unknown;

/** How a host is made. */
export interface HostOptions {
  /**
   * The file to run: a path, from the folder that the process was started in, or a `file:` URL. Or a function, of
   * which the text runs on the host, so that it sees nothing of what is around it here: it takes what it needs by
   * `require` or `await import(…)`, and is called with `args`.
   */
  readonly program: string | URL | InlineProgram;
  /** What the program finds in `process.argv` behind its own name. */
  readonly args?: readonly string[];
  /** Variables of its environment, besides those of the process that simulates. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * How its clock differs from the world's: the wall clock (`Date`) is ahead by milliseconds, and all clocks and timers
   * are faster by parts of a million.
   */
  readonly clock?: { readonly offset?: number; readonly drift?: number };
  /**
   * A file system of its own below this path, in memory, such as `/data`; all else is the machine's. Programs find it
   * again after a restart. A crash loses what was not synced, unless `unsynced` is "kept".
   */
  readonly disk?: string | DiskOptions;
  /** What `process.cwd()` says; the folder of this process by default. */
  readonly cwd?: string;
}
