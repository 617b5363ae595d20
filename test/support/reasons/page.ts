/** `docs/reasons.md`, made from the tables. `npm run mutate` shows that these are what the stack says. */
import { DROPS, Drop, type Layer, type ReasonRow } from "../../../src/stack/index.ts";

const LAYERS: readonly (readonly [Layer, string])[] = [
  ["link", "Links and their drivers"],
  ["interface", "Interfaces"],
  ["arp", "ARP"],
  ["ipv4", "IPv4"],
  ["icmp", "ICMP"],
  ["igmp", "IGMP"],
  ["udp", "UDP"],
  ["raw", "Raw endpoints"],
  ["packet", "Packet endpoints"],
  ["echo", "Echo endpoints"],
  ["tcp", "TCP"],
];

const INTRODUCTION = `# Reasons

Nothing is dropped without a reason. A layer counts each drop by its reason, and tells the tracer of it. Each cause
has a reason of its own, and this page lists them all, by the layer that decides. It is made from the table in
\`src/stack/contract/reasons/\` (\`npm run docs\`), and a test compares the two.

    stack.counters.tcp.drops.toJSON()      // { closedPort: 3, oldSegment: 1 }

Each reason has a test with the smallest input that causes it (\`test/support/reasons/\`). \`npm run mutate\` changes
the reason at each place that gives one, and swaps each pair of reasons, and fails if no test notices.

## Dropped
`;

export function reasonsPage(): string {
  const names = Object.keys(Drop);
  const parts = LAYERS.map(([layer, title]) => {
    const rows = names.flatMap((name) => row(name, DROPS[name], layer));
    return `\n### ${title}\n\n${table(["reason", "what it means", "who says so"], rows)}`;
  });
  return INTRODUCTION + parts.join("");
}

function row(name: string, reason: ReasonRow | undefined, layer: Layer): readonly (readonly string[])[] {
  const source = reason?.where[layer];
  return source === undefined ? [] : [[`\`${name}\``, reason?.meaning ?? "", source]];
}

/** A table whose columns are as wide as their widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[], fill = " "): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(" | ")} |\n`;
  return (
    line(head) +
    line(
      head.map(() => ""),
      "-",
    ) +
    rows.map((row) => line(row)).join("")
  );
}
