/**
 * The names of AF_UNIX sockets: a table in memory instead of a file system. Path names stay when their
 * socket is closed, until `unlink`; abstract ones (they begin with NUL) vanish with it (unix(7)).
 */
import type { Failure } from "../../stack/index.ts";
import { errno } from "../errors.ts";

/** A socket that has a name. */
export interface NamedSocket {
  readonly style: number;
}

/** Digits of a name that autobind makes, in hexadecimal. */
const AUTOBIND_DIGITS = 5;

/** Names for the sockets of one stack, or of several that are given the same one. */
export class UnixNamespace {
  /** Undefined: the path is there, but the socket is closed. */
  readonly #sockets: Map<string, NamedSocket | undefined> = new Map();
  #lastAutobind = 0;

  /** Somebody has that name, or its path is still there. */
  has(path: string): boolean {
    return this.#sockets.has(path);
  }

  /** Why the name cannot be had: it is taken. */
  bind(path: string, socket: NamedSocket): Failure | undefined {
    if (this.#sockets.has(path)) return "address-in-use";
    this.#sockets.set(path, socket);
    return undefined;
  }

  /** Binds to an abstract name that nobody has: the name, or undefined if none is left. */
  autobind(socket: NamedSocket): string | undefined {
    const names = 16 ** AUTOBIND_DIGITS;
    for (let tries = 0; tries < names; tries++) {
      this.#lastAutobind = (this.#lastAutobind + 1) % names;
      const name = `\0${this.#lastAutobind.toString(16).padStart(AUTOBIND_DIGITS, "0")}`;
      if (this.bind(name, socket) === undefined) return name;
    }
    return undefined;
  }

  /** The socket of that name; or "not-found" if the path is not there, "refused" if nobody has it. */
  find(path: string): NamedSocket | Failure {
    const socket = this.#sockets.get(path);
    if (socket !== undefined) return socket;
    return this.#sockets.has(path) || path.startsWith("\0") ? "refused" : "not-found";
  }

  /** The socket of that name was closed. */
  closed(path: string, socket: NamedSocket): void {
    if (this.#sockets.get(path) !== socket) return;
    if (path.startsWith("\0")) this.#sockets.delete(path);
    else this.#sockets.set(path, undefined);
  }

  /** Removes a path; its socket stays open, but nobody finds it any more. 0, or -ENOENT. */
  unlink(path: string): number {
    return !path.startsWith("\0") && this.#sockets.delete(path) ? 0 : -errno.ENOENT;
  }

  /** All names, abstract ones too, in the order in which they were bound. */
  names(): readonly string[] {
    return [...this.#sockets.keys()];
  }
}
