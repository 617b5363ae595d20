/**
 * Where a TCP of one's own begins: this one knows no connections, so whatever comes is reset, as RFC 9293 §3.10.7.1
 * wants of the state CLOSED. `createTcp` puts it in the place of the stack's.
 */
import { AF_INET, SOCK_STREAM } from "tapstack";
import { Lab } from "tapstack/lab";
import {
  type Arrival,
  Drop,
  type Route,
  type TcpEndpoint,
  type TcpProtocol,
  type TransportContext,
} from "tapstack/stack";

const HEADER = 20;
const [FIN, SYN, RST, ACK] = [1, 2, 4, 16];

class RefusingTcp implements TcpProtocol {
  readonly name: string = "refusing tcp";
  readonly number: number = 6;
  readonly #context: TransportContext;

  constructor(context: TransportContext) {
    this.#context = context;
  }

  /** Next to be written: OPEN, and an endpoint for it. */
  open(): TcpEndpoint {
    throw new Error("this TCP only refuses");
  }

  receive({ packet, source, destination, toMany }: Arrival): Drop {
    const { view, start, end } = packet;
    if (packet.length < HEADER) return Drop.truncated;
    const flags = view.getUint8(start + 13);
    if (toMany) return Drop.segmentToMany;
    if ((flags & RST) !== 0) return Drop.resetForNobody;
    const route = this.#context.route(source, destination);
    if (route === undefined) return Drop.noRouteBack;
    const text = end - start - (view.getUint8(start + 12) >> 4) * 4;
    const length = text + ((flags & SYN) !== 0 ? 1 : 0) + ((flags & FIN) !== 0 ? 1 : 0);
    const ports = { from: view.getUint16(start + 2), to: view.getUint16(start) };
    if ((flags & ACK) !== 0) this.#reset(route, ports, view.getUint32(start + 8), 0, RST);
    else this.#reset(route, ports, 0, view.getUint32(start + 4) + length, RST | ACK);
    return Drop.closedPort;
  }

  #reset(route: Route, ports: { from: number; to: number }, seq: number, ack: number, flags: number): void {
    const packet = this.#context.pool.take(HEADER);
    const at = packet.start;
    packet.transport = at;
    packet.end = at + HEADER;
    packet.bytes.fill(0, at, packet.end);
    packet.view.setUint16(at, ports.from);
    packet.view.setUint16(at + 2, ports.to);
    packet.view.setUint32(at + 4, seq);
    packet.view.setUint32(at + 8, ack);
    packet.view.setUint16(at + 12, (5 << 12) | flags); // five words of header
    let sum = route.pseudoHeaderSum(this.number, HEADER);
    for (let word = 0; word < HEADER; word += 2) sum += packet.view.getUint16(at + word);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    packet.view.setUint16(at + 16, ~sum & 0xffff);
    route.send(packet, this.number);
  }

  /** Everything has been answered already. */
  flush(): void {}

  unreachable(): Drop {
    return Drop.quoteOfNobody;
  }
}

const lab = new Lab();
const alice = lab.host("alice", "10.0.0.1/24");
const bob = lab.host("bob", "10.0.0.2/24", { createTcp: (context) => new RefusingTcp(context) });
lab.link(alice, bob);
const client = alice.sockets.socket(AF_INET, SOCK_STREAM);
const outcome = await lab.run(
  alice.sockets.connect(client, bob.at(80)).catch((error: Error) => error.message),
);
console.log(outcome);
