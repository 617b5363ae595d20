/** What goes wrong in a world: faults that are called, planned or drawn, done by the network's director and told in the log. */
import type { Intervention, NetworkAction, Undo } from "../drivers/simulation/index.ts";
import type { Random } from "../stack/index.ts";
import { type ChaosOptions, drawFaults } from "./chaos.ts";
import { endText, faultText } from "./faults.ts";
import type { Network } from "./network/index.ts";

/** The faults of one world. */
export class WorldFaults {
  readonly #director: Network["director"];
  readonly #tell: (text: string) => void;
  #drawn: readonly Intervention[] | undefined = undefined;

  /** @param tell - hears of each fault, as a line of the log */
  constructor(director: Network["director"], tell: (text: string) => void) {
    this.#director = director;
    this.#tell = tell;
  }

  /** Those that `draw` has planned; undefined where it was not called. */
  get drawn(): readonly Intervention[] | undefined {
    return this.#drawn;
  }

  /** A world has no cables with names: what is done is done to hosts. */
  act(action: NetworkAction): Undo {
    return this.#director.act(action);
  }

  /** Between these hosts and those, by name. @returns ends it, and other partitions with exactly these sides */
  partition(these: readonly string[], those: readonly string[], oneWay: boolean): () => void {
    const text = `${these.join(", ")} ${oneWay ? "to" : "and"} ${those.join(", ")}`;
    this.#tell(`partition: ${text}`);
    this.act({ do: "partition", these, those, ...(oneWay && { oneWay }) });
    return () => {
      this.#tell(`healed: ${text}`);
      this.act({ do: "heal", these, those });
    };
  }

  /** Ends all partitions. */
  heal(): void {
    this.#tell("healed");
    this.act({ do: "heal" });
  }

  /** What the host of this name sends suffers this from now on; undefined: what its links said. */
  impair(host: string, impairments: string | undefined): void {
    this.#tell(`${host}: ${impairments ?? "as the links say"}`);
    this.act({ do: "impair", host, ...(impairments !== undefined && { line: impairments }) });
  }

  /** @throws SyntaxError for what is no intervention, RangeError for a host or a time that there is not */
  plan(interventions: readonly Intervention[]): void {
    this.#director.plan(interventions, (one, over) => {
      const text = over ? endText(one) : faultText(one);
      if (text !== undefined) this.#tell(text);
    });
  }

  /** Plans faults that chance draws for these hosts, or those that an earlier run has found. */
  draw(
    random: Random,
    hosts: readonly string[],
    options: ChaosOptions,
    found: readonly Intervention[] | undefined,
  ): void {
    this.#drawn = found ?? drawFaults(random, hosts, options);
    this.plan(this.#drawn);
  }
}
