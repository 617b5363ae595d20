/** Two stacks in memory: bulk by segments and by super-segments, with what was sent checked by SHA-256. */
import { createHash } from "node:crypto";
import { IPV4_ANY, IPV6_ANY, type IpAddress, type TcpEndpoint } from "../src/stack/index.ts";
import { median, type Report } from "./results.ts";
import { BOB, BOB_6, Rig } from "./rig.ts";

const SECTION = "In memory, stack to stack, one process";
const BLOCK = 262_144;
const PORT = 5001;

export function benchMemory(report: Report, reps: number, seconds: number): void {
  for (const offloads of [false, true]) {
    const samples: number[] = [];
    const samples6: number[] = [];
    let perFrame = 0;
    for (let i = 0; i < reps; i++) {
      const { octets, frames, took } = bulk(offloads, seconds);
      samples.push((octets * 8) / took / 1e9);
      perFrame = (took * 1e9) / frames;
      const six = bulk(offloads, seconds, true); // in turn, so that both meet the same machine
      samples6.push((six.octets * 8) / six.took / 1e9);
    }
    const metric = offloads ? "bulk, super-segments" : "bulk, MSS 1460, checksums in software";
    const detail = { "ns a frame": perFrame };
    report.add({ section: SECTION, metric, unit: "Gbit/s", value: median(samples), samples, detail });
    report.add({
      section: SECTION,
      metric: `${offloads ? "bulk, super-segments" : "bulk, MSS 1440, checksums in software"}, over IPv6`,
      unit: "Gbit/s",
      value: median(samples6),
      samples: samples6,
      detail: { "of IPv4": median(samples6) / median(samples) },
    });
    report.add(checked(offloads));
  }
}

/** Sends for so long from one stack to the other. Also what the allocation profile runs. */
export function bulk(
  offloads: boolean,
  seconds: number,
  ipv6 = false,
): { octets: number; frames: number; took: number } {
  const rig = new Rig({ offloads, ipv6 });
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
  const warm = rig.clock.now() + 500_000;
  rig.run(() => rig.clock.now() >= warm);
  const [before, framesBefore, began] = [octets, rig.frames, rig.clock.now()];
  rig.run(() => rig.clock.now() >= began + seconds * 1e6);
  const took = (rig.clock.now() - began) / 1e6;
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
function checked(offloads: boolean): Parameters<Report["add"]>[0] {
  const rig = new Rig({ offloads });
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
  const metric = `${offloads ? "super-segments" : "MSS 1460"}: 64 MiB arrive with equal SHA-256`;
  return { section: SECTION, metric, unit: "", value: 1, samples: [1] };
}
