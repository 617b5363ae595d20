/** Whose SYN it is: the listener whose address and interface fit best. */
import type { Arrival } from "../../contract/transport.ts";
import type { PortHolder, PortTable } from "../../demux/port-table.ts";
import type { TcpHeader } from "../../wire/tcp.ts";
import type { TcpListener } from "./listener.ts";

/** Whoever holds a port; perhaps it listens. */
interface Holder extends PortHolder {
  readonly listener: TcpListener | undefined;
}

/** The listener at the address that a segment came for, else at any; of several that share it, one by the peer. */
export function findListener(
  ports: PortTable<Holder>,
  arrival: Arrival,
  header: TcpHeader,
): TcpListener | undefined {
  const { destinationPort } = header;
  const pick = (header.sourcePort ^ arrival.source.hash) >>> 0;
  return (
    pickOne(ports.holdersAt(destinationPort, arrival.destination), arrival, pick) ??
    pickOne(ports.holdersAround(destinationPort, arrival.destination), arrival, pick)
  );
}

/** One of those that listen, and take what came by this interface: always the same for the same peer. */
function pickOne(holders: Iterable<Holder>, arrival: Arrival, pick: number): TcpListener | undefined {
  let chosen: TcpListener | undefined;
  let shares = 0;
  for (const { listener } of holders) {
    if (listener === undefined || !takesFrom(listener, arrival)) continue;
    shares++;
    if (shares === 1 || pick % shares === 0) chosen = listener;
  }
  return chosen;
}

function takesFrom({ options }: TcpListener, arrival: Arrival): boolean {
  return options.interfaceName === "" || options.interfaceName === arrival.from.name;
}
