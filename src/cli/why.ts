/** `tapstack why`: what a capture of ours knows of a frame: why it was sent, or what was made of it, and what led to it. */
import { readFileSync } from "node:fs";
import {
  capturedEvents,
  linkedPacket,
  packetsOf,
  READ_LINKS,
  type ReadCapture,
  type ReadPacket,
  readCapture,
} from "../drivers/observe/index.ts";
import { causeOf, type EventLog, type LoggedEvent } from "../events/index.ts";
import { sentenceOf, why, whyInferred } from "../explain/index.ts";
import { formatFrame } from "../stack/index.ts";
import { parseArguments } from "./parse-arguments.ts";
import { UsageError } from "./usage-error.ts";

const HELP = `Usage: tapstack why CAPTURE NUMBER

Tells of the frame with that number (Wireshark's) in a capture that 'tapstack serve --pcap', 'tapstack replay --pcap' or
the Lab has written: why it was sent, with the RFC, the numbers that decided, what led to it, and what would have happened
otherwise; of a frame that was received, what was done because of it.

  --help               this text
`;

const OPTIONS = { help: { type: "boolean", short: "h", default: false } } as const;

/** Of a Lab without them, or a file that was cut off. */
const NO_EVENTS =
  "What led to it is not in this file, which has no events: a Lab writes them that was made with events: true.";

/** Consequences of a received frame that are told. */
const MOST_CONSEQUENCES = 20;

/** Runs the subcommand; its exit status. */
export async function whyFrame(args: readonly string[]): Promise<number> {
  const { values, positionals: words } = parseArguments(args, OPTIONS);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [path, text] = words;
  if (path === undefined || text === undefined)
    throw new UsageError("why needs a capture and the number of a frame");
  const capture = readFile(path);
  const packet = packetsOf(capture).find(({ number }) => String(number) === text);
  if (packet === undefined) {
    throw new UsageError(`${path} has no frame ${text}: it has ${packetsOf(capture).length} frames`);
  }
  process.stdout.write(`${explained(packet, capture).join("\n")}\n`);
  return 0;
}

function explained(packet: ReadPacket, capture: ReadCapture): readonly string[] {
  const { direction, comments, number, id } = packet;
  const way = direction === undefined ? "" : ` ${direction}`;
  const head = `Frame ${number}${way}: ${shown(packet)}`;
  const log = capturedEvents(capture);
  const event = id === undefined ? undefined : log?.event(id);
  if (log === undefined || event === undefined) {
    if (comments.length > 0) return [head, "", ...comments, ...(log === undefined ? ["", NO_EVENTS] : [])];
    return [head, "", inferred(packet, capture)];
  }
  if (direction === "in") return [head, "", ...received(log, event)];
  return [head, "", why(log, event).text];
}

/** As tcpdump shows it, if it is of a link that we read; of one that was cut short, how much there is. */
function shown(packet: ReadPacket): string {
  const { bytes, length, interface: on } = packet;
  const linked = linkedPacket(packet);
  if (linked === undefined) return `of a link of type ${on.linkType}: only ${READ_LINKS} are read`;
  const { bytes: octets, medium } = linked;
  const text = formatFrame(
    new DataView(octets.buffer, octets.byteOffset, octets.byteLength),
    0,
    octets.length,
    medium,
  );
  return bytes.length < length ? `${text} (${bytes.length} of ${length} octets were kept)` : text;
}

/** What can be guessed from what is on the wire. */
function inferred(packet: ReadPacket, capture: ReadCapture): string {
  const packets = packetsOf(capture);
  const begin = packets[0]?.time ?? 0;
  const frames = packets.map((one) => ({
    time: (one.time ?? begin) - begin,
    ...(linkedPacket(one) ?? { medium: "ip" as const, bytes: new Uint8Array() }),
  }));
  const none = "The capture has no events that tell of this frame: only who has sent it knows why.";
  return whyInferred(frames, packets.indexOf(packet))?.text ?? none;
}

/** What led to it, as far as a host of the same log has sent it, and what was done because of it. */
function received(log: EventLog, event: LoggedEvent): readonly string[] {
  const consequences: LoggedEvent[] = [];
  const due = new Set([event.id]);
  for (const one of log.events({ from: event.id + 1 })) {
    if (!due.has(one.cause)) continue;
    if (one.kind === "received" || one.kind === "call") continue;
    due.add(one.id);
    consequences.push(one);
    if (consequences.length === MOST_CONSEQUENCES) break;
  }
  const sender = causeOf(log, event);
  const lines = consequences.map((one) => `  ${sentenceOf(one)}`);
  return [
    ...(sender === undefined ? [] : [`It was sent like this: ${why(log, sender).text}`, ""]),
    lines.length === 0 ? "Nothing was done because of it." : "Because of it:",
    ...lines,
  ];
}

function readFile(path: string): ReadCapture {
  try {
    const capture = readCapture(readFileSync(path));
    if (capture.damage !== undefined) {
      process.stderr.write(`tapstack: ${path}, at ${capture.damage.offset}: ${capture.damage.what}\n`);
    }
    return capture;
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
}
