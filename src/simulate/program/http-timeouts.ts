/**
 * Node's HTTP server bounds how long headers and requests may take (`headersTimeout`, `requestTimeout`). Its C++ keeps
 * the time at which each message began, by the machine's clock: here the same is kept in virtual time, and asked instead.
 */
import { bindingMember } from "./inside.ts";

interface Message {
  /** Virtual milliseconds at which it began, or its connection did. */
  begun: number;
  headersCompleted: boolean;
}

/** Node's HTTPParser: its callbacks are properties whose names are small numbers. */
interface Parser {
  initialize(...given: unknown[]): unknown;
  [callback: number]: (...given: unknown[]) => unknown;
}

interface ParserClass {
  readonly prototype: Parser;
  readonly kOnMessageBegin: number;
  readonly kOnHeadersComplete: number;
}

interface Connections {
  active(): Parser[];
  expired(headersTimeout: number, requestTimeout: number): Parser[];
}

/** Has Node's HTTP server keep its timeouts by the time that `now` gives. */
export function replaceHttpTimeouts(now: () => number): void {
  const { prototype, kOnMessageBegin, kOnHeadersComplete } = bindingMember<ParserClass>(
    "http_parser",
    "HTTPParser",
  );
  const messages: WeakMap<Parser, Message> = new WeakMap();
  const begin = (parser: Parser): void => {
    messages.set(parser, { begun: now(), headersCompleted: false });
  };
  const { initialize } = prototype;
  const watched: WeakSet<Parser> = new WeakSet();
  prototype.initialize = function initializeWatched(this: Parser, ...given): unknown {
    begin(this);
    const complete = this[kOnHeadersComplete];
    if (complete !== undefined && !watched.has(this)) {
      watched.add(this);
      this[kOnHeadersComplete] = function completed(this: Parser, ...headers): unknown {
        const message = messages.get(this);
        if (message !== undefined) message.headersCompleted = true;
        return complete.apply(this, headers);
      };
    }
    return initialize.apply(this, given);
  };
  prototype[kOnMessageBegin] = function began(this: Parser): void {
    begin(this);
  };
  const lists = bindingMember<{ readonly prototype: Connections }>(
    "http_parser",
    "ConnectionsList",
  ).prototype;
  lists.expired = function expiredOfVirtualTime(this: Connections, headersTimeout, requestTimeout): Parser[] {
    return this.active().filter((parser) => {
      const message = messages.get(parser);
      if (message === undefined) return false;
      const age = now() - message.begun;
      if (requestTimeout > 0 && age > requestTimeout) return true;
      return headersTimeout > 0 && !message.headersCompleted && age > headersTimeout;
    });
  };
}
