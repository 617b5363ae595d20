/** The score of a run as a page of docs/. */
import type { Outcome } from "./run.ts";

const RESULTS: readonly Outcome["result"][] = ["pass", "fail", "skipped by itself", "left out"];

export function formatPage(outcomes: readonly Outcome[]): string {
  const rows = RESULTS.map((result) => {
    const of = (kind: string): number =>
      outcomes.filter((one) => one.result === result && one.name.includes(`/test-${kind}-`)).length;
    return `| ${result} | ${of("net")} | ${of("dgram")} |`;
  });
  const passed = outcomes.filter(({ result }) => result === "pass");
  return `# Node's own tests of \`net\` and \`dgram\` over our stack

Each file is run in a process of its own with \`net\` and \`dgram\` replaced by ours, over a stack with nothing
but its loopback interface. This page is written by the runner, from the \`test\` folder of Node's sources
(Debian's source package of nodejs 20 has it; nothing of it is kept here):

    node build/test/node/node-suite/run.js FOLDER --page docs/node-tests.md

| result | net | dgram |
|---|---|---|
${rows.join("\n")}

Of those that pass, ${passed.filter(({ opened }) => opened > 0).length} opened TCP or UDP sockets of the stack; the others are about arguments, path
sockets, names, or a server that never listens.

What is skipped by itself asks the machine first, and is not run over libuv there either; that the machine has
no IPv6 is what it is told here, since the stack has none.

${section("Left out", outcomes, "left out")}
${section("Skipped by itself", outcomes, "skipped by itself")}
${section("Failed", outcomes, "fail")}
## Passed

${passed.map(({ name }) => name.replace(/^.*\//, "")).join(", ")}
`;
}

function section(title: string, outcomes: readonly Outcome[], result: Outcome["result"]): string {
  const chosen = outcomes.filter((one) => one.result === result);
  if (chosen.length === 0) return "";
  const lines = chosen.map(({ name, detail }) => `| ${name} | ${reasonOf(result, detail)} |`);
  return `## ${title}\n\n| test | reason |\n|---|---|\n${lines.join("\n")}\n`;
}

function reasonOf(result: Outcome["result"], detail: string): string {
  if (result === "left out") return detail;
  return /# Skipped: (.*)/.exec(detail)?.[1] ?? "";
}
