/**
 * A UDP endpoint whose stack stands in another thread: what has arrived is here, everything else is asked. A
 * datagram is sent by a call that is answered, so that its failure (no route, too long, no room) is known at once.
 */
import type {
  DatagramInfo,
  Failure,
  IpAddress,
  MutableSocketAddress,
  QueuedError,
  SocketAddress,
  UdpEndpoint,
  UdpOptions,
} from "../../stack/index.ts";
import { CALL, type End, FAILURE_SHIFT, failureOf } from "../channel/index.ts";
import { addressOf } from "./addresses.ts";
import { type KernelClient, type Mirror, octetsOf, textOf } from "./kernel-client.ts";

interface Datagram {
  readonly from: SocketAddress;
  readonly octets: Uint8Array;
}

/** A UDP endpoint in the program's thread, which mirrors one of the world's. */
export class UdpMirror implements UdpEndpoint, Mirror {
  local: SocketAddress | undefined = undefined;
  remote: SocketAddress | undefined = undefined;
  failure: Failure | undefined = undefined;
  options: UdpOptions;
  readonly writable: boolean = true;
  /** Node asks for no queue of errors. */
  readonly errorsQueued: number = 0;
  readonly #kernel: KernelClient;
  readonly #id: number;
  readonly #arrived: Datagram[] = [];
  #wake: (() => void) | undefined = undefined;

  /** @param site - the line of the program that opens it */
  constructor(kernel: KernelClient, options: UdpOptions, site: string | undefined) {
    this.#kernel = kernel;
    this.options = options;
    this.#id = kernel.newId();
    kernel.open(CALL.openUdp, this.#id, site);
    kernel.remember(this.#id, this);
  }

  get readable(): boolean {
    return this.failure !== undefined || this.#arrived.length > 0;
  }

  get available(): number | undefined {
    return this.#arrived[0]?.octets.length;
  }

  get lastReceived(): DatagramInfo {
    throw new Error("tapstack/simulate: what came with a datagram is not known to a simulated program");
  }

  configure(changes: Partial<UdpOptions>): Failure | undefined {
    const { failure, value } = this.#kernel.ask(CALL.configure, this.#id, 0, 0, json(changes));
    this.options = value as UdpOptions;
    return failure;
  }

  bind(at: SocketAddress): Failure | undefined {
    return this.#askAndLearn(CALL.bind, at);
  }

  connect(to: SocketAddress | undefined): Failure | undefined {
    const failure = this.#askAndLearn(CALL.connect, to);
    if (failure === undefined) this.remote = to;
    return failure;
  }

  send(datagram: Uint8Array, to?: SocketAddress, start = 0, end: number = datagram.length): number | Failure {
    const address = to === undefined ? new Uint8Array(0) : octetsOf(to.address.toString());
    const payload = new Uint8Array(address.length + end - start);
    payload.set(address);
    payload.set(datagram.subarray(start, end), address.length);
    const { failure, number, value } = this.#kernel.ask(
      CALL.send,
      this.#id,
      address.length,
      to?.port ?? 0,
      payload,
    );
    this.#learn(value);
    return failure ?? number;
  }

  receive(
    into: Uint8Array,
    from?: MutableSocketAddress,
    start = 0,
    end: number = into.length,
    peek = false,
  ): number | undefined {
    const datagram = peek ? this.#arrived[0] : this.#arrived.shift();
    if (datagram === undefined) return undefined;
    into.set(datagram.octets.subarray(0, end - start), start);
    if (from !== undefined) Object.assign(from, datagram.from);
    return datagram.octets.length;
  }

  shutdown(receive: boolean, send: boolean): void {
    this.#kernel.ask(CALL.shutdown, this.#id, (receive ? 1 : 0) | (send ? 2 : 0));
  }

  joinGroup(group: IpAddress, interfaceName: string): Failure | undefined {
    return this.#membership(1, group, interfaceName);
  }

  leaveGroup(group: IpAddress, interfaceName: string): Failure | undefined {
    return this.#membership(0, group, interfaceName);
  }

  takeFailure(): Failure | undefined {
    const { failure } = this;
    this.failure = undefined;
    return failure;
  }

  takeError(): QueuedError | undefined {
    return undefined;
  }

  onChange(wake: (() => void) | undefined): void {
    this.#wake = wake;
  }

  close(): void {
    this.#kernel.forget(this.#id);
    this.#kernel.queue(CALL.close, this.#id);
  }

  abort(): void {
    this.close();
  }

  // ── news ────────────────────────────────────────────────────────────────────────────────────────────

  hasState(bits: number): void {
    const failure = failureOf(bits >> FAILURE_SHIFT);
    if (failure !== undefined) this.failure = failure;
    this.#wake?.();
  }

  hasDatagram(addressLength: number, port: number, payload: Uint8Array): void {
    const address = addressOf(textOf(payload.subarray(0, addressLength)));
    this.#arrived.push({ from: { address, port }, octets: payload.slice(addressLength) });
    this.#wake?.();
  }

  hasData(): void {
    throw new Error("a piece of a stream came for a UDP socket");
  }

  hasConnection(): void {
    throw new Error("a connection came for a UDP socket");
  }

  #membership(join: number, group: IpAddress, name: string): Failure | undefined {
    return this.#kernel.ask(CALL.membership, this.#id, join, 0, json([group.toString(), name])).failure;
  }

  #askAndLearn(
    call: typeof CALL.bind | typeof CALL.connect,
    at: SocketAddress | undefined,
  ): Failure | undefined {
    const payload = at === undefined ? undefined : octetsOf(at.address.toString());
    const { failure, value } = this.#kernel.ask(call, this.#id, at?.port ?? 0, 0, payload);
    this.#learn(value);
    return failure;
  }

  #learn(local: unknown): void {
    if (local === undefined) return;
    const { address, port } = local as End;
    this.local = { address: addressOf(address), port };
  }
}

function json(value: unknown): Uint8Array {
  return octetsOf(JSON.stringify(value));
}
