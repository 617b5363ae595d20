/** The next hop does not answer: tells the transports whose datagrams waited for it, as if a router had said so. */
import { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import type { UnreachableCause, UnreachableReport } from "../contract/transport.ts";

/** Who passes the reports on. */
interface ReportHost {
  unreachable(protocol: number, report: UnreachableReport): Drop;
}

/** Reads the headers of what could not be sent, of one family. */
interface FailedDatagram extends UnreachableReport {
  cause: UnreachableCause;
  type: number;
  code: number;
  mtu: number;
  reporter: IpAddress;
  readonly protocol: number;
  readDatagram(view: DataView, at: number, end: number): Drop;
}

/** Tells protocols of what could not be sent because a neighbour did not answer. */
export class UnresolvedReports {
  readonly #host: ReportHost;
  readonly #quoted: FailedDatagram;

  constructor(host: ReportHost, quoted: FailedDatagram) {
    this.#host = host;
    this.#quoted = quoted;
  }

  /** `packet` is lent, `start` at its IP header. */
  report(packet: Packet): void {
    const quoted = this.#quoted;
    if (quoted.readDatagram(packet.view, packet.start, packet.end) !== Drop.none) return;
    quoted.cause = "unresolved";
    quoted.type = 0;
    quoted.code = 0;
    quoted.mtu = 0;
    quoted.reporter = quoted.source;
    this.#host.unreachable(quoted.protocol, quoted);
  }
}
