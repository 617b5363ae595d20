/** Whose SYN it is: the listener whose address and interface fit best. */
import type { Arrival } from "../../contract/transport.ts";
import type { TcpHeader } from "../../wire/tcp.ts";
import type { TcpListener } from "./listener.ts";

/** The listener whose address fits best; of several that share a port, one by the peer's port and address. */
export function findListener(
  holders: readonly { readonly listener: TcpListener | undefined }[],
  arrival: Arrival,
  header: TcpHeader,
): TcpListener | undefined {
  let best: TcpListener | undefined;
  let shares = 0;
  const pick = (header.sourcePort ^ arrival.source.hash) >>> 0;
  for (const { listener } of holders) {
    if (listener === undefined || !takes(listener, arrival)) continue;
    const better = best === undefined || (best.local.address.isAny && !listener.local.address.isAny);
    if (better) shares = 1;
    else if (best?.local.address.isAny !== listener.local.address.isAny) continue;
    else shares++;
    if (better || pick % shares === 0) best = listener;
  }
  return best;
}

/** Whether a listener's address and interface are those that a segment came for. */
function takes(listener: TcpListener, arrival: Arrival): boolean {
  const { interfaceName } = listener.options;
  if (interfaceName !== "" && interfaceName !== arrival.from.name) return false;
  return listener.local.address.isAny || listener.local.address.equals(arrival.destination);
}
