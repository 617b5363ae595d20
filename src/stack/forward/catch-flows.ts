/**
 * Any flow goes to the program's own code: whatever comes in by an interface is for this host, for any address and
 * port (as with TPROXY of Linux). When the first flow for a port comes, the program is asked whether to listen on that
 * port. The accepted socket shows as its own address the one that the flow was meant for.
 */
import { Drop } from "../base/drop.ts";
import type { Passage } from "../contract/forwarding.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";
import { IPPROTO_TCP, readTcpFlags, SYN, TCP_HEADER_BYTES } from "../wire/tcp.ts";
import { readDestinationPort } from "../wire/transport.ts";
import { IPPROTO_UDP, UDP_HEADER_BYTES } from "../wire/udp.ts";
import { PRIORITY } from "./hooks.ts";
import type { Router, RouterOptions } from "./router.ts";

/** Behind whatever filters. */
const CATCH = PRIORITY.filter + 50;
/** Ports that are listened on at once, of both protocols: who comes with more displaces the oldest. */
const MOST_PORTS = 1024;
const PORTS = 65_536;

/** The stack whose flows are caught. */
export interface CatchingStack {
  readonly router: Router | undefined;
  startRouter(options: RouterOptions): Router;
}

/**
 * A flow has come for a port that was not asked about yet. Listens on it, at the wildcard address, and before it returns:
 * then the flow is taken. Gives what ends that; undefined if such flows are not wanted.
 */
export type OpenPort = (protocol: "tcp" | "udp", port: number) => (() => void) | undefined;

/**
 * Catches all flows that come in by `on`. Echo requests are answered for every address.
 *
 * @returns what ends it: the ports are closed, connections go on
 */
export function catchFlows(stack: CatchingStack, on: NetworkInterface, open: OpenPort): () => void {
  const router = stack.router ?? stack.startRouter({ forwarding: false });
  const opened = new Map<number, (() => void) | undefined>();
  const unhook = router.hooks.add("input", (passage) => look(passage), CATCH);
  router.setTransparent(on, true);

  function look(passage: Passage): Drop {
    if (passage.from !== on || !begins(passage)) return Drop.none;
    const { protocol, packet } = passage;
    const port = readDestinationPort(packet.view, packet.transport);
    const key = protocol * PORTS + port;
    if (opened.has(key) || port === 0) return Drop.none;
    if (opened.size >= MOST_PORTS) displace();
    opened.set(key, open(protocol === IPPROTO_TCP ? "tcp" : "udp", port));
    return Drop.none;
  }

  function displace(): void {
    for (const [key, close] of opened) {
      opened.delete(key);
      close?.();
      return;
    }
  }

  return () => {
    unhook();
    router.setTransparent(on, false);
    while (opened.size > 0) displace();
  };
}

/** A datagram of UDP, or the first segment of a connection. */
function begins({ packet, protocol, laterFragment }: Passage): boolean {
  const { view, transport, end } = packet;
  if (laterFragment) return false;
  if (protocol === IPPROTO_UDP) return end - transport >= UDP_HEADER_BYTES;
  if (protocol !== IPPROTO_TCP || end - transport < TCP_HEADER_BYTES) return false;
  return (readTcpFlags(view, transport) & SYN) !== 0;
}
