/**
 * Frames as messages: between two tabs (`BroadcastChannel`), a page and its worker (`MessagePort`, `Worker`), or a page and
 * a machine far away (`WebSocket`). Each message is one Ethernet frame. Nothing here is of a browser but the names: Node
 * has the same classes.
 */
import {
  checkSettings,
  type Link,
  type LinkCapabilities,
  type LinkSink,
  type Packet,
  type Rules,
} from "../../stack/index.ts";
import { ETHERNET_HEADER, MTU_RULE, packetWith, plainEthernet, VLAN_TAG } from "../plain-ethernet.ts";

/** What of a channel is used. Its `onmessage` is taken. */
export interface MessageChannelLike {
  postMessage(message: Uint8Array<ArrayBuffer>): void;
  onmessage: ((event: never) => unknown) | null;
  close?(): void;
}

/** What of a `WebSocket` is used. Its handlers are taken. */
export interface WebSocketLike {
  send(message: Uint8Array<ArrayBuffer>): void;
  close(): void;
  /** Octets that were given to `send` and have not gone out. */
  readonly bufferedAmount: number;
  /** 1: open. */
  readonly readyState: number;
  binaryType: string;
  onopen: ((event: never) => unknown) | null;
  onmessage: ((event: never) => unknown) | null;
  onclose: ((event: never) => unknown) | null;
}

/** What a link over messages may be. */
export interface MessageLinkOptions {
  /** Largest IP datagram, 68 to 65,535; 1500 by default. */
  readonly mtu?: number | undefined;
}

/** What came and went, in frames. */
export interface MessageLinkCounters {
  sent: number;
  received: number;
  /** Messages that are no frame: of another type, or longer than this end takes. */
  noFrame: number;
  /** What could not be sent: the channel was not open yet, or has been closed. */
  notOpen: number;
}

const RULES: Rules<MessageLinkOptions> = { mtu: MTU_RULE };
/** Octets that may wait in a `WebSocket` before `transmit` takes no more. */
const MOST_BUFFERED = 1 << 20;
/** So often, in milliseconds, is looked whether there is room again: a `WebSocket` does not tell. */
const LOOK = 5;
const OPEN = 1;

/** What all of them have in common. */
abstract class FrameLink implements Link {
  readonly capabilities: LinkCapabilities;
  readonly counters: MessageLinkCounters = { sent: 0, received: 0, noFrame: 0, notOpen: 0 };
  protected sink: LinkSink | undefined = undefined;
  protected closed = false;
  readonly #room: number;

  constructor(options: MessageLinkOptions) {
    checkSettings("MessageLink", options, RULES);
    const { mtu = 1500 } = options;
    this.#room = mtu + ETHERNET_HEADER + VLAN_TAG;
    this.capabilities = plainEthernet(mtu);
  }

  attach(sink: LinkSink): void {
    this.sink = sink;
  }

  abstract transmit(frames: readonly Packet[], count: number): number;
  abstract close(): void;

  /** Hands on a message as a frame. */
  protected take(data: unknown): void {
    const { sink } = this;
    if (sink === undefined || this.closed) return;
    const octets = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    if (!(octets instanceof Uint8Array) || octets.length > this.#room) {
      this.counters.noFrame++;
      return;
    }
    const packet = packetWith(octets, sink);
    this.counters.received++;
    sink.received([packet], 1);
    sink.pool.release(packet);
  }

  /** Gives the packets back that were transmitted. */
  protected give(
    frames: readonly Packet[],
    count: number,
    send: (octets: Uint8Array<ArrayBuffer>) => void,
  ): void {
    for (let i = 0; i < count; i++) {
      const frame = frames[i] as Packet;
      // A copy of its own: the message may be on its way when the packet is used again.
      if (!this.closed) send(frame.bytes.slice(frame.start, frame.end));
      this.sink?.pool.release(frame);
    }
  }
}

/** A link over a `BroadcastChannel`, a `MessagePort` or a `Worker`. On a broadcast channel all who listen are on one line. */
export class MessageLink extends FrameLink {
  readonly #channel: MessageChannelLike;

  /** @throws TypeError for an option that there is not, RangeError for a value that cannot be */
  constructor(channel: MessageChannelLike, options: MessageLinkOptions = {}) {
    super(options);
    this.#channel = channel;
    channel.onmessage = (event: { readonly data: unknown }) => this.take(event.data);
  }

  transmit(frames: readonly Packet[], count: number): number {
    this.give(frames, count, (octets) => {
      this.#channel.postMessage(octets);
      this.counters.sent++;
    });
    return count;
  }

  close(): void {
    this.closed = true;
    this.#channel.onmessage = null;
    this.#channel.close?.();
  }
}

/** A link over a `WebSocket`; `tapstack serve --websocket` is at the other end, with a TAP behind it. */
export class WebSocketLink extends FrameLink {
  readonly #socket: WebSocketLike;
  #refused = false;

  /** @throws TypeError for an option that there is not, RangeError for a value that cannot be */
  constructor(socket: WebSocketLike, options: MessageLinkOptions = {}) {
    super(options);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event: { readonly data: unknown }) => this.take(event.data);
    socket.onclose = () => this.#ended();
    socket.onopen = () => this.sink?.writable();
  }

  transmit(frames: readonly Packet[], count: number): number {
    const { readyState, bufferedAmount } = this.#socket;
    if (!this.closed && readyState === OPEN && bufferedAmount > MOST_BUFFERED) {
      this.#lookLater();
      return 0;
    }
    this.give(frames, count, (octets) => {
      if (this.#socket.readyState !== OPEN) this.counters.notOpen++;
      else {
        this.#socket.send(octets);
        this.counters.sent++;
      }
    });
    return count;
  }

  close(): void {
    this.closed = true;
    this.#socket.close();
  }

  #lookLater(): void {
    if (this.#refused) return;
    this.#refused = true;
    setTimeout(() => {
      this.#refused = false;
      if (this.closed) return;
      if (this.#socket.bufferedAmount > MOST_BUFFERED) this.#lookLater();
      else this.sink?.writable();
    }, LOOK);
  }

  #ended(): void {
    if (this.closed) return;
    this.closed = true;
    this.sink?.failed("the other side has closed the WebSocket");
  }
}
