/** Makes the endpoints of a test's streams as its parameters want them. */
import type { TcpEndpoint, TcpOptions, UdpEndpoint } from "../../stack/index.ts";
import type { Iperf3Host } from "./iperf3-host.ts";
import type { Parameters } from "./protocol.ts";
import { fillWithNoise } from "./udp-stream.ts";

/** Octets of one read or write where blocks are shorter: a short read costs as much as a long one. */
const LEAST_BUFFER = 131_072;

/** Sets a TCP stream's options; what the stack refuses, such as an unknown congestion control, stays as it was. */
export function configureTcp(endpoint: TcpEndpoint, p: Parameters): void {
  const changes: Partial<TcpOptions>[] = [];
  if (p.window > 0) changes.push({ sendBuffer: p.window, receiveBuffer: p.window });
  if (p.maxSegment > 0) changes.push({ maxSegment: p.maxSegment });
  if (p.noDelay) changes.push({ noDelay: true });
  if (p.trafficClass > 0) changes.push({ trafficClass: p.trafficClass });
  if (p.congestion !== "") changes.push({ congestion: p.congestion });
  for (const change of changes) endpoint.configure(change);
}

/** Sets a UDP stream's options; as `configureTcp`. */
export function configureUdp(endpoint: UdpEndpoint, p: Parameters): void {
  if (p.window > 0) endpoint.configure({ sendBuffer: p.window, receiveBuffer: p.window });
  if (p.trafficClass > 0) endpoint.configure({ trafficClass: p.trafficClass });
}

/** The buffer that all TCP streams of one test write from or read into. */
export function makeBlock(host: Iperf3Host, p: Parameters): Uint8Array {
  const block = new Uint8Array(Math.max(p.length, LEAST_BUFFER));
  fillWithNoise(host, block);
  return block;
}

/** Streams that this side sends on, and streams that it receives on, in the order in which they are opened. */
export function directions(p: Parameters, side: "client" | "server"): boolean[] {
  const clientSends: boolean[] = [];
  for (let i = 0; i < p.parallel; i++) clientSends.push(p.bidirectional || !p.reverse);
  if (p.bidirectional) for (let i = 0; i < p.parallel; i++) clientSends.push(false);
  return side === "client" ? clientSends : clientSends.map((sends) => !sends);
}
