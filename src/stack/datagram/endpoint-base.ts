/** What all endpoints but TCP's have in common: one subscriber, one pending error, one end. */
import type { Endpoint } from "../contract/endpoint.ts";
import type { Failure } from "../contract/failures.ts";
import type { Layer } from "../contract/reasons/row.ts";
import type { TransportContext, Wakeable } from "../contract/transport.ts";

/** An endpoint that is open until it is closed. */
export abstract class EndpointBase implements Endpoint, Wakeable {
  /** For the flush only: it is to be woken at the end of this entry. */
  wakeNoted = false;
  /** Time, packets, routes. */
  protected readonly context: TransportContext;
  readonly #layer: Layer;
  #failure: Failure | undefined;
  #subscriber: (() => void) | undefined;
  #closed = false;

  /** @param layer - in whose name events tell of it */
  constructor(context: TransportContext, layer: Layer) {
    this.context = context;
    this.#layer = layer;
  }

  abstract get readable(): boolean;
  abstract get writable(): boolean;
  /** Gives back all that it holds; called once. */
  protected abstract release(): void;

  protected get closed(): boolean {
    return this.#closed;
  }

  get failure(): Failure | undefined {
    return this.#failure;
  }

  takeFailure(): Failure | undefined {
    const { failure } = this;
    this.#failure = undefined;
    return failure;
  }

  /** This is the pending error from now on; undefined: there is none. */
  protected fail(failure: Failure | undefined): void {
    this.#failure = failure;
  }

  onChange(wake: (() => void) | undefined): void {
    this.#subscriber = wake;
  }

  /** For the flush only. */
  wake(): void {
    this.context.trace?.woken(this.#layer, undefined);
    this.#subscriber?.();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#subscriber = undefined;
    this.release();
  }

  abort(): void {
    this.close();
  }
}
