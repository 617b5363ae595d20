/** Options that TCP and UDP sockets have in common: SOL_SOCKET and IPPROTO_IP. */
import type { CommonOptions, Failure } from "../../stack/index.ts";
import { isInteger } from "../address.ts";
import {
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  SO_BINDTODEVICE,
  SO_DONTROUTE,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SOL_SOCKET,
} from "../constants.ts";
import { errno, statusOf } from "../errors.ts";
import { flag, integer, type Option, optionKey } from "../options.ts";
import type { SocketStack } from "../stack.ts";

/** A socket over an endpoint with these options. */
export interface InetSocket {
  readonly stack: SocketStack;
  readonly endpoint: {
    readonly options: Readonly<CommonOptions>;
    configure(changes: Partial<CommonOptions>): Failure | undefined;
  };
}

/** RFC 1122 §3.2.1.7 wants it settable; 64 is RFC 1700's, and Linux's, default. */
const DEFAULT_TTL = 64;

/** Bounds of SO_SNDBUF and SO_RCVBUF; a value outside is taken as the nearest, as on Linux. */
const SMALLEST_BUFFER = 2048;
const LARGEST_BUFFER = 64 * 1024 * 1024;

function configure(socket: InetSocket, changes: Partial<CommonOptions>): number {
  return statusOf(socket.endpoint.configure(changes));
}

function bufferSize(field: "sendBuffer" | "receiveBuffer"): Option<InetSocket> {
  return integer<InetSocket>(
    0,
    0x7fff_ffff,
    ({ endpoint }) => endpoint.options[field],
    (socket, value) =>
      configure(socket, { [field]: Math.min(Math.max(value, SMALLEST_BUFFER), LARGEST_BUFFER) }),
  );
}

/** The table's rows, for TCP's and UDP's own tables to include. */
export const INET_OPTIONS: readonly (readonly [number, Option<InetSocket>])[] = [
  [
    optionKey(SOL_SOCKET, SO_REUSEADDR),
    flag<InetSocket>(
      ({ endpoint }) => endpoint.options.reuseAddress,
      (socket, reuseAddress) => configure(socket, { reuseAddress }),
    ),
  ],
  [
    optionKey(SOL_SOCKET, SO_REUSEPORT),
    flag<InetSocket>(
      ({ endpoint }) => endpoint.options.reusePort,
      (socket, reusePort) => configure(socket, { reusePort }),
    ),
  ],
  [
    optionKey(SOL_SOCKET, SO_DONTROUTE),
    flag<InetSocket>(
      ({ endpoint }) => endpoint.options.dontRoute,
      (socket, dontRoute) => configure(socket, { dontRoute }),
    ),
  ],
  [optionKey(SOL_SOCKET, SO_SNDBUF), bufferSize("sendBuffer")],
  [optionKey(SOL_SOCKET, SO_RCVBUF), bufferSize("receiveBuffer")],
  [
    optionKey(SOL_SOCKET, SO_BINDTODEVICE),
    {
      get: ({ endpoint }) => endpoint.options.interfaceName,
      set: (socket, value) => {
        if (typeof value !== "string") return -errno.EINVAL;
        const known = value === "" || socket.stack.interfaces.some(({ name }) => name === value);
        return known ? configure(socket, { interfaceName: value }) : -errno.ENODEV;
      },
    },
  ],
  [
    optionKey(IPPROTO_IP, IP_TTL),
    {
      get: ({ endpoint }) => endpoint.options.hopLimit || DEFAULT_TTL,
      set: (socket, value) => {
        if (value !== -1 && !isInteger(value, 1, 255)) return -errno.EINVAL;
        return configure(socket, { hopLimit: value === -1 ? 0 : value });
      },
    },
  ],
  [
    optionKey(IPPROTO_IP, IP_TOS),
    integer<InetSocket>(
      0,
      255,
      ({ endpoint }) => endpoint.options.trafficClass,
      (socket, trafficClass) => configure(socket, { trafficClass }),
    ),
  ],
];
