/** `docs/reasons.md`, made from the tables. `npm run mutate` shows that these are what the stack says. */
import { Drop, Send } from "../../../src/stack/index.ts";
import { DROPS, type Layer, type ReasonRow, type ReasonTable, SENDS } from "../../../src/stack/reasons.ts";

const LAYERS: readonly (readonly [Layer, string])[] = [
  ["link", "Links and their drivers"],
  ["interface", "Interfaces"],
  ["arp", "ARP"],
  ["ipv4", "IPv4"],
  ["forward", "Routers"],
  ["icmp", "ICMP"],
  ["igmp", "IGMP"],
  ["udp", "UDP"],
  ["raw", "Raw endpoints"],
  ["packet", "Packet endpoints"],
  ["echo", "Echo endpoints"],
  ["tcp", "TCP"],
];

const INTRODUCTION = `# Reasons

Nothing is dropped, sent or held back without a reason. Each cause has a reason of its own, and this page lists them
all, by the layer that decides. It is made from the tables in \`src/stack/contract/reasons/\` (\`npm run docs\`), and a
test compares the two.

A layer counts each drop by its reason:

    stack.counters.tcp.drops.toJSON()      // { closedPort: 3, oldSegment: 1 }

A tracer hears of every decision, with the numbers that decided it: see [the events](events.md). Each has a number, and
the number of the event that it is due to: so one can go back from a segment to the ACK, the timer or the call of the
application that led to it. The texts of this page are in \`tapstack/explain\`, and not in programs that do not ask.

    new Stack({ tracer: { event: ({ kind, id, cause, ...more }) => { … } }, … })

\`TextTrace\` of \`tapstack/drivers/observe\` writes a line for each:

    00:00:00.200000 TCP 10.0.0.1:80 > 10.0.0.2:4000: sent 10 octets from SND.UNA + 0: timeout (RFC 6298 §5.4), window 65535, cwnd 1460, in flight 0 #39 due to #36

Without a tracer none of this costs anything. Each reason has a test with the smallest input that causes it
(\`test/support/reasons/\`). \`npm run mutate\` changes the reason at each place that gives one, and swaps each pair of
reasons, and fails if no test notices. A checker of its own (\`check-event.ts\` there) recomputes the reasons from
the numbers, in small worlds where everything goes wrong (\`npm run soak:explain\`).
`;

export function reasonsPage(): string {
  return [
    INTRODUCTION,
    part("Dropped", Object.keys(Drop), DROPS),
    part("Sent, sent again, held back", Object.keys(Send), SENDS),
  ].join("");
}

function part(title: string, names: readonly string[], table: ReasonTable): string {
  const layers = LAYERS.map(([layer, name]) => {
    const rows = names.flatMap((reason) => row(reason, table[reason], layer));
    return rows.length === 0
      ? ""
      : `\n### ${name}\n\n${drawTable(["reason", "what it means", "who says so"], rows)}`;
  });
  return `\n## ${title}\n${layers.join("")}`;
}

function row(name: string, reason: ReasonRow | undefined, layer: Layer): readonly (readonly string[])[] {
  const source = reason?.where[layer];
  return source === undefined ? [] : [[`\`${name}\``, escaped(reason?.meaning ?? ""), escaped(source)]];
}

/** A vertical line ends a cell. */
function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** A table whose columns are as wide as their widest cell. */
function drawTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
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
