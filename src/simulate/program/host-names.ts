/** The names that a program can resolve are those of the world: as with an /etc/hosts that lists every host. */
import { setImmediate } from "../../drivers/node/own-timers.ts";
import type { Beginning } from "../channel/index.ts";
import { bindingMember, replaceFunction } from "./inside.ts";

/** `oncomplete` of Node's requests: an error first. */
interface NameRequest {
  oncomplete?: (error: unknown, ...results: unknown[]) => void;
}

/** Queries of Node's resolver, by the names that they have in its binding. */
const QUERIES = [
  "queryAny",
  "queryA",
  "queryAaaa",
  "queryCaa",
  "queryCname",
  "queryMx",
  "queryNs",
  "queryTxt",
  "queryTlsa",
  "querySrv",
  "queryPtr",
  "queryNaptr",
  "querySoa",
];

/** As `struct addrinfo`'s family. */
const IPV6 = 6;
/** A name server would be asked again after so many seconds. */
const TTL = 300;

/** Looks up names, among the world's hosts. */
export class Names {
  readonly #addresses: Map<string, string> = new Map();
  readonly #names: Map<string, string> = new Map();

  begin({ names }: Beginning): void {
    this.#addresses.clear();
    this.#names.clear();
    for (const [name, address] of [["localhost", "127.0.0.1"] as const, ...names]) {
      this.#addresses.set(name.toLowerCase(), address);
      if (!this.#names.has(address)) this.#names.set(address, name);
    }
  }

  /** Puts this table where Node asks the machine (`dns.lookup`) or a name server (`dns.resolve` and the others). */
  replace(): void {
    const notFound = bindingMember<number>("uv", "UV_EAI_NONAME");
    replaceFunction("cares_wrap", "getaddrinfo", (request: NameRequest, name: string, family: number) => {
      const address = family === IPV6 ? undefined : this.#addresses.get(name.toLowerCase());
      later(request, address === undefined ? [notFound] : [null, [address]]);
      return 0;
    });
    replaceFunction("cares_wrap", "getnameinfo", (request: NameRequest, address: string, port: number) => {
      const name = this.#names.get(address);
      later(request, name === undefined ? [notFound] : [null, name, String(port)]);
      return 0;
    });
    const { prototype } = bindingMember<{ readonly prototype: object }>("cares_wrap", "ChannelWrap");
    for (const query of QUERIES) {
      Reflect.set(prototype, query, (request: NameRequest, name: string) => {
        later(request, this.#answer(query, name));
        return 0;
      });
    }
    Reflect.set(prototype, "getHostByAddr", (request: NameRequest, address: string) => {
      const name = this.#names.get(address);
      later(request, name === undefined ? ["ENOTFOUND"] : [null, [name]]);
      return 0;
    });
  }

  #answer(query: string, name: string): readonly unknown[] {
    const address = this.#addresses.get(name.toLowerCase());
    if (address === undefined) return ["ENOTFOUND"];
    return query === "queryA" ? [null, [address], [TTL]] : ["ENODATA"];
  }
}

/** As from libuv: never before the call has returned. */
function later(request: NameRequest, results: readonly unknown[]): void {
  const [error, ...rest] = results;
  setImmediate(() => request.oncomplete?.(error, ...rest));
}
