/** The score of runs, one per version of Node, as a page of docs/. */
import type { Outcome } from "./run.ts";

/** What came of one run. */
export interface Recording {
  /** As `process.version`. */
  readonly node: string;
  /** The release of Node whose tests they are. */
  readonly tests: string;
  readonly outcomes: readonly Outcome[];
}

const RESULTS: readonly Outcome["result"][] = [
  "pass",
  "fail",
  "skipped by itself",
  "left out",
  "fails over libuv too",
];

/** The whole page, a column per version. */
export function formatPage(recordings: readonly Recording[]): string {
  const versions = recordings.map(({ node }) => node.slice(1));
  const rows = ["net", "dgram"].flatMap((kind) =>
    RESULTS.map((result) => {
      const counts = recordings.map(
        ({ outcomes }) =>
          outcomes.filter((one) => one.result === result && one.name.includes(`/test-${kind}-`)).length,
      );
      return `| ${kind}: ${result} | ${counts.join(" | ")} |`;
    }),
  );
  const opened = recordings.map(
    ({ outcomes }) => outcomes.filter((one) => one.result === "pass" && one.opened > 0).length,
  );
  return `# Node's own tests of \`net\` and \`dgram\` over our stack

Each file is run in a process of its own, which is put on a stack with nothing but its loopback interface, by a Node of
the same line as the tests, or of the next. This page is written by the runner, from the \`test\` folder of Node's sources (Debian's source
packages of nodejs have it; nothing of it is kept here):

    node build/test/node/node-suite/run.js FOLDER --record RECORD --tests VERSION
    node build/test/node/node-suite/page.js RECORD... > docs/node-tests.md

| on Node | ${versions.join(" | ")} |
|---|${versions.map(() => "---|").join("")}
| tests of Node | ${recordings.map(({ tests }) => tests).join(" | ")} |
${rows.join("\n")}
| opened TCP or UDP sockets of the stack, and pass | ${opened.join(" | ")} |

The others that pass are about arguments, path sockets, names, or a server that never listens. What is skipped by itself
asks the machine first; that it has nothing but a loopback interface is what it is told here. What fails over libuv too
says something of another release than the one that ran it.

${section("Failed", recordings, "fail")}
${section("Left out", recordings, "left out")}
${section("Skipped by itself", recordings, "skipped by itself")}
${section("Fails over libuv too", recordings, "fails over libuv too")}
## Passed

${passed(recordings)}
`;
}

/** Every test of that result, with the versions on which it had it. */
function section(title: string, recordings: readonly Recording[], result: Outcome["result"]): string {
  const found = new Map<string, { versions: string[]; reason: string }>();
  for (const { node, outcomes } of recordings) {
    for (const one of outcomes.filter((outcome) => outcome.result === result)) {
      const entry = found.get(one.name) ?? { versions: [], reason: reasonOf(result, one.detail) };
      entry.versions.push(node.slice(1).replace(/\..*/, ""));
      found.set(one.name, entry);
    }
  }
  if (found.size === 0) return "";
  const lines = [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { versions, reason }]) => `| ${name} | ${versions.join(", ")} | ${reason} |`);
  return `## ${title}\n\n| test | of Node | reason |\n|---|---|---|\n${lines.join("\n")}\n`;
}

function passed(recordings: readonly Recording[]): string {
  const names = recordings.flatMap(({ outcomes }) =>
    outcomes.filter(({ result }) => result === "pass").map(({ name }) => name.replace(/^.*\//, "")),
  );
  return [...new Set(names)].sort().join(", ");
}

function reasonOf(result: Outcome["result"], detail: string): string {
  if (result === "left out") return detail;
  return /# Skipped: (.*)/.exec(detail)?.[1] ?? "";
}
