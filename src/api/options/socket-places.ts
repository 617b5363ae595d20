/** The options of SOL_SOCKET whose value is more than a field of an endpoint: where those values are. */
import { SO_BINDTODEVICE, SO_LINGER, SOL_SOCKET } from "../constants.ts";
import { errno, statusOf } from "../errors.ts";
import type { SocketOperations } from "../operations.ts";
import type { KeptOptions } from "./kept.ts";
import type { Credentials, OptionValue } from "./option-value.ts";
import { optionKey } from "./option-value.ts";
import { hasInterface, type PacketLike, type TcpLike, type UnixLike } from "./places.ts";
import { type FullPlace, held, type Place, readOnly } from "./rows.ts";
import { anyInteger, INVALID, pairOf, type Shape } from "./shapes.ts";

/** Who is at the other end of a socket that has no peer, or none that is known. */
export const NO_CREDENTIALS: Credentials = { pid: 0, uid: -1, gid: -1 };

/** Given back as it was set, without effect. */
export function kept(number: number, initial: OptionValue = 0): FullPlace<SocketOperations, OptionValue> {
  return held(SOL_SOCKET, number, initial, "kept");
}

/** A pair of seconds and microseconds, in the socket's own field; -1: do not wait at all. */
export function timeout(field: "receiveTimeout" | "sendTimeout"): Place<{ readonly kept: KeptOptions }> {
  return {
    effect: "acts",
    get: ({ kept }) => {
      const micros = Math.max(kept[field], 0);
      return [Math.floor(micros / 1_000_000), micros % 1_000_000];
    },
    set: ({ kept }, [whole, micros]: readonly [number, number]) => {
      kept[field] = whole < 0 ? -1 : whole * 1_000_000 + micros;
      return 0;
    },
  };
}

/** SO_PEEK_OFF. */
export const peekOffset: Place<{ readonly kept: KeptOptions }> = {
  effect: "acts",
  get: ({ kept }) => kept.peekOffset,
  set: ({ kept }, value: number) => {
    kept.peekOffset = value;
    return 0;
  },
};

/** SO_LINGER. Linux keeps the time of a linger that is turned off. */
export const LINGER: Shape = {
  text: "`[on, seconds]`",
  kind: "pair",
  check: (given) => {
    const pair = pairOf(given);
    if (pair === undefined || pair[1] < 0) return INVALID;
    return [pair[0] === 0 ? 0 : 1, pair[1]];
  },
  samples: ["1,5", "0,5", "1,0", "0,0", "7,3", "0,9"],
};

const lingerKey = optionKey(SOL_SOCKET, SO_LINGER);

function lingerKept({ kept }: SocketOperations): readonly [number, number] {
  return (kept.get(lingerKey) ?? [0, 0]) as readonly [number, number];
}

function keepLinger(socket: SocketOperations, [on, seconds]: readonly [number, number]): void {
  socket.kept.set(lingerKey, [on, on === 0 ? lingerKept(socket)[1] : seconds]);
}

/** Seconds that an endpoint can be told to linger at most; Linux's bound is so high as to be none. */
const MOST_LINGER = 65_535;

/** SO_LINGER, where it has an effect. */
export const lingerOfTcp: Place<TcpLike> = {
  effect: "acts",
  get: lingerKept,
  set: (socket, value: readonly [number, number]) => {
    const linger = value[0] === 0 ? -1 : Math.min(value[1], MOST_LINGER);
    const status = statusOf(socket.endpoint.configure({ linger }));
    if (status === 0) keepLinger(socket, value);
    return status;
  },
};

/** SO_LINGER, where it is only kept. */
export const lingerKeptOnly: Place<SocketOperations> = {
  effect: "kept",
  get: lingerKept,
  set: (socket, value: readonly [number, number]) => {
    keepLinger(socket, value);
    return 0;
  },
};

/** SO_RCVLOWAT: 0 counts as 1, and a negative value as the most there is (socket(7), and Linux). */
export const LOW_WATER: Shape = anyInteger(
  "octets; 0 is 1, a negative value as much as there can be",
  (given) => (given < 0 ? 0x7fff_ffff : Math.max(given, 1)),
  ["100", "0", "1", "5"],
);

/** More than can ever be there would be waited for in vain: as on Linux, it is capped by SO_RCVBUF. */
export const lowWaterOfTcp: Place<TcpLike> = {
  effect: "acts",
  get: ({ endpoint }) => endpoint.options.receiveLowWater,
  set: ({ endpoint }, value: number) =>
    statusOf(endpoint.configure({ receiveLowWater: Math.min(value, endpoint.options.receiveBuffer) })),
};

/** SO_SNDBUF of AF_UNIX. */
export const unixSendBuffer: Place<UnixLike> = {
  effect: "acts",
  get: ({ sendBuffer }) => sendBuffer,
  set: (socket, value: number) => {
    socket.sendBuffer = value;
    return 0;
  },
};

/** SO_RCVBUF of AF_PACKET. */
export const packetReceiveBuffer: Place<PacketLike> = {
  effect: "acts",
  get: ({ receiveBuffer }) => receiveBuffer,
  set: (socket, value: number) => {
    socket.setReceiveBuffer(value);
    return 0;
  },
};

/** SO_PASSCRED. */
export const passCredentials: Place<UnixLike> = {
  effect: "acts",
  get: ({ passCredentials }) => Number(passCredentials),
  set: (socket, value: number) => {
    socket.passCredentials = value !== 0;
    return 0;
  },
};

/** Linux: only sockets of AF_INET can share a port, but all may say that they do not. */
export const neverShared: Place<SocketOperations> = {
  effect: "refused",
  get: () => 0,
  set: (_, value: number) => (value === 0 ? 0 : -errno.EOPNOTSUPP),
};

/** SO_ACCEPTCONN. */
export const listens: Place<{ readonly listening: boolean }> = readOnly<{ readonly listening: boolean }>(
  ({ listening }) => Number(listening),
);

/** The name is kept; there must be such an interface. */
export const deviceKept: Place<PacketLike> = {
  effect: "kept",
  get: kept(SO_BINDTODEVICE, "").get,
  set: (socket, value: string) =>
    hasInterface(socket.stack, value) ? kept(SO_BINDTODEVICE).set(socket, value) : -errno.ENODEV,
};
