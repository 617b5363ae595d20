/**
 * What an errno means in the few calls where it means something else than usual: there the sentence belongs to the
 * call, not to the number. The first key is the call, as in `SocketError.syscall`.
 */
type Texts = { readonly [code: string]: string };

const RECEIVING: Texts = {
  EAGAIN: "nothing is there, and the call may not wait for it (any longer)",
  ECONNREFUSED: "what was sent has reached nobody: the port is closed",
  EHOSTUNREACH: "what was sent did not reach the host",
  ENOPROTOOPT: "the peer's host does not know the protocol",
  EPIPE: "the connection that it waited on was dissolved",
  EOPNOTSUPP: "this kind of socket has no urgent data",
  ETIMEDOUT: "the peer has not answered for too long",
};

const SENDING: Texts = {
  EAGAIN: "there is no room, and the call may not wait for it (any longer)",
  EACCES: "sending to a broadcast address needs SO_BROADCAST",
  EBADF: "the socket, or one that is to be passed, is closed",
  ECONNREFUSED: "nobody takes it: the port or name is closed",
  EHOSTUNREACH: "what was sent before did not reach the host",
  EISCONN: "a connected stream takes no address",
  ENOENT: "there is no socket of that name",
  ENOPROTOOPT: "the peer's host does not know the protocol",
  ENXIO: "the address names no interface that there is",
  EOPNOTSUPP: "this kind of socket has no urgent data, or takes no address",
  EPERM: "the receiver is connected to another socket",
  ETIMEDOUT: "the peer has not acknowledged anything for too long",
};

/** By call and errno. */
export const TEXTS_OF_CALLS: { readonly [call: string]: Texts } = {
  accept: {
    EAGAIN: "no connection is there, and the call may not wait for one (any longer)",
    EINVAL: "the socket does not listen (any more), or the flags are unknown",
  },
  bind: {
    EACCES: "the address may not be used",
    EINVAL: "the socket has an address, or the arguments make none",
  },
  connect: {
    EACCES: "a broadcast address needs SO_BROADCAST",
    EADDRNOTAVAIL: "no local port is free for this destination",
    EAGAIN: "the listener's queue is full, and the call may not wait (any longer)",
    ECONNRESET: "the attempt was given up, or reset",
    ENOENT: "there is no socket of that name",
    EPERM: "the receiver is connected to another socket",
    ETIMEDOUT: "nobody has answered for too long",
  },
  epoll_ctl: {
    EEXIST: "the socket is in the set already",
    EINVAL: "no such operation, or events that are not an integer",
    ENOENT: "the socket is not in the set",
  },
  getsockopt: {
    ENOTCONN: "only a connected socket has a value for this",
    EOPNOTSUPP: "the option is another protocol's",
  },
  listen: {
    EADDRINUSE: "another socket listens there",
    EINVAL: "the socket is connected, or has no address",
  },
  setsockopt: {
    EADDRINUSE: "the group has been joined already",
    EADDRNOTAVAIL: "no interface has that address, or the group was not joined",
    EINVAL: "the value is not one that the option takes",
    ENOENT: "there is no congestion control of that name",
    EOPNOTSUPP: "the option is another protocol's, or not for this kind of socket",
    EPROTO: "a stream joins no groups",
  },
  "recv!": RECEIVING,
  "recvfrom!": RECEIVING,
  recvmsg: RECEIVING,
  send: SENDING,
  sendto: SENDING,
  sendmsg: SENDING,
};

/** What `code` means in `call`; undefined where it means what it always does. */
export function meaningIn(call: string, code: string): string | undefined {
  return Object.hasOwn(TEXTS_OF_CALLS, call) ? TEXTS_OF_CALLS[call]?.[code] : undefined;
}
