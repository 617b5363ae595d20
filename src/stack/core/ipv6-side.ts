/** A transport as IPv6 sees it: while it is handed something of IPv6, its ports are those of IPv6. */
import type { Drop } from "../base/drop.ts";
import type {
  Arrival,
  PortsOfFamilies,
  TransportProtocol,
  UnreachableReport,
} from "../contract/transport.ts";

/** Stands before a transport that has ports. */
export class Ipv6Side implements TransportProtocol {
  readonly name: string;
  readonly number: number;
  readonly #transport: TransportProtocol;
  readonly #ports: PortsOfFamilies;

  constructor(transport: TransportProtocol, ports: PortsOfFamilies) {
    this.name = transport.name;
    this.number = transport.number;
    this.#transport = transport;
    this.#ports = ports;
  }

  receive(arrival: Arrival): Drop {
    const ports = this.#ports;
    ports.serving = 6;
    const reason = this.#transport.receive(arrival);
    ports.serving = 4;
    return reason;
  }

  unreachable(report: UnreachableReport): Drop {
    const ports = this.#ports;
    ports.serving = 6;
    const reason = this.#transport.unreachable(report);
    ports.serving = 4;
    return reason;
  }

  /** The transport notes its own flush. */
  flush(): void {}
}
