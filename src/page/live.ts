/** The page of a running stack: it hears of everything once a second, and shows what has changed. */
import { formatOctets, formatRate, formatSpan } from "./model/format.ts";
import { byId, colour, fillCanvas, h } from "./view/dom.ts";

/** As `/live` tells it; see `Status` of `tapstack/services`. */
interface Status {
  readonly uptime: number;
  readonly interfaces: readonly {
    readonly name: string;
    readonly mac: string;
    readonly mtu: number;
    readonly addresses: readonly string[];
    readonly counters: Readonly<Record<string, number>>;
  }[];
  readonly connections: readonly Connection[];
  readonly connectionCount: number;
  readonly counters: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

interface Connection {
  readonly local: string;
  readonly remote: string;
  readonly state: string;
  readonly receiveQueue: number;
  readonly sendQueue: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly totalRetransmits: number;
  readonly smoothedRtt: number;
  readonly congestionWindow: number;
}

/** Seconds that a sparkline shows. */
const MINUTE = 60;

/** What is kept of a connection between two beats. */
interface Line {
  readonly row: HTMLTableRowElement;
  readonly cells: readonly HTMLTableCellElement[];
  readonly canvas: HTMLCanvasElement;
  /** Octets a second, both ways, the newest last. */
  readonly rates: number[];
  octets: number;
  seen: number;
}

const lines = new Map<string, Line>();
const counters = new Map<string, HTMLElement>();
let beats = 0;

// ── each second ────────────────────────────────────────────────────────────────────────────────────────

function show(status: Status): void {
  beats++;
  byId("status").textContent = `up for ${formatSpan(Math.floor(status.uptime / 1e6) * 1e6)}`;
  byId("status").classList.remove("bad");
  showInterfaces(status);
  showConnections(status);
  showCounters(status);
}

function showInterfaces({ interfaces }: Status): void {
  byId("interfaces").replaceChildren(
    ...interfaces.map(({ name, mac, addresses, mtu, counters: counted }) =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }, name),
        ...[
          mac,
          addresses.join(" "),
          String(mtu),
          formatOctets(counted["ifInOctets"] ?? 0),
          formatOctets(counted["ifOutOctets"] ?? 0),
        ].map((text) => h("td", {}, text)),
      ),
    ),
  );
}

function showConnections({ connections, connectionCount }: Status): void {
  byId("count").textContent = `(${connectionCount})`;
  for (const connection of connections) showConnection(connection);
  for (const [key, { row, seen }] of lines) {
    if (seen === beats) continue;
    row.remove();
    lines.delete(key);
  }
}

function showConnection(connection: Connection): void {
  const key = `${connection.local} ${connection.remote}`;
  const line = lines.get(key) ?? newLine(key, connection);
  const octets = connection.bytesSent + connection.bytesReceived;
  line.rates.push(Math.max(0, octets - line.octets));
  if (line.rates.length > MINUTE) line.rates.shift();
  line.octets = octets;
  line.seen = beats;
  const isListener = connection.remote === "*";
  const { bytesReceived, bytesSent, totalRetransmits, smoothedRtt, congestionWindow } = connection;
  const texts = [
    connection.state,
    isListener ? "" : formatOctets(bytesReceived),
    isListener ? "" : formatOctets(bytesSent),
    undefined, // the sparkline
    totalRetransmits === 0 ? "" : String(totalRetransmits),
    smoothedRtt === 0 ? "" : formatSpan(smoothedRtt),
    congestionWindow === 0 ? "" : formatOctets(congestionWindow),
    isListener ? "" : `${formatOctets(connection.receiveQueue)}, ${formatOctets(connection.sendQueue)}`,
  ];
  for (const [at, text] of texts.entries()) {
    const cell = line.cells[at];
    if (cell !== undefined && text !== undefined && cell.textContent !== text) cell.textContent = text;
  }
  drawSparkline(line);
}

function newLine(key: string, { local, remote, bytesSent, bytesReceived }: Connection): Line {
  const cells = Array.from({ length: 8 }, () => h("td", {}));
  const canvas = h("canvas", { class: "spark", role: "img" });
  cells[3]?.append(canvas);
  const row = h("tr", {}, h("th", { scope: "row" }, local), h("td", {}, remote), ...cells);
  byId("connections").append(row);
  const line = { row, cells, canvas, rates: [], octets: bytesSent + bytesReceived, seen: beats };
  lines.set(key, line);
  return line;
}

function drawSparkline({ canvas, rates }: Line): void {
  const { context, width, height } = fillCanvas(canvas);
  context.fillStyle = colour("surface");
  context.fillRect(0, 0, width, height);
  const most = Math.max(1, ...rates);
  canvas.setAttribute(
    "aria-label",
    `now ${formatRate((rates.at(-1) ?? 0) * 8)}, at most ${formatRate(most * 8)}`,
  );
  canvas.title = canvas.getAttribute("aria-label") ?? "";
  context.fillStyle = colour("data");
  const step = width / MINUTE;
  for (const [at, rate] of rates.entries()) {
    const high = rate === 0 ? 0 : Math.max(1.5, (rate / most) * (height - 2));
    context.fillRect(width - (rates.length - at) * step, height - high, Math.max(1, step - 0.5), high);
  }
}

function showCounters({ interfaces, counters: layers }: Status): void {
  for (const { name, counters: values } of interfaces) showLayer(name, values);
  for (const [layer, values] of Object.entries(layers)) showLayer(layer, values);
}

function showLayer(layer: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    const key = `${layer} ${name}`;
    const known = counters.get(key);
    if (value === 0 && known === undefined) continue;
    const cell = known ?? newCounter(layer, name, key);
    const text = value.toLocaleString("en").replaceAll(",", " ");
    if (cell.textContent === text) continue;
    cell.textContent = text;
    cell.classList.remove("changed");
    void cell.offsetWidth; // begins the animation anew
    if (beats > 1) cell.classList.add("changed");
  }
}

function newCounter(layer: string, name: string, key: string): HTMLElement {
  const id = `layer-${layer}`;
  let list = document.getElementById(id);
  if (list === null) {
    list = h("dl", { id, class: "counted" });
    byId("counters").append(h("section", {}, h("h3", {}, layer), list));
  }
  const cell = h("dd", {});
  list.append(h("dt", {}, name), cell);
  counters.set(key, cell);
  return cell;
}

// ── begin ──────────────────────────────────────────────────────────────────────────────────────────────

function setTheme(theme: string): void {
  document.documentElement.dataset["theme"] = theme;
  for (const line of lines.values()) drawSparkline(line);
}

const dark = matchMedia("(prefers-color-scheme: dark)");
setTheme(dark.matches ? "dark" : "light");
dark.addEventListener("change", ({ matches }) => setTheme(matches ? "dark" : "light"));
byId("theme").addEventListener("click", () => {
  setTheme(document.documentElement.dataset["theme"] === "dark" ? "light" : "dark");
});

const source = new EventSource("/live");
source.addEventListener("message", (event: MessageEvent<string>) => show(JSON.parse(event.data) as Status));
source.addEventListener("error", () => {
  byId("status").textContent = "no answer: trying again";
  byId("status").classList.add("bad");
});
const explained = await fetch("/run.json", { method: "HEAD" });
byId("explained").hidden = !explained.ok;
