/** Control data of datagrams: what recvmsg tells of one that came, and what sendmsg wants for one that goes. */
import {
  type DatagramInfo,
  type DatagramWish,
  type Instant,
  type IpAddress,
  optionsOfReply,
  optionsToSend,
  type ReceivedHeader,
  wholeOptionsHeader,
} from "../../stack/index.ts";
import { isInteger } from "../address.ts";
import {
  AF_INET,
  IP_PKTINFO,
  IP_RECVOPTS,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_RETOPTS,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_DSTOPTS,
  IPV6_HOPLIMIT,
  IPV6_HOPOPTS,
  IPV6_PKTINFO,
  IPV6_RECVDSTOPTS,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVHOPOPTS,
  IPV6_RECVPKTINFO,
  IPV6_RECVRTHDR,
  IPV6_RECVTCLASS,
  IPV6_RTHDR,
  IPV6_TCLASS,
  SO_MARK,
  SO_RCVMARK,
  SO_RXQ_OVFL,
  SO_TIMESTAMP,
  SO_TIMESTAMPNS,
  SOL_SOCKET,
} from "../constants.ts";
import { errno } from "../errors.ts";
import type { ControlMessage, Received } from "../operations.ts";
import type { KeptOptions } from "../options/kept.ts";
import { optionKey } from "../options/option-value.ts";
import type { SocketStack } from "../socket-stack.ts";
import { bitsOf, ipOfBits, ipOfWord, LARGEST_IPV6, wordOf } from "./bits.ts";

const PKTINFO = optionKey(IPPROTO_IP, IP_PKTINFO);
const RECVTTL = optionKey(IPPROTO_IP, IP_RECVTTL);
const RECVTOS = optionKey(IPPROTO_IP, IP_RECVTOS);
const RECVPKTINFO6 = optionKey(IPPROTO_IPV6, IPV6_RECVPKTINFO);
const RECVHOPLIMIT = optionKey(IPPROTO_IPV6, IPV6_RECVHOPLIMIT);
const RECVTCLASS = optionKey(IPPROTO_IPV6, IPV6_RECVTCLASS);
const TIMESTAMP = optionKey(SOL_SOCKET, SO_TIMESTAMP);
const TIMESTAMPNS = optionKey(SOL_SOCKET, SO_TIMESTAMPNS);
const RXQ_OVFL = optionKey(SOL_SOCKET, SO_RXQ_OVFL);
const RCVMARK = optionKey(SOL_SOCKET, SO_RCVMARK);
const RECVOPTS = optionKey(IPPROTO_IP, IP_RECVOPTS);
const RETOPTS = optionKey(IPPROTO_IP, IP_RETOPTS);
/** Of each kind of header: the option that wants to see it, and the type of its control data. */
const HEADERS: Readonly<Partial<Record<ReceivedHeader["type"], readonly [number, number]>>> = {
  "hop-by-hop": [optionKey(IPPROTO_IPV6, IPV6_RECVHOPOPTS), IPV6_HOPOPTS],
  routing: [optionKey(IPPROTO_IPV6, IPV6_RECVRTHDR), IPV6_RTHDR],
  destination: [optionKey(IPPROTO_IPV6, IPV6_RECVDSTOPTS), IPV6_DSTOPTS],
};

/** Tells when a message came and how many were lost before it, if these options want it. */
export function describeArrival(
  { control }: Received,
  kept: KeptOptions,
  arrivedAt: Instant,
  lostBefore: number,
): void {
  const micros: number = arrivedAt;
  const [whole, rest] = [Math.floor(micros / 1_000_000), micros % 1_000_000];
  const say = (type: number, data: unknown): number => control.push({ level: SOL_SOCKET, type, data });
  if (kept.isOn(TIMESTAMPNS)) say(SO_TIMESTAMPNS, [whole, rest * 1000]);
  else if (kept.isOn(TIMESTAMP)) say(SO_TIMESTAMP, [whole, rest]);
  if (kept.isOn(RXQ_OVFL)) say(SO_RXQ_OVFL, lostBefore);
}

/** Tells of a datagram of IP what these options want. */
export function describeDatagram(details: Received, kept: KeptOptions, info: DatagramInfo): void {
  if (!kept.any || !details.wantsControl) return;
  describeArrival(details, kept, info.arrivedAt, info.lostBefore);
  if (kept.isOn(RCVMARK)) details.control.push({ level: SOL_SOCKET, type: SO_MARK, data: info.mark });
  // Of IPv4, too, a socket of AF_INET6 is told with a mapped address, as on Linux.
  if (kept.isOn(RECVPKTINFO6)) {
    const data = { index: info.interfaceIndex, address: bitsOf(info.destination) };
    details.control.push({ level: IPPROTO_IPV6, type: IPV6_PKTINFO, data });
  }
  if (info.destination.family === 4) describeIpv4(details, kept, info);
  else describeIpv6(details, kept, info);
}

function describeIpv4({ control }: Received, kept: KeptOptions, info: DatagramInfo): void {
  const say = (type: number, data: unknown): number => control.push({ level: IPPROTO_IP, type, data });
  if (kept.isOn(PKTINFO)) say(IP_PKTINFO, { index: info.interfaceIndex, address: wordOf(info.destination) });
  if (kept.isOn(RECVTTL)) say(IP_TTL, info.hopLimit);
  if (kept.isOn(RECVTOS)) say(IP_TOS, info.trafficClass);
  const options = info.headers[0]?.octets;
  if (kept.isOn(RECVOPTS) && options !== undefined) say(IP_RECVOPTS, options);
  if (kept.isOn(RETOPTS) && options !== undefined) say(IP_RETOPTS, optionsOfReply(options));
}

function describeIpv6({ control }: Received, kept: KeptOptions, info: DatagramInfo): void {
  const say = (type: number, data: unknown): number => control.push({ level: IPPROTO_IPV6, type, data });
  if (kept.isOn(RECVHOPLIMIT)) say(IPV6_HOPLIMIT, info.hopLimit);
  if (kept.isOn(RECVTCLASS)) say(IPV6_TCLASS, info.trafficClass);
  for (const { type, octets } of info.headers) {
    const [wanted, shown] = HEADERS[type] ?? [];
    if (wanted !== undefined && shown !== undefined && kept.isOn(wanted)) say(shown, octets);
  }
}

/** What `control` wants for one datagram of a socket of `family`; or a negated errno. */
export function wishOf(
  control: readonly ControlMessage[],
  stack: SocketStack,
  family: number,
): DatagramWish | number {
  let wish: DatagramWish = {};
  for (const { level, type, data } of control) {
    const one = wishAt(level, type, data, stack, family);
    if (typeof one === "number") return one;
    const shape = { ...wish.shape, ...one.shape };
    wish = { ...wish, ...one, ...(one.shape === undefined ? {} : { shape }) };
  }
  return wish;
}

function wishAt(
  level: number,
  type: number,
  data: unknown,
  stack: SocketStack,
  family: number,
): DatagramWish | number {
  if (level === SOL_SOCKET && type === SO_MARK)
    return isInteger(data, -0x8000_0000, 0xffff_ffff) ? { mark: data | 0 } : -errno.EINVAL;
  if (level === IPPROTO_IP) return wishFor(type, data, stack);
  return level === IPPROTO_IPV6 && family !== AF_INET ? wishFor6(type, data, stack) : -errno.EINVAL;
}

/** RFC 3542 §6: -1 stands for the default. */
function wishFor6(type: number, data: unknown, stack: SocketStack): DatagramWish | number {
  if (type === IPV6_HOPLIMIT || type === IPV6_TCLASS) {
    if (!isInteger(data, -1, 255)) return -errno.EINVAL;
    if (data === -1) return {};
    return type === IPV6_TCLASS ? { trafficClass: data } : { hopLimit: data };
  }
  if (type === IPV6_HOPOPTS || type === IPV6_DSTOPTS) return wishForHeader(type, data);
  if (type !== IPV6_PKTINFO || typeof data !== "object" || data === null) return -errno.EINVAL;
  const { index = 0, address = 0n } = data as { index?: unknown; address?: unknown };
  if (typeof address !== "bigint" || address < 0n || address > LARGEST_IPV6) return -errno.EINVAL;
  return wishTo(stack, index, address === 0n ? undefined : ipOfBits(address));
}

/** RFC 3542 §7.2, §9.2. (No routing header is known, so none can be sent.) */
function wishForHeader(type: number, data: unknown): DatagramWish | number {
  const header = data instanceof Uint8Array ? wholeOptionsHeader(data) : undefined;
  if (header === undefined) return -errno.EINVAL;
  return { shape: type === IPV6_HOPOPTS ? { hopByHop: header } : { destination: header } };
}

function wishForOptions(data: unknown): DatagramWish | number {
  const ipv4Options = data instanceof Uint8Array ? optionsToSend(data) : undefined;
  return ipv4Options === undefined ? -errno.EINVAL : { shape: { ipv4Options } };
}

function wishFor(type: number, data: unknown, stack: SocketStack): DatagramWish | number {
  if (type === IP_TTL) return isInteger(data, 1, 255) ? { hopLimit: data } : -errno.EINVAL;
  if (type === IP_TOS) return isInteger(data, 0, 255) ? { trafficClass: data } : -errno.EINVAL;
  if (type === IP_RETOPTS) return wishForOptions(data);
  if (type !== IP_PKTINFO || typeof data !== "object" || data === null) return -errno.EINVAL;
  const { index = 0, address = 0 } = data as { index?: unknown; address?: unknown };
  if (!isInteger(address, 0, 0xffff_ffff)) return -errno.EINVAL;
  return wishTo(stack, index, address === 0 ? undefined : ipOfWord(address));
}

/** From an address, by an interface. */
function wishTo(stack: SocketStack, index: unknown, source: IpAddress | undefined): DatagramWish | number {
  if (!isInteger(index, 0, 0x7fff_ffff)) return -errno.EINVAL;
  const through = stack.interfaces.find((each) => each.index === index);
  if (index !== 0 && through === undefined) return -errno.ENODEV;
  return {
    ...(source === undefined ? {} : { source }),
    ...(through === undefined ? {} : { interfaceName: through.name }),
  };
}
