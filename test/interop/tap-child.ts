/**
 * Runs inside a network namespace of its own: opens a TAP as told by the JSON in its first argument, and
 * answers ARP and pings for the address in its second, without a stack. Prints one JSON object per line for
 * each event; a line on its input is a command.
 */
import { createInterface } from "node:readline";
import { openTap, TapError, type TapOptions, tapAvailable } from "../../src/drivers/node/index.ts";
import { type LinkSink, type Packet, PacketPool, parseIpv4 } from "../../src/stack/index.ts";

const [options = "{}", address = "", user = ""] = process.argv.slice(2);
const OURS: number = (parseIpv4(address)?.word3 ?? 0) >>> 0;

const ARP = 0x0806;
const IPV4 = 0x0800;
const ETHERTYPE = 12;

function say(event: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** Turns a request into its answer, in place; false when it is none for us. */
function answer({ view, bytes, start }: Packet): boolean {
  const type = view.getUint16(start + ETHERTYPE);
  if (type === ARP) {
    if (view.getUint16(start + 20) !== 1 || view.getUint32(start + 38) !== OURS) return false;
    view.setUint16(start + 20, 2);
    bytes.copyWithin(start + 32, start + 22, start + 32); // the sender becomes the target
    bytes.set([2, 0, 0, 0, 0, 2], start + 22);
    view.setUint32(start + 28, OURS);
  } else if (type === IPV4 && view.getUint8(start + 23) === 1 && view.getUint8(start + 34) === 8) {
    const from = view.getUint32(start + 26);
    view.setUint32(start + 26, view.getUint32(start + 30));
    view.setUint32(start + 30, from);
    view.setUint8(start + 34, 0);
    const sum = view.getUint16(start + 36) + 0x0800; // the type's 8 has gone (RFC 1624)
    view.setUint16(start + 36, (sum & 0xffff) + (sum >>> 16));
  } else return false;
  bytes.copyWithin(start, start + 6, start + 12);
  bytes.set([2, 0, 0, 0, 0, 2], start + 6);
  return true;
}

const UDP = 17;

async function main(): Promise<void> {
  const parsed = JSON.parse(options) as TapOptions;
  if (user !== "") process.setuid?.(Number(user));
  say({ event: "available", ...(await tapAvailable(parsed.name)) });
  const link = await openTap(parsed);
  const pool = new PacketPool();
  const replies: Packet[] = [];
  const sink: LinkSink = {
    pool,
    received: (frames, count) => {
      replies.length = 0;
      for (const frame of frames.slice(0, count)) {
        if (
          frame.view.getUint16(frame.start + ETHERTYPE) === IPV4 &&
          frame.view.getUint8(frame.start + 23) === UDP
        ) {
          say({ event: "udp", offloaded: frame.checksumOffloaded, octets: frame.length });
        }
        const reply = pool.take(frame.length + 2);
        reply.start += 2;
        reply.end = reply.start + frame.length;
        reply.bytes.set(frame.bytes.subarray(frame.start, frame.end), reply.start);
        if (answer(reply)) replies.push(reply);
        else pool.release(reply);
      }
      if (link.transmit(replies, replies.length) !== replies.length) say({ event: "short" });
    },
    writable: () => say({ event: "writable" }),
    failed: (reason) => {
      say({ event: "failed", reason, outstanding: pool.outstanding });
      process.stdin.unref();
    },
  };
  link.attach(sink);
  say({ event: "ready", name: link.name, capabilities: link.capabilities });
  const commands: Record<string, () => void> = {
    close: () => {
      link.close();
      say({ event: "closed", outstanding: pool.outstanding, statistics: link.statistics });
      process.stdin.unref();
    },
    unref: () => {
      link.unref();
      process.stdin.unref();
    },
  };
  createInterface({ input: process.stdin }).on("line", (line) => commands[line]?.());
}

main().catch((error: unknown) => {
  if (!(error instanceof TapError)) throw error;
  say({ event: "error", code: error.code, message: error.message });
});
