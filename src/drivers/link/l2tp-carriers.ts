/** What carries the messages of an L2TPv3 tunnel between its two ends (RFC 3931 §4.1): UDP, or IP itself. */
import {
  anyLike,
  type IpAddress,
  type MutableSocketAddress,
  type RawEndpoint,
  type UdpEndpoint,
} from "../../stack/index.ts";

/** RFC 3931 §4.1.2; IANA. */
const L2TP_PORT = 1701;
/** RFC 3931 §4.1.1; IANA. */
const IPPROTO_L2TP = 115;
/** Octets of datagrams that wait to be read, and to be sent. */
const BUFFER = 4 << 20;

/** What carries a tunnel: a `Stack`. */
export interface L2tpStack {
  openUdp(): UdpEndpoint;
  openRaw(protocol: number, family?: 4 | 6): RawEndpoint;
}

/** Between whom. */
interface CarrierOptions {
  readonly remote: IpAddress;
  readonly local?: IpAddress | undefined;
  readonly port?: number | undefined;
  readonly peerPort?: number | undefined;
}

/** What is below a tunnel: UDP, or IP. */
export interface L2tpCarrier {
  /** Who has sent what was received last. */
  readonly from: IpAddress;
  /** Where its message begins in the buffer. */
  readonly payloadAt: number;
  /** Something waits to be received. */
  readonly pending: boolean;
  send(message: Uint8Array, octets: number): boolean;
  /** Where the next one ends in the buffer; undefined if there is none. */
  receive(into: Uint8Array): number | undefined;
  onChange(wake: () => void): void;
  close(): void;
}

/** Messages in datagrams of UDP (RFC 3931 §4.1.2). */
export class OverUdp implements L2tpCarrier {
  readonly payloadAt: number = 0;
  readonly #endpoint: UdpEndpoint;
  readonly #to: MutableSocketAddress;
  readonly #from: MutableSocketAddress;

  /** @throws RangeError if the port is taken */
  constructor(stack: L2tpStack, options: CarrierOptions) {
    const { remote, local = anyLike(remote), port = L2TP_PORT, peerPort = L2TP_PORT } = options;
    this.#to = { address: remote, port: peerPort };
    this.#from = { address: remote, port: 0 };
    this.#endpoint = stack.openUdp();
    this.#endpoint.configure({ receiveBuffer: BUFFER, sendBuffer: BUFFER });
    const failure = this.#endpoint.bind({ address: local, port });
    if (failure !== undefined) throw new RangeError(`L2tpLink: port ${port} of ${local}: ${failure}`);
  }

  get from(): IpAddress {
    return this.#from.address;
  }

  get pending(): boolean {
    return this.#endpoint.available !== undefined;
  }

  send(message: Uint8Array, octets: number): boolean {
    return typeof this.#endpoint.send(message, this.#to, 0, octets) === "number";
  }

  receive(into: Uint8Array): number | undefined {
    return this.#endpoint.receive(into, this.#from);
  }

  onChange(wake: () => void): void {
    this.#endpoint.onChange(wake);
  }

  close(): void {
    this.#endpoint.close();
  }
}

/** Messages right behind the IP header (RFC 3931 §4.1.1). */
export class OverIp implements L2tpCarrier {
  /** Behind the IP header, which comes with what a raw endpoint of IPv4 receives. */
  payloadAt = 0;
  readonly #endpoint: RawEndpoint;
  readonly #remote: IpAddress;
  readonly #from: MutableSocketAddress;

  /** @throws RangeError for an address that is not this host's */
  constructor(stack: L2tpStack, { remote, local }: CarrierOptions) {
    this.#remote = remote;
    this.#from = { address: remote, port: 0 };
    this.#endpoint = stack.openRaw(IPPROTO_L2TP, remote.family);
    this.#endpoint.configure({ receiveBuffer: BUFFER });
    const failure = local === undefined ? undefined : this.#endpoint.bind(local);
    if (failure !== undefined) throw new RangeError(`L2tpLink: ${local}: ${failure}`);
  }

  get from(): IpAddress {
    return this.#from.address;
  }

  get pending(): boolean {
    return this.#endpoint.available !== undefined;
  }

  send(message: Uint8Array, octets: number): boolean {
    return typeof this.#endpoint.send(message, this.#remote, 0, octets) === "number";
  }

  receive(into: Uint8Array): number | undefined {
    const octets = this.#endpoint.receive(into, this.#from);
    if (octets === undefined) return undefined;
    this.payloadAt = this.#remote.family === 4 ? ((into[0] ?? 0) & 15) * 4 : 0;
    return octets;
  }

  onChange(wake: () => void): void {
    this.#endpoint.onChange(wake);
  }

  close(): void {
    this.#endpoint.close();
  }
}
