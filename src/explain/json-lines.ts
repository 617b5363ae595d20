/**
 * Events as JSON lines, in the manner of qlog's main schema: a line that tells of the file, then one an event. Read
 * back, they are a log as any other.
 */
import { EventList, type EventLog, type LoggedEvent } from "../events/index.ts";
import { type ConnectionEnds, type Instant, type IpAddress, parseIp, TRACE_VERSION } from "../stack/index.ts";
import { reasonOf } from "./why.ts";

/** Of the schema of the events; the version is that of the events. */
const SCHEMA = "urn:tapstack:events:";

/** What every line of an event has beside its data. */
interface Line {
  /** Milliseconds since the clock began. */
  readonly time: number;
  /** `layer:kind`. */
  readonly name: string;
  readonly host: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * The log as JSON lines, each with its end. `data` has the fields of the events as `TraceEvent` names them; with a
 * reason, also the RFC that asks for it. Numbers that JSON has not (Infinity) are null.
 *
 * @param title - of the file
 */
export function* jsonLines(log: EventLog, title = ""): Iterable<string> {
  const header = {
    file_schema: "urn:ietf:params:qlog:file:sequential",
    serialization_format: "application/x-ndjson",
    title,
    trace: {
      event_schemas: [SCHEMA + TRACE_VERSION],
      common_fields: {
        time_format: "relative_to_epoch",
        reference_time: { clock_type: "monotonic", epoch: "unknown" },
      },
      vantage_points: log.hosts.map((name) => ({ name, type: "unknown" })),
    },
  };
  yield `${JSON.stringify(header)}\n`;
  for (const event of log.events()) yield `${JSON.stringify(lineOf(event))}\n`;
}

/** One event as its line is. */
export function lineOf(event: LoggedEvent): Line {
  const { version, kind, layer, time, host, ...data } = event;
  void version;
  const { rfc } = reasonOf(event);
  const more: Record<string, unknown> = { ...data, ...(rfc !== "" && { rfc }) };
  if ("head" in event) more["head"] = hexOf(event.head);
  if ("connection" in event) more["connection"] = endsOf(event.connection);
  return { time: time / 1000, name: `${layer}:${kind}`, host, data: more };
}

/**
 * The log that was written so.
 *
 * @throws SyntaxError for what is no such file, or of another version, with the number of the line
 */
export function parseJsonLines(text: string): EventLog {
  const lines = text.split("\n");
  const events: LoggedEvent[] = [];
  lines.forEach((line, index) => {
    if (line === "") return;
    try {
      const value: unknown = JSON.parse(line);
      if (index === 0) checkHeader(value);
      else events.push(eventOf(value as Line));
    } catch (error) {
      throw new SyntaxError(`line ${index + 1}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  return new EventList(events);
}

function checkHeader(value: unknown): void {
  const schemas: unknown = (value as { trace?: { event_schemas?: unknown } }).trace?.event_schemas;
  if (!Array.isArray(schemas) || !schemas.includes(SCHEMA + TRACE_VERSION)) {
    throw new SyntaxError(`the events are not of ${SCHEMA}${TRACE_VERSION}`);
  }
}

function eventOf({ time, name, host, data }: Line): LoggedEvent {
  const [layer, kind] = name.split(":");
  const { rfc, head, connection, ...more } = data;
  void rfc;
  return {
    ...infinite(more),
    version: TRACE_VERSION,
    kind,
    layer,
    host,
    time: Math.round(time * 1000) as Instant,
    ...(typeof head === "string" && { head: octetsOf(head) }),
    ...("connection" in data && { connection: parseEnds(connection) }),
  } as unknown as LoggedEvent;
}

/** JSON has no Infinity: it is null in a line, and nothing else is. */
function infinite(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      name,
      value === null
        ? Number.POSITIVE_INFINITY
        : name === "numbers"
          ? infinite(value as Readonly<Record<string, unknown>>)
          : value,
    ]),
  );
}

function endsOf(ends: ConnectionEnds | undefined): unknown {
  if (ends === undefined) return null;
  const { localAddress, localPort, remoteAddress, remotePort } = ends;
  return { localAddress: String(localAddress), localPort, remoteAddress: String(remoteAddress), remotePort };
}

function parseEnds(value: unknown): ConnectionEnds | undefined {
  if (value === null || value === undefined) return undefined;
  const { localAddress, localPort, remoteAddress, remotePort } = value as Readonly<Record<string, never>>;
  return {
    localAddress: parseAddress(String(localAddress)),
    localPort: Number(localPort),
    remoteAddress: parseAddress(String(remoteAddress)),
    remotePort: Number(remotePort),
  };
}

/** @throws SyntaxError for what is no address */
function parseAddress(text: string): IpAddress {
  const address = parseIp(text);
  if (address === undefined) throw new SyntaxError(`"${text}" is no address`);
  return address;
}

function hexOf(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

function octetsOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
