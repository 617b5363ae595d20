/** `fcntl` and `ioctl`, as far as they concern sockets. */
import {
  F_GETFD,
  F_GETFL,
  F_SETFD,
  F_SETFL,
  FIONBIO,
  FIONREAD,
  O_NONBLOCK,
  O_RDWR,
  SIOCATMARK,
  SIOCOUTQ,
} from "./constants.ts";
import { checked, errno, SocketError } from "./errors.ts";
import type { SocketOperations } from "./operations.ts";
import { opened, type Socket } from "./socket.ts";

/** `fcntl`: see `Sockets.fcntl`. Descriptor flags can be set but mean nothing: there is no `exec`. */
export function fcntl(socket: Socket, command: number, value = 0): number {
  const description = opened(socket, "fcntl");
  if (!Number.isInteger(value)) throw new SocketError("EINVAL", "fcntl");
  switch (command) {
    case F_GETFL:
      return O_RDWR | (description.nonBlocking ? O_NONBLOCK : 0);
    case F_SETFL:
      description.nonBlocking = (value & O_NONBLOCK) !== 0;
      return 0;
    case F_GETFD:
    case F_SETFD:
      return 0;
    default:
      throw new SocketError("EINVAL", "fcntl");
  }
}

/** Octets of a queue; a listener has none to read, and one of TCP none that it has sent. */
function queued(operations: SocketOperations, request: number): number {
  const listens = (operations as SocketOperations & { listening?: boolean }).listening === true;
  if (listens && (operations.kind === "tcp" || request === FIONREAD)) return -errno.EINVAL;
  return request === FIONREAD ? (operations.unread ?? operations.available) : operations.unsent;
}

/** `ioctl`: see `Sockets.ioctl`. */
export function ioctl(socket: Socket, request: number, value = 0): number {
  const description = opened(socket, "ioctl");
  switch (request) {
    case FIONREAD:
    case SIOCOUTQ:
      return checked(queued(description.operations, request), "ioctl");
    case SIOCATMARK:
      return checked(description.operations.atMark(), "ioctl");
    case FIONBIO:
      description.nonBlocking = value !== 0;
      return 0;
    default:
      throw new SocketError("EINVAL", "ioctl");
  }
}
