/** The socket calls of one stack. `createSockets` makes them; there is nothing global. */

import { checkSettings, instanceOf, OBJECT, type Rules } from "../stack/index.ts";
import type { Sockaddr } from "./address.ts";
import { accept, close, connect, tryAccept } from "./connecting.ts";
import { AF_INET, AF_INET6, AF_PACKET, AF_UNIX, SOCK_NONBLOCK } from "./constants.ts";
import { getaddrinfo } from "./databases/address-info.ts";
import { Databases } from "./databases/databases.ts";
import { getnameinfo } from "./databases/name-info.ts";
import { checked, errno, failed, SocketError } from "./errors.ts";
import { EventSet } from "./event-set.ts";
import { fcntl, ioctl } from "./fcntl.ts";
import {
  bind,
  dup,
  getpeername,
  getsockname,
  getsockopt,
  listen,
  setsockopt,
  shutdown,
  sockatmark,
} from "./immediate.ts";
import type { SocketOperations } from "./operations.ts";
import type { Credentials } from "./options/option-value.ts";
import { charged } from "./outcomes.ts";
import { poll, select } from "./poll.ts";
import { recvfromInto, recvInto, recvmsg, tryRecvfromInto, tryRecvInto } from "./receiving.ts";
import { send, sendmsg, sendto, trySend } from "./sending.ts";
import { Description, Socket } from "./socket.ts";
import {
  type Families,
  type Family,
  inetFamily,
  newOperations,
  packetFamily,
  plainStyle,
} from "./socket-kinds.ts";
import type { SocketStack } from "./socket-stack.ts";
import type { DatabaseCalls, Sockets } from "./sockets-interface.ts";
import { getsourcefilter, setsourcefilter } from "./source-filters.ts";
import type { UnixContext } from "./unix/names.ts";
import { UnixNamespace } from "./unix/namespace.ts";
import { unixPair, unixSocket } from "./unix/unix-family.ts";
import type { WaitClock } from "./wait.ts";

/** What a set of sockets may be given besides its stack. */
export interface SocketsOptions {
  /** The names of AF_UNIX; give the same to several sets to let them meet. A new one by default. */
  readonly namespace?: UnixNamespace | undefined;
  /** The tables of names; a new set by default. */
  readonly databases?: Databases | undefined;
  /** Who the owner is, for SO_PEERCRED and SCM_CREDENTIALS; process 1 of user and group 0 by default. */
  readonly credentials?: Credentials | undefined;
}

const RULES: Rules<SocketsOptions> = {
  namespace: instanceOf(UnixNamespace, "a UnixNamespace"),
  databases: instanceOf(Databases, "a Databases"),
  credentials: OBJECT,
};

/**
 * The socket calls, bound to `stack`. Two sets on one stack share its ports, and nothing else.
 *
 * @throws TypeError for an option that there is not, RangeError for a value that cannot be
 */
export function createSockets(stack: SocketStack, options: SocketsOptions = {}): Sockets {
  checkSettings("createSockets", options, RULES);
  const clock = stack.contextFor("sockets");
  const namespace = options.namespace ?? new UnixNamespace();
  const unix: UnixContext = { namespace, credentials: options.credentials ?? { pid: 1, uid: 0, gid: 0 } };
  const databases = options.databases ?? new Databases();
  const ipv6: [number, Family] = [AF_INET6, (style, protocol) => inetFamily(stack, 6, style, protocol)];
  const families: Families = new Map<number, Family>([
    [AF_INET, (style, protocol) => inetFamily(stack, 4, style, protocol)],
    ...(stack.hasIpv6 ? [ipv6] : []),
    [AF_UNIX, (style, protocol) => unixSocket(unix, style, protocol)],
    [AF_PACKET, (style, protocol) => packetFamily(stack, style, protocol)],
  ]);
  const made = (operations: SocketOperations, style: number): Socket =>
    new Socket(new Description(operations, (style & SOCK_NONBLOCK) !== 0, clock));
  return Object.freeze({
    ...CALLS,
    ...bound(databases, clock),
    databases,
    getaddrinfo: (name: string | undefined, ...rest: Rest) =>
      charged(clock, addressesOf(databases, stack, name, rest)),
    getnameinfo: (address: Sockaddr, flags?: number) =>
      charged(clock, getnameinfo(databases, address, flags, stack)),
    socket: (family: number, style: number, protocol = 0) =>
      made(created(newOperations(families, family, style, protocol), "socket"), style),
    socketpair(family: number, style: number, protocol = 0): [Socket, Socket] {
      created(newOperations(families, family, style, protocol), "socketpair").close();
      if (family !== AF_UNIX) throw new SocketError("EOPNOTSUPP", "socketpair");
      const [left, right] = created(unixPair(unix, plainStyle(style), protocol), "socketpair");
      return [made(left, style), made(right, style)];
    },
    poll: (...request: PollArguments) => poll(clock, ...request),
    select: (...request: SelectArguments) => select(clock, ...request),
    epollCreate: <D>() => new EventSet<D>(clock),
    unlink: (path: string) => {
      checked(typeof path === "string" ? namespace.unlink(path) : -errno.EINVAL, "unlink");
    },
  });
}

function addressesOf(
  databases: Databases,
  stack: SocketStack,
  name: string | undefined,
  [service, flags, family, style, protocol]: Rest,
): ReturnType<typeof getaddrinfo> {
  return getaddrinfo(databases, name, service, flags, family, style, protocol, stack);
}

type PollArguments = Parameters<Sockets["poll"]>;
type SelectArguments = Parameters<Sockets["select"]>;
type Rest = [service?: string, flags?: number, family?: number, style?: number, protocol?: number];

/** The databases' calls without their object. */
function bound(databases: Databases, clock: WaitClock): DatabaseCalls {
  const waiting =
    <A extends unknown[], R>(call: (...given: A) => Promise<R>) =>
    (...given: A): Promise<R> =>
      charged(clock, call.apply(databases, given));
  return {
    gethost: waiting(databases.gethost),
    gethostbyname: waiting(databases.gethostbyname),
    gethostbyaddr: waiting(databases.gethostbyaddr),
    sethostent: databases.sethostent.bind(databases),
    gethostent: waiting(databases.gethostent),
    endhostent: databases.endhostent.bind(databases),
    getnet: waiting(databases.getnet),
    getnetbyname: waiting(databases.getnetbyname),
    getnetbyaddr: waiting(databases.getnetbyaddr),
    setnetent: databases.setnetent.bind(databases),
    getnetent: waiting(databases.getnetent),
    endnetent: databases.endnetent.bind(databases),
    getproto: databases.getproto.bind(databases),
    getprotobyname: databases.getprotobyname.bind(databases),
    getprotobynumber: databases.getprotobynumber.bind(databases),
    setprotoent: databases.setprotoent.bind(databases),
    getprotoent: databases.getprotoent.bind(databases),
    endprotoent: databases.endprotoent.bind(databases),
    getserv: databases.getserv.bind(databases),
    getservbyname: databases.getservbyname.bind(databases),
    getservbyport: databases.getservbyport.bind(databases),
    setservent: databases.setservent.bind(databases),
    getservent: databases.getservent.bind(databases),
    endservent: databases.endservent.bind(databases),
  };
}

/** The calls on a socket that there is: it knows its stack by itself. */
const CALLS = {
  bind,
  listen,
  accept,
  connect,
  send,
  sendto,
  sendmsg,
  recvInto,
  "recv!": recvInto,
  recvfromInto,
  "recvfrom!": recvfromInto,
  recvmsg,
  tryAccept,
  tryRecvInto,
  tryRecvfromInto,
  trySend,
  shutdown,
  close,
  "close-port": close,
  getsockname,
  getpeername,
  getsockopt,
  setsockopt,
  setsourcefilter,
  getsourcefilter,
  fcntl,
  ioctl,
  sockatmark,
  dup,
};

/** `made`, unless it is a negated errno. */
function created<T>(made: T | number, syscall: string): T {
  if (typeof made === "number") throw failed(made, syscall);
  return made;
}
