/** Places below this layer: the options of TCP, UDP and raw endpoints, and of AF_UNIX sockets. */
import type {
  Failure,
  RawEndpoint,
  RawOptions,
  TcpEndpoint,
  TcpOptions,
  UdpEndpoint,
  UdpOptions,
} from "../../stack/index.ts";
import { errno, statusOf } from "../errors.ts";
import type { SocketOperations } from "../operations.ts";
import type { SocketStack } from "../socket-stack.ts";
import type { Credentials, OptionValue } from "./option-value.ts";
import type { Place } from "./rows.ts";

/** What the rows need of a TCP socket. */
export interface TcpLike extends SocketOperations {
  readonly stack: SocketStack;
  readonly endpoint: TcpEndpoint;
  readonly listening: boolean;
}

/** What the rows need of a UDP socket. */
export interface UdpLike extends SocketOperations {
  /** Sends what UDP_CORK has held back: 0, or a negated errno. */
  pullCork(): number;
  readonly stack: SocketStack;
  readonly endpoint: UdpEndpoint;
}

/** What the rows need of a raw socket. */
export interface RawLike extends SocketOperations {
  readonly stack: SocketStack;
  readonly endpoint: RawEndpoint;
}

/** What the rows need of a packet socket. */
export interface PacketLike extends SocketOperations {
  readonly stack: SocketStack;
  readonly receiveBuffer: number;
  setReceiveBuffer(octets: number): void;
}

/** What the rows need of an AF_UNIX socket. */
export interface UnixLike extends SocketOperations {
  sendBuffer: number;
  passCredentials: boolean;
  readonly listening: boolean;
  readonly peerCredentials: Credentials;
}

/** Any socket above an endpoint with options. */
interface Configured {
  readonly endpoint: { readonly options: object; configure(changes: never): Failure | undefined };
}

/** The option `field` of the endpoint, which is a number of `unit`, or on or off. */
function field<S extends Configured>(name: string, unit = 1): Place<S> {
  return {
    effect: "acts",
    get: ({ endpoint }) => shown((endpoint.options as Fields)[name] ?? 0, unit),
    set: ({ endpoint }, value: number | string) => {
      const isFlag = typeof (endpoint.options as Fields)[name] === "boolean";
      const given = typeof value === "string" ? value : isFlag ? value !== 0 : value * unit;
      return statusOf(endpoint.configure({ [name]: given } as never));
    },
  };
}

type Fields = Readonly<Record<string, boolean | number | string>>;

function shown(value: boolean | number | string, unit: number): OptionValue {
  return typeof value === "string"
    ? value
    : typeof value === "boolean"
      ? Number(value)
      : Math.round(value / unit);
}

/** A place for TCP sockets only. */
export function tcp(name: keyof TcpOptions, unit = 1): Place<TcpLike> {
  return field(name, unit);
}

/** A place for UDP sockets only. */
export function udp(name: keyof UdpOptions, unit = 1): Place<UdpLike> {
  return field(name, unit);
}

/** A place for raw sockets only. */
export function raw(name: keyof RawOptions, unit = 1): Place<RawLike> {
  return field(name, unit);
}

/** Whether `name` is an interface's, or "". */
export function hasInterface({ interfaces }: SocketStack, name: string): boolean {
  return name === "" || interfaces.some((each) => each.name === name);
}

/** SO_BINDTODEVICE: the name of an interface that there is, or "". */
export function deviceBound<S extends UdpLike | TcpLike | RawLike>(): Place<S> {
  const place = field<S>("interfaceName");
  return {
    effect: "acts",
    get: place.get,
    set: (socket, value: string) =>
      hasInterface(socket.stack, value) ? (place.set?.(socket, value as never) ?? 0) : -errno.ENODEV,
  };
}
