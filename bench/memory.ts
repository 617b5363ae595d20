/** Two stacks in memory: bulk by segments and by super-segments, with what was sent checked by SHA-256. */
import { createHash } from "node:crypto";
import {
  IPV4_ANY,
  IPV6_ANY,
  type IpAddress,
  type TcpEndpoint,
  type TcpSettings,
} from "../src/stack/index.ts";
import { median, type Report } from "./results.ts";
import { BOB, BOB_6, Rig, type RigOptions } from "./rig.ts";

const SECTION = "In memory, stack to stack, one process";
/** What an application writes and reads at a time. */
const BLOCK = 65_536;
const PORT = 5001;

/** With these all octets on their way fit the processor's cache, where those of the default do not. */
const CACHED: TcpSettings = { options: { sendBuffer: 65_536, receiveBuffer: 65_536 } };

/** The links that are measured, and what a metric over each is called. */
const LINKS: readonly (LinkUse & { readonly name: string; readonly ipv6Name: string })[] = [
  {
    name: "bulk, MSS 1460, checksums in software",
    ipv6Name: "bulk, MSS 1440, checksums in software, over IPv6",
    offloads: false,
  },
  {
    name: "bulk, MSS 1460, the link vouches for checksums",
    ipv6Name: "bulk, MSS 1440, the link vouches for checksums, over IPv6",
    offloads: false,
    vouchesForChecksums: true,
  },
  {
    name: "bulk, MSS 1460, the link vouches, buffers of 64 KB",
    ipv6Name: "bulk, MSS 1440, the link vouches, buffers of 64 KB, over IPv6",
    offloads: false,
    vouchesForChecksums: true,
    tcp: CACHED,
  },
  { name: "bulk, super-segments", ipv6Name: "bulk, super-segments, over IPv6", offloads: true },
  {
    name: "bulk, super-segments, buffers of 64 KB",
    ipv6Name: "bulk, super-segments, buffers of 64 KB, over IPv6",
    offloads: true,
    tcp: CACHED,
  },
];

export function benchMemory(report: Report, reps: number, seconds: number): void {
  for (const { name, ipv6Name, ...link } of LINKS) {
    const samples: number[] = [];
    const samples6: number[] = [];
    let perFrame = 0;
    for (let i = 0; i < reps; i++) {
      const { octets, frames, took } = bulk(link, seconds);
      samples.push((octets * 8) / took / 1e9);
      perFrame = (took * 1e9) / frames;
      const six = bulk(link, seconds, true); // in turn, so that both meet the same machine
      samples6.push((six.octets * 8) / six.took / 1e9);
    }
    const detail = { "ns a frame": perFrame };
    report.add({ section: SECTION, metric: name, unit: "Gbit/s", value: median(samples), samples, detail });
    report.add({
      section: SECTION,
      metric: ipv6Name,
      unit: "Gbit/s",
      value: median(samples6),
      samples: samples6,
      detail: { "of IPv4": median(samples6) / median(samples) },
    });
    report.add(checked(name, link));
  }
}

/** What the two stacks are joined by. */
type LinkUse = Pick<RigOptions, "offloads" | "vouchesForChecksums" | "tcp">;

/** Of this process, which never waits: so a busy machine spoils little. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Sends for so many seconds of processor time from one stack to the other. Also what the allocation profile runs. */
export function bulk(
  link: LinkUse,
  seconds: number,
  ipv6 = false,
): { octets: number; frames: number; took: number } {
  const rig = new Rig({ ...link, ipv6 });
  const { client, server } = connect(rig, PORT, ipv6 ? BOB_6 : BOB);
  const block = new Uint8Array(BLOCK);
  const into = new Uint8Array(BLOCK);
  let octets = 0;
  const send = (): void => {
    while (client.write(block) !== undefined);
  };
  const receive = (): void => {
    for (let n = server.read(into); n !== undefined; n = server.read(into)) octets += n;
  };
  client.onChange(send);
  server.onChange(receive);
  send();
  const warm = processorSeconds() + 0.5;
  rig.run(() => processorSeconds() >= warm);
  const [before, framesBefore, began] = [octets, rig.frames, processorSeconds()];
  rig.run(() => processorSeconds() >= began + seconds);
  const took = processorSeconds() - began;
  return { octets: octets - before, frames: rig.frames - framesBefore, took };
}

export function connect(
  rig: Rig,
  port: number = PORT,
  to: IpAddress = BOB,
): { client: TcpEndpoint; server: TcpEndpoint } {
  const listener = rig.bob.openTcp();
  listener.bind({ address: to.family === 4 ? IPV4_ANY : IPV6_ANY, port });
  listener.listen(16);
  const client = rig.alice.openTcp();
  client.connect({ address: to, port });
  let server: TcpEndpoint | undefined;
  rig.run(() => {
    server ??= listener.accept();
    return server !== undefined && client.connected;
  });
  if (server === undefined) throw new Error("no connection");
  return { client, server };
}

/** The same with contents: SHA-256 of what arrived must be that of what was sent. */
function checked(name: string, link: LinkUse): Parameters<Report["add"]>[0] {
  const rig = new Rig(link);
  const { client, server } = connect(rig);
  const total = 64 * 1024 * 1024;
  const sent = createHash("sha256");
  const received = createHash("sha256");
  const block = Uint8Array.from({ length: 65_521 }, (_, i) => (i * 7919) >>> 5);
  const into = new Uint8Array(BLOCK);
  let out = 0;
  let done = false;
  const send = (): void => {
    while (out < total) {
      const n = client.write(block, 0, Math.min(block.length, total - out));
      if (n === undefined) return;
      sent.update(block.subarray(0, n));
      out += n;
    }
    client.finish();
  };
  client.onChange(send);
  server.onChange(() => {
    for (let n = server.read(into); n !== undefined && !done; n = server.read(into)) {
      received.update(into.subarray(0, n));
      done = n === 0;
    }
  });
  send();
  rig.run(() => done);
  if (sent.digest("hex") !== received.digest("hex")) throw new Error("SHA-256 differs");
  const metric = `${name}: 64 MiB arrive with equal SHA-256`;
  return { section: SECTION, metric, unit: "", value: 1, samples: [1] };
}
