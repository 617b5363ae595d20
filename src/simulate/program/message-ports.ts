/**
 * The ports of a program's own message channels. libuv would never be idle while one of them listens; so here the program
 * holds it, as it holds its sockets, and libuv only carries the messages.
 */
import type { Held } from "./replace-sockets.ts";

interface Members {
  ref(): void;
  unref(): void;
  hasRef(): boolean;
  /** Whether it could be: a BroadcastChannel asks. */
  postMessage(...given: unknown[]): unknown;
  close(...given: unknown[]): void;
}

/** @param posted - something is on its way from one port to another */
export function replacePorts(held: Held, posted: () => void): void {
  const members = MessagePort.prototype as unknown as Members;
  /** Whether it holds the program; unknown of a port that nobody has asked to. */
  const holding: WeakMap<object, boolean> = new WeakMap();
  const release = (port: object): void => {
    if (holding.get(port) !== true) return;
    holding.set(port, false);
    held.release();
  };
  members.ref = function ref(this: EventTarget): void {
    if (holding.get(this) === true) return;
    // Either side may close the channel.
    if (!holding.has(this)) this.addEventListener("close", () => release(this), { once: true });
    holding.set(this, true);
    held.hold();
  };
  const { unref } = members;
  members.unref = function unrefBoth(this: object): void {
    unref.call(this); // Node does so with each that is made
    release(this);
  };
  members.hasRef = function hasRef(this: object): boolean {
    return holding.get(this) === true;
  };
  const { postMessage, close } = members;
  members.postMessage = function post(this: object, ...given): unknown {
    posted();
    return postMessage.apply(this, given);
  };
  members.close = function closeChannel(this: object, ...given): void {
    posted();
    close.apply(this, given);
  };
}
