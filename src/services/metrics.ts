/** A status in the text format of Prometheus, version 0.0.4: one line for each number. */
import type { Status } from "./status.ts";

/** All counters, each by its name in the MIB; what is dropped, by reason; connections, by state. */
export function metrics(status: Status): string {
  const families = new Map<string, { readonly type: string; readonly lines: string[] }>();
  const add = (name: string, type: string, labels: Readonly<Record<string, string>>, value: number): void => {
    const family = families.get(name) ?? { type, lines: [] };
    families.set(name, family);
    const list = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    family.lines.push(`${name}${list.length === 0 ? "" : `{${list.join(",")}}`} ${value}`);
  };
  add("tapstack_uptime_seconds", "gauge", {}, status.uptime / 1e6);
  for (const { name, counters } of status.interfaces) {
    for (const [counter, value] of Object.entries(counters))
      addCounter(add, "interface", counter, value, { interface: name });
  }
  for (const [layer, counters] of Object.entries(status.counters)) {
    for (const [counter, value] of Object.entries(counters)) addCounter(add, layer, counter, value, {});
  }
  const states = new Map<string, number>();
  for (const { state } of status.connections) states.set(state, (states.get(state) ?? 0) + 1);
  for (const [state, count] of states) add("tapstack_tcp_connections", "gauge", { state }, count);
  add("tapstack_tcp_sockets", "gauge", {}, status.connectionCount);
  return [...families]
    .map(([name, { type, lines }]) => `# TYPE ${name} ${type}\n${lines.join("\n")}\n`)
    .join("");
}

type Add = (name: string, type: string, labels: Readonly<Record<string, string>>, value: number) => void;

/** Gauges of the MIBs; all else only grows. */
const GAUGES: ReadonlySet<string> = new Set(["currEstab"]);
const DROPPED = "dropped: ";

function addCounter(
  add: Add,
  layer: string,
  counter: string,
  value: number,
  labels: Readonly<Record<string, string>>,
): void {
  if (counter.startsWith(DROPPED)) {
    const reason = counter.slice(DROPPED.length);
    add(`tapstack_${layer}_dropped_total`, "counter", { ...labels, reason }, value);
    return;
  }
  const name = `tapstack_${layer}_${snakeCase(counter.replace(/^(?:ip|icmp|tcp|udp|if)(?=[A-Z])/, ""))}`;
  if (GAUGES.has(counter)) add(name, "gauge", labels, value);
  else add(`${name}_total`, "counter", labels, value);
}

function snakeCase(name: string): string {
  return name
    .replace(/[A-Z]+/g, (letters) => `_${letters.toLowerCase()}`)
    .replace(/^_/, "")
    .replace(/[^a-z0-9_]/g, "_");
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (letter) => (letter === "\n" ? "\\n" : `\\${letter}`));
}
