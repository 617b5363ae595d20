/**
 * How a service sits on a listening port: it makes one session per connection, and a session is a step
 * function that is run whenever something about its connection has changed. Steps never wait.
 */
import {
  type Failure,
  type Instant,
  IPV6_ANY,
  type Random,
  type Stack,
  type TcpEndpoint,
  type TimerQueue,
  type UdpEndpoint,
} from "../stack/index.ts";

/** What the services need of a stack: sockets, and time for those that time out. */
export interface ServiceHost {
  /** A TCP endpoint in CLOSED. */
  openTcp(): TcpEndpoint;
  /** A UDP endpoint. */
  openUdp(): UdpEndpoint;
  /** Where sessions arm their timers. */
  readonly timers: TimerQueue;
  /** The time of the entry that is under way, or was last, in microseconds. */
  now(): Instant;
}

/** A stack as the host of services, with chance of their own for those that need it. */
export function serviceHost(stack: Stack): ServiceHost & { readonly random: Random } {
  const { timers, random } = stack.contextFor("services");
  return {
    openTcp: () => stack.openTcp(),
    openUdp: () => stack.openUdp(),
    timers,
    now: () => stack.now(),
    random,
  };
}

/** What came of a step: more to do later, or nothing ever again. */
export type Progress = "wait" | "done";

/** One connection's share of a service. */
export interface Session {
  /**
   * Does what can be done now. On "done" the connection is closed in order: what was written still goes out,
   * a FIN follows. A failed connection need not be looked for: whoever runs the step does.
   */
  step(): Progress;
  /** The connection is finished with, in order or not: stop timers, forget. */
  ended?(): void;
}

/** A service on a TCP port. */
export interface StreamService {
  /** What it is called in the log. */
  readonly name: string;
  /**
   * A connection was accepted. `again` runs the session's step once more, for sessions that something else
   * than their connection moves, such as a timer; after the end of the session it does nothing.
   */
  open(connection: TcpEndpoint, again: () => void): Session;
}

/** Who wants to know of connections: the command's one line per connection. The endpoint is lent. */
export interface ServiceObserver {
  /** A connection was accepted. */
  opened?(service: string, connection: TcpEndpoint): void;
  /** `failure`: why it broke; undefined when it ended in order. */
  closed?(service: string, connection: TcpEndpoint, failure: Failure | undefined): void;
}

/** Connections that may wait for `accept`. They are accepted in the same entry, so only a flood needs many. */
const BACKLOG = 1024;

/** Listens on `port` of every address, and runs a session of `service` on each connection. */
export function serveStream(
  host: ServiceHost,
  port: number,
  service: StreamService,
  observer?: ServiceObserver,
): TcpEndpoint | Failure {
  const listener = host.openTcp();
  listener.configure({ reuseAddress: true });
  const failure = listener.bind({ address: IPV6_ANY, port }) ?? listener.listen(BACKLOG);
  if (failure !== undefined) {
    listener.close();
    return failure;
  }
  listener.onChange(() => {
    for (let next = listener.accept(); next !== undefined; next = listener.accept()) {
      runSession(service, next, observer);
    }
  });
  return listener;
}

/** Runs a session of `service` on `connection` until one of them has ended, then closes the connection. */
export function runSession(
  service: StreamService,
  connection: TcpEndpoint,
  observer?: ServiceObserver,
): void {
  let ended = false;
  const step = (): void => {
    if (ended) return;
    const progress = session.step();
    if (progress === "wait" && connection.failure === undefined) return;
    ended = true;
    connection.onChange(undefined);
    session.ended?.();
    observer?.closed?.(service.name, connection, connection.takeFailure());
    connection.close();
  };
  const session = service.open(connection, step);
  observer?.opened?.(service.name, connection);
  connection.onChange(step);
  step(); // data may have come with the handshake
}

/** Octets that fit into the send buffer now; at least 1, so that whoever asks while it is `writable` gets on. */
export function writeRoom(connection: TcpEndpoint): number {
  return Math.max(1, connection.options.sendBuffer - connection.unsent);
}
