/** The pages of the main job: the stack's interfaces, connections and counters, for people and for programs. */
import { type Duration, seconds } from "../stack/index.ts";
import type { Page } from "./http.ts";
import { metrics } from "./metrics.ts";
import type { Counters, Status } from "./status.ts";

const HTML = "text/html; charset=us-ascii";
const BEAT: Duration = seconds(1);

/**
 * `/` for people and `/stats.json` for programs; `/live`, the same each second as server-sent events; `/metrics` for
 * Prometheus. Who does not ask for HTML gets plain text.
 */
export function statusPages(status: () => Status): ReadonlyMap<string, Page> {
  const front: Page = { type: HTML, body: () => document(status()), plain: () => plainText(status()) };
  return new Map([
    ["/", front],
    ["/index.html", front],
    ["/stats.json", { type: "application/json", body: () => `${JSON.stringify(status(), null, 1)}\n` }],
    [
      "/live",
      { type: "text/event-stream", body: () => `data: ${JSON.stringify(status())}\n\n`, every: BEAT },
    ],
    ["/metrics", { type: "text/plain; version=0.0.4", body: () => metrics(status()) }],
  ]);
}

/** Needs nothing but this text: where the page with plots was not built, this is what there is. */
function document(status: Status): string {
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>tapstack</title>
<meta http-equiv="refresh" content="2"><style>:root { color-scheme: light dark } body { margin: 1rem }</style></head>
<body>
<h1>tapstack</h1>
<p>This page comes from a TCP/IP stack written in TypeScript.
The same as data: <a href="/stats.json">/stats.json</a>, <a href="/metrics">/metrics</a></p>
<pre>
${escapeHtml(plainText(status))}</pre>
</body>
</html>
`;
}

/** As `ip`, `ss` and `nstat` would show it. */
function plainText(status: Status): string {
  const interfaces = status.interfaces.map((one) => [
    one.name,
    one.mac,
    one.addresses.join(" "),
    String(one.mtu),
  ]);
  const connections = status.connections.map((one) => [
    one.local,
    one.remote,
    one.state,
    String(one.bytesReceived),
    String(one.bytesSent),
    String(one.totalRetransmits),
    one.smoothedRtt === 0 ? "" : `${(one.smoothedRtt / 1000).toFixed(3)} ms`,
  ]);
  const hidden = status.connectionCount - status.connections.length;
  const layers = [
    ...status.interfaces.map((one) => counted(one.name, one.counters)),
    ...Object.entries(status.counters).map(([layer, values]) => counted(layer, values)),
  ];
  return `up for ${(status.uptime / 1e6).toFixed(0)} s

${columns([["interface", "station", "addresses", "MTU"], ...interfaces])}

${columns([["local", "remote", "state", "in", "out", "again", "rtt"], ...connections])}
${hidden > 0 ? `and ${hidden} more\n` : ""}
${layers.filter((text) => text !== "").join("\n")}
`;
}

/** Counters that never counted are left out: there are many. */
function counted(title: string, values: Counters): string {
  const rows = Object.entries(values).filter(([, value]) => value !== 0);
  return rows.map(([name, value]) => `${title} ${name} ${value}`).join("\n");
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[letter] ?? letter);
}
