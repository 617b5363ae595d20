/** Writes the pages of `docs/` that are made from the sources. After `tsc -b`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { reasonsPage } from "../build/test/support/reasons/page.js";

writeFileSync(join(import.meta.dirname, "..", "docs", "reasons.md"), reasonsPage());
