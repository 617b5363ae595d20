/** Makes docs/node-tests.md of what runs have recorded: `node build/test/node/node-suite/page.js RECORD… > FILE`. */
import { readFileSync } from "node:fs";
import { formatPage, type Recording } from "./table.ts";

const recordings = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, "utf8")) as Recording);
process.stdout.write(formatPage(recordings));
