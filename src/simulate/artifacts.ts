/** What a failure leaves for people to look at: files in a folder of its own for each seed. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { faultText } from "./faults.ts";
import { lineText } from "./host-log.ts";
import type { World } from "./world.ts";

/** Writes a capture for each link, the log of all hosts, and the faults. Gives the folder. */
export function writeArtifacts(folder: string, world: World): string {
  const own = join(folder, `seed-${world.seed}`);
  mkdirSync(own, { recursive: true });
  for (let link = 0; link < world.links; link++) {
    writeFileSync(join(own, `link-${link}.pcap`), world.pcap(link));
  }
  writeFileSync(join(own, "log.txt"), `${world.log.map(lineText).join("\n")}\n`);
  writeFileSync(join(own, "faults.json"), `${JSON.stringify(world.faults, undefined, 2)}\n`);
  writeFileSync(join(own, "faults.js"), world.faults.map((fault) => `${faultText(fault)}\n`).join(""));
  return own;
}
