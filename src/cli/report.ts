/** What `serve` prints: what to try, one line per connection, statistics at the end. */

import { PORTS, type ServiceObserver, type Status } from "../services/index.ts";
import type { Failure, SocketAddress, TcpEndpoint } from "../stack/index.ts";
import type { ServeOptions } from "./serve-options.ts";
import type { Output } from "./standard-output.ts";

/** The line that tells scripts that the services are there. */
export function readyLine(device: string, { address, address6, autoconf }: ServeOptions): string {
  const ours = [address, address6].flatMap((one) =>
    one === undefined ? [] : [`${one.address}/${one.prefixLength}`],
  );
  return `tapstack: ready on ${device} ${ours.join(" ")}${autoconf ? " and what routers say" : ""}`;
}

/** What to try from another shell. */
export function invitation({ address, address6, controlPort }: ServeOptions): readonly string[] {
  const ours = address.address.toString();
  const lines = [
    "try, from another shell:",
    `  ping ${ours}`,
    `  curl http://${ours}/`,
    `  printf hi | nc -N ${ours} ${PORTS.echo}          (and -u -w1 for UDP)`,
    `  nc ${ours} ${PORTS.daytime}`,
    `  nc ${ours} ${PORTS.source} | head -c 100M | sha256sum`,
  ];
  if (controlPort !== 0) lines.push(`  printf 'CONNECT 10.77.0.1 22\\n' | nc ${ours} ${controlPort}`);
  if (address6 !== undefined) {
    lines.push(`  ping -6 ${address6.address}`, `  curl -g 'http://[${address6.address}]/'`);
  }
  return [...lines, "Ctrl-C ends it."];
}

/** One line per connection, when it ends: who, what went each way, and how it ended. */
export class ConnectionLog implements ServiceObserver {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  closed(service: string, connection: TcpEndpoint, failure: Failure | undefined): void {
    const { remote, unsent } = connection;
    const { bytesReceived, bytesAcknowledged } = connection.info();
    const peer = remote === undefined ? "?" : endText(remote);
    const end = failure === undefined ? "" : `, ${failure}`;
    this.#output.line(`${service} ${peer}  in ${bytesReceived}  out ${bytesAcknowledged + unsent}${end}`);
  }
}

/** An address and a port, as in a URL. */
function endText({ address, port }: SocketAddress): string {
  return address.family === 4 ? `${address}:${port}` : `[${address}]:${port}`;
}

/** Every counter that has counted, by layer. */
export function statistics(status: Status): readonly string[] {
  const layers: [string, Readonly<Record<string, number>>][] = [
    ...status.interfaces.map((one) => [one.name, one.counters] as [string, Readonly<Record<string, number>>]),
    ...Object.entries(status.counters),
  ];
  const lines = [`up for ${(status.uptime / 1e6).toFixed(1)} s, ${status.connectionCount} TCP sockets open`];
  for (const [layer, counters] of layers) {
    const counted = Object.entries(counters).filter(([, value]) => value !== 0);
    if (counted.length === 0) continue;
    lines.push(`${layer}:`, ...counted.map(([name, value]) => `  ${name} ${value}`));
  }
  return lines;
}
