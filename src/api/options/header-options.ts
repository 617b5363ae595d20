/** What stands behind the IP header: the options of IPv4 (ip(7)), and the extension headers of IPv6 (RFC 3542 §6 to §9). */
import { type DatagramShape, optionsToSend, PLAIN, reshaped, wholeOptionsHeader } from "../../stack/index.ts";
import {
  IP_OPTIONS,
  IP_RECVOPTS,
  IP_RETOPTS,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_DSTOPTS,
  IPV6_HOPOPTS,
  IPV6_RECVDSTOPTS,
  IPV6_RECVHOPOPTS,
  IPV6_RECVRTHDR,
  IPV6_RTHDR,
} from "../constants.ts";
import { statusOf } from "../errors.ts";
import type { SocketOperations } from "../operations.ts";
import type { OptionValue } from "./option-value.ts";
import { optionKey } from "./option-value.ts";
import type { RawLike, TcpLike, UdpLike } from "./places.ts";
import { held, INET, type OptionRow, on, type Place, type Places } from "./rows.ts";
import { INVALID, ON_OFF, type Refused, type Shape } from "./shapes.ts";

/** What wants to see what stood behind the header of each datagram. */
const RECEIVED: readonly number[] = [
  optionKey(IPPROTO_IP, IP_RECVOPTS),
  optionKey(IPPROTO_IP, IP_RETOPTS),
  optionKey(IPPROTO_IPV6, IPV6_RECVHOPOPTS),
  optionKey(IPPROTO_IPV6, IPV6_RECVDSTOPTS),
  optionKey(IPPROTO_IPV6, IPV6_RECVRTHDR),
];

function octets(
  text: string,
  samples: readonly string[],
  keep: (given: Uint8Array) => Uint8Array | undefined,
): Shape {
  return {
    text,
    kind: "octets",
    check: (given): OptionValue | Refused =>
      given instanceof Uint8Array ? (keep(given) ?? INVALID) : INVALID,
    samples,
  };
}

/** Record Route and a no-operation; Timestamp; Router Alert; of no length, half an option; too long; an unknown one; none. */
const OPTIONS: Shape = octets(
  "octets, up to 40, as in the header; a Uint8Array",
  [
    "0x07070400000000",
    "0x440c05000000000000000000",
    "0x94040000",
    "0x0700",
    "0x070b0400",
    `0x${"01".repeat(41)}`,
    "0x1e040102",
    "0x8307040a000001",
    "0x",
  ],
  optionsToSend,
);

/** A header with padding; with a router alert; shorter than it says; longer, and by what is no whole unit; none. */
const HEADER: Shape = octets(
  "octets of the header, a multiple of 8, the first as you like; a Uint8Array, an empty one for none",
  [
    "0x0000010400000000",
    "0x0000050200000100",
    "0x00000104000000",
    "0x0001010400000000",
    "0x00000104000000000100010203040506",
    "0x00000104000000000102",
    "0x",
  ],
  (given) => (given.length === 0 ? given : given.length % 8 === 0 ? wholeOptionsHeader(given) : undefined),
);

/** RFC 5095 has taken type 0 away, and no other is known here. */
const ROUTING: Shape = octets(
  "an empty Uint8Array: none",
  ["0x0002000100000000000000000000000000000000000000000001", "0x"],
  (given) => (given.length === 0 ? given : undefined),
);

type Header = "ipv4Options" | "hopByHop" | "destination";

function sent<S extends TcpLike | UdpLike | RawLike>(header: Header): Place<S> {
  return {
    effect: "acts",
    get: ({ endpoint }) => endpoint.options.shape[header],
    set: ({ endpoint }, value: Uint8Array) => {
      const changes: Partial<DatagramShape> = { [header]: value };
      return statusOf(endpoint.configure({ shape: reshaped(endpoint.options.shape, changes) }));
    },
  };
}

const noRouting: Place<SocketOperations> = { effect: "acts", get: () => PLAIN.hopByHop, set: () => 0 };

function received<S extends UdpLike | RawLike>(level: number, number: number): Place<S> {
  const place = held(level, number, 0, "acts");
  return {
    effect: "acts",
    get: place.get,
    set: (socket, value: number) => {
      place.set(socket, value);
      const receiveHeaders = RECEIVED.some((key) => socket.kept.isOn(key));
      return statusOf(socket.endpoint.configure({ receiveHeaders }));
    },
  };
}

function row(
  name: string,
  [level, number]: readonly [number, number],
  shape: Shape,
  places: Places,
  meaning: string,
): OptionRow {
  const family = level === IPPROTO_IP ? "inet" : "inet6";
  return { name, level, number, family, shape, places, meaning };
}

function control(name: string, level: number, number: number, meaning: string): OptionRow {
  const places = {
    tcp: held(level, number, 0, "kept"),
    udp: received<UdpLike>(level, number),
    raw: received<RawLike>(level, number),
  };
  return row(name, [level, number], ON_OFF, places, meaning);
}

/** The rows about options and extension headers. */
export const HEADER_ROWS: readonly OptionRow[] = [
  row(
    "IP_OPTIONS",
    [IPPROTO_IP, IP_OPTIONS],
    OPTIONS,
    on(INET, sent("ipv4Options")),
    "the IP options (RFC 791 §3.1) of what is sent",
  ),
  control("IP_RECVOPTS", IPPROTO_IP, IP_RECVOPTS, "control data: the IP options, if there are any"),
  control("IP_RETOPTS", IPPROTO_IP, IP_RETOPTS, "control data: the IP options that an answer would have"),
  row(
    "IPV6_HOPOPTS",
    [IPPROTO_IPV6, IPV6_HOPOPTS],
    HEADER,
    on(INET, sent("hopByHop")),
    "the hop-by-hop options header of what is sent (RFC 3542 §8)",
  ),
  row(
    "IPV6_DSTOPTS",
    [IPPROTO_IPV6, IPV6_DSTOPTS],
    HEADER,
    on(INET, sent("destination")),
    "the destination options header of what is sent (RFC 3542 §9)",
  ),
  row(
    "IPV6_RTHDR",
    [IPPROTO_IPV6, IPV6_RTHDR],
    ROUTING,
    on(INET, noRouting),
    "the routing header of what is sent: type 0 is gone (RFC 5095), no other is known",
  ),
  control("IPV6_RECVHOPOPTS", IPPROTO_IPV6, IPV6_RECVHOPOPTS, "control data IPV6_HOPOPTS: that header"),
  control("IPV6_RECVDSTOPTS", IPPROTO_IPV6, IPV6_RECVDSTOPTS, "control data IPV6_DSTOPTS: each such header"),
  control("IPV6_RECVRTHDR", IPPROTO_IPV6, IPV6_RECVRTHDR, "control data IPV6_RTHDR: each such header"),
];
