/** What a failure leaves for people to look at: files in a folder of its own for each seed. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatInterventions } from "../drivers/simulation/index.ts";
import { faultText } from "./faults.ts";
import { lineText } from "./host-log.ts";
import type { World } from "./world.ts";

/**
 * Writes a capture for each link, the log of all hosts, and what was done to the network: the faults of `chaos` as a list
 * for `--faults`, and everything, as such a list and as lines of a scenario. Gives the folder.
 */
export function writeArtifacts(folder: string, world: World): string {
  const own = join(folder, `seed-${world.seed}`);
  mkdirSync(own, { recursive: true });
  for (let link = 0; link < world.links; link++) {
    writeFileSync(join(own, `link-${link}.pcapng`), world.pcapng(link));
  }
  const { chaosFaults, interventions } = world;
  writeFileSync(join(own, "log.txt"), `${world.log.map(lineText).join("\n")}\n`);
  if (chaosFaults !== undefined) writeFileSync(join(own, "faults.json"), formatInterventions(chaosFaults));
  // Rules with a function are in the scenario, and in the lines; a file has no place for them.
  const written = interventions.filter((one) => !("when" in one) || one.when.where === undefined);
  writeFileSync(join(own, "interventions.json"), formatInterventions(written));
  writeFileSync(join(own, "interventions.js"), interventions.map((one) => `${faultText(one)}\n`).join(""));
  return own;
}
