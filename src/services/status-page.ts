/** The pages of the main job: the stack's interfaces, connections and counters, live. */
import type { Page } from "./http.ts";
import type { Counters, Status } from "./status.ts";

/** `/` for people, `/stats.json` for programs, and the part of `/` that changes, by itself. */
export function statusPages(status: () => Status): ReadonlyMap<string, Page> {
  return new Map([
    ["/", { type: "text/html", body: () => document(figures(status())) }],
    ["/index.html", { type: "text/html", body: () => document(figures(status())) }],
    ["/figures.html", { type: "text/html", body: () => figures(status()) }],
    ["/stats.json", { type: "application/json", body: () => `${JSON.stringify(status(), null, 1)}\n` }],
  ]);
}

const SCRIPT = `setInterval(async () => {
  try {
    const answer = await fetch("/figures.html");
    document.querySelector("main").innerHTML = await answer.text();
    document.querySelector("#state").textContent = "live";
  } catch {
    document.querySelector("#state").textContent = "no answer";
  }
}, 1000);`;

const STYLE = `body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
table { border-collapse: collapse; margin-bottom: 1rem } th, td { text-align: left; padding: .1rem .8rem .1rem 0 }
td.n { text-align: right; font-variant-numeric: tabular-nums } section { display: inline-block; vertical-align: top; margin-right: 2rem }`;

function document(main: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>tapstack</title><style>${STYLE}</style></head>
<body>
<h1>tapstack</h1>
<p>This page comes from a TCP/IP stack written in TypeScript. It is <span id="state">as of now</span>.
The same as data: <a href="/stats.json">/stats.json</a></p>
<main>
${main}</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function figures(status: Status): string {
  const interfaces = status.interfaces.map((one) =>
    row([one.name, one.mac, one.addresses.join(", "), String(one.mtu)]),
  );
  const connections = status.connections.map((one) => row([one.local, one.remote, one.state]));
  const hidden = status.connectionCount - status.connections.length;
  const layers = [
    ...status.interfaces.map((one) => counters(one.name, one.counters)),
    ...Object.entries(status.counters).map(([layer, values]) => counters(layer, values)),
  ];
  return `<p>Up for ${(status.uptime / 1e6).toFixed(0)} s.</p>
<h2>Interfaces</h2>
${table(["name", "station", "addresses", "MTU"], interfaces)}
<h2>Connections (${status.connectionCount})</h2>
${table(["local", "remote", "state"], connections)}
${hidden > 0 ? `<p>and ${hidden} more</p>\n` : ""}<h2>Counters</h2>
${layers.join("\n")}
`;
}

function table(heads: readonly string[], rows: readonly string[]): string {
  return `<table><tr>${heads.map((head) => `<th>${head}</th>`).join("")}</tr>\n${rows.join("\n")}</table>`;
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("")}</tr>`;
}

/** Counters that never counted are left out: there are many. */
function counters(title: string, values: Counters): string {
  const rows = Object.entries(values)
    .filter(([, value]) => value !== 0)
    .map(([name, value]) => `<tr><td>${escapeHtml(name)}</td><td class="n">${value}</td></tr>`);
  return `<section><h3>${escapeHtml(title)}</h3>\n<table>${rows.join("\n")}</table></section>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
