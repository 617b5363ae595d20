/** Control data of datagrams: what recvmsg tells of one that came, and what sendmsg wants for one that goes. */
import type { DatagramInfo, DatagramWish, Instant } from "../../stack/index.ts";
import { isInteger, toIpAddress } from "../address.ts";
import {
  IP_PKTINFO,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  SO_RXQ_OVFL,
  SO_TIMESTAMP,
  SO_TIMESTAMPNS,
  SOL_SOCKET,
} from "../constants.ts";
import { errno } from "../errors.ts";
import type { ControlMessage, Received } from "../operations.ts";
import type { KeptOptions } from "../options/kept.ts";
import { optionKey } from "../options/option-value.ts";
import type { SocketStack } from "../stack.ts";

const PKTINFO = optionKey(IPPROTO_IP, IP_PKTINFO);
const RECVTTL = optionKey(IPPROTO_IP, IP_RECVTTL);
const RECVTOS = optionKey(IPPROTO_IP, IP_RECVTOS);
const TIMESTAMP = optionKey(SOL_SOCKET, SO_TIMESTAMP);
const TIMESTAMPNS = optionKey(SOL_SOCKET, SO_TIMESTAMPNS);
const RXQ_OVFL = optionKey(SOL_SOCKET, SO_RXQ_OVFL);

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
  const say = (type: number, data: unknown): number =>
    details.control.push({ level: IPPROTO_IP, type, data });
  if (kept.isOn(PKTINFO)) {
    say(IP_PKTINFO, { index: info.interfaceIndex, address: info.destination.word3 >>> 0 });
  }
  if (kept.isOn(RECVTTL)) say(IP_TTL, info.hopLimit);
  if (kept.isOn(RECVTOS)) say(IP_TOS, info.trafficClass);
}

/** What `control` wants for one datagram; or a negated errno. */
export function wishOf(control: readonly ControlMessage[], stack: SocketStack): DatagramWish | number {
  let wish: DatagramWish = {};
  for (const { level, type, data } of control) {
    const one = level === IPPROTO_IP ? wishFor(type, data, stack) : -errno.EINVAL;
    if (typeof one === "number") return one;
    wish = { ...wish, ...one };
  }
  return wish;
}

function wishFor(type: number, data: unknown, stack: SocketStack): DatagramWish | number {
  if (type === IP_TTL) return isInteger(data, 1, 255) ? { hopLimit: data } : -errno.EINVAL;
  if (type === IP_TOS) return isInteger(data, 0, 255) ? { trafficClass: data } : -errno.EINVAL;
  if (type !== IP_PKTINFO || typeof data !== "object" || data === null) return -errno.EINVAL;
  const { index = 0, address = 0 } = data as { index?: unknown; address?: unknown };
  if (!isInteger(index, 0, 0x7fff_ffff) || !isInteger(address, 0, 0xffff_ffff)) return -errno.EINVAL;
  const through = stack.interfaces.find((each) => each.index === index);
  if (index !== 0 && through === undefined) return -errno.ENODEV;
  return {
    ...(address === 0 ? {} : { source: toIpAddress(address) }),
    ...(through === undefined ? {} : { interfaceName: through.name }),
  };
}
