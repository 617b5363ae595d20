/** How a world is made. */
import type { Intervention } from "../drivers/simulation/index.ts";
import type { LogLine } from "./host-log.ts";
import type { WorldOfPrograms } from "./program-options.ts";

/** What a world may be given. */
export interface WorldOptions extends WorldOfPrograms {
  /** Where all chance comes from; 1 by default. */
  readonly seed?: number;
  /** Keeps all frames, for `packets` and `pcap`. Off by default, since it takes memory. */
  readonly capture?: boolean;
  /** Hears of each line that a program writes, and of what happens to hosts. */
  readonly onLine?: (line: LogLine) => void;
  /** Turns of one program within a second of virtual time, beyond which it is called a livelock; 50 000 by default. */
  readonly standstill?: number;
  /** Keeps a journal of events that tells the first one that differs from another run's. */
  readonly check?: boolean;
  /** What `chaos` does, instead of what the seed would draw: a list that was found earlier. */
  readonly faults?: readonly Intervention[];
}
