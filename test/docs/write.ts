/** Writes the parts of docs/conformance-sockets.md that are made from the code: `node build/test/docs/write.js`. */
import { readFileSync, writeFileSync } from "node:fs";
import { withBetween } from "./between.ts";
import { absentTable, differenceTable, optionTable } from "./option-table.ts";

const PATH = "docs/conformance-sockets.md";
const parts = [
  ["options", optionTable()],
  ["absent options", absentTable()],
  ["differences", differenceTable()],
] as const;
let text = readFileSync(PATH, "utf8");
for (const [name, lines] of parts) text = withBetween(text, name, lines);
writeFileSync(PATH, text);
