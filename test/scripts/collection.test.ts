/** Every script of the collection comes true, in strict mode. */
import { readdirSync } from "node:fs";
import { packetScript } from "../../src/scripts/index.ts";

const FOLDER = "examples/packet-scripts";

describe("our stack, by packet scripts", () => {
  for (const name of readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).sort()) {
    if (name.endsWith(".pkt")) it(`does what ${name} says`, () => packetScript(`${FOLDER}/${name}`));
  }
});
