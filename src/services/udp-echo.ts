/** The Echo Protocol over UDP: every datagram is sent back to where it came from (RFC 862). */
import { type Failure, IPV6_ANY, type MutableSocketAddress, type UdpEndpoint } from "../stack/index.ts";
import type { ServiceHost } from "./session.ts";

/**
 * Ports from which a datagram is not answered: 0 is nobody's (RFC 768), and a service that itself answers
 * whatever it gets would keep up the exchange for ever.
 */
const UNANSWERED: readonly number[] = [0, 7, 13, 17, 19, 37];

/** Serves UDP echo on `port` of every address. */
export function serveUdpEcho(host: ServiceHost, port: number, scratch: Uint8Array): UdpEndpoint | Failure {
  const endpoint = host.openUdp();
  const failure = endpoint.bind({ address: IPV6_ANY, port });
  if (failure !== undefined) {
    endpoint.close();
    return failure;
  }
  const from: MutableSocketAddress = { address: IPV6_ANY, port: 0 };
  endpoint.onChange(() => {
    endpoint.takeFailure(); // an ICMP error about an answer: that client is gone, the others are not
    for (;;) {
      const count = endpoint.receive(scratch, from);
      if (count === undefined) return;
      // An answer that cannot go out now is lost, as datagrams may be; the stack has counted it.
      if (!UNANSWERED.includes(from.port)) endpoint.send(scratch, from, 0, Math.min(count, scratch.length));
    }
  });
  return endpoint;
}
