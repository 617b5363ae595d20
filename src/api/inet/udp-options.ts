/** Options of UDP sockets: ip(7), and those of SOL_SOCKET that concern datagrams. */
import type { MtuDiscovery, UdpEndpoint, UdpOptions } from "../../stack/index.ts";
import { isInteger, toIpAddress } from "../address.ts";
import {
  IP_ADD_MEMBERSHIP,
  IP_DROP_MEMBERSHIP,
  IP_MTU_DISCOVER,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_PKTINFO,
  IP_RECVERR,
  IP_RECVTOS,
  IP_RECVTTL,
  IPPROTO_IP,
  SO_BROADCAST,
  SOL_SOCKET,
} from "../constants.ts";
import { errno, statusOf } from "../errors.ts";
import { flag, integer, type Option, type OptionTable, optionKey, pairOf } from "../options.ts";
import type { SocketInterface, SocketStack } from "../stack.ts";
import { INET_OPTIONS, type InetSocket } from "./inet-options.ts";

/** What comes as control data with each datagram. */
export interface WantedControl {
  packetInfo: boolean;
  ttl: boolean;
  tos: boolean;
}

export interface UdpOptionSocket extends InetSocket {
  readonly endpoint: UdpEndpoint;
  readonly wanted: WantedControl;
}

/** In the order of the values of IP_MTU_DISCOVER. */
const DISCOVERY: readonly MtuDiscovery[] = ["dont", "want", "do", "probe"];

function configure(socket: UdpOptionSocket, changes: Partial<UdpOptions>): number {
  return statusOf(socket.endpoint.configure(changes));
}

function onOff(
  level: number,
  name: number,
  field: "broadcast" | "multicastLoop" | "receiveErrors",
): [number, Option<UdpOptionSocket>] {
  const get = ({ endpoint }: UdpOptionSocket): boolean => endpoint.options[field];
  const set = (socket: UdpOptionSocket, on: boolean): number => configure(socket, { [field]: on });
  return [optionKey(level, name), flag(get, set)];
}

function control(name: number, field: keyof WantedControl): [number, Option<UdpOptionSocket>] {
  const get = ({ wanted }: UdpOptionSocket): boolean => wanted[field];
  const set = ({ wanted }: UdpOptionSocket, on: boolean): number => {
    wanted[field] = on;
    return 0;
  };
  return [optionKey(IPPROTO_IP, name), flag(get, set)];
}

/** An interface by its index (below 2^24, where no unicast address is) or by one of its addresses. */
function interfaceOf(stack: SocketStack, which: number): SocketInterface | undefined {
  const word = which | 0;
  return stack.interfaces.find(
    ({ index, addresses }) => index === which || addresses.some(({ address }) => address.word3 === word),
  );
}

const multicastInterface: Option<UdpOptionSocket> = {
  get: ({ endpoint, stack }) => {
    const name = endpoint.options.multicastInterface;
    const found = stack.interfaces.find((each) => each.name === name);
    return (found?.addresses[0]?.address.word3 ?? 0) >>> 0;
  },
  set: (socket, value) => {
    if (!isInteger(value, 0, 0xffff_ffff)) return -errno.EINVAL;
    if (value === 0) return configure(socket, { multicastInterface: "" });
    const found = interfaceOf(socket.stack, value);
    return found === undefined ? -errno.EADDRNOTAVAIL : configure(socket, { multicastInterface: found.name });
  },
};

function membership(change: "joinGroup" | "leaveGroup"): Option<UdpOptionSocket> {
  return {
    set: ({ endpoint, stack }, value) => {
      const pair = pairOf(value);
      if (pair === undefined) return -errno.EINVAL;
      const [group, which] = pair;
      if (group >>> 28 !== 0xe) return -errno.EINVAL;
      const found = which === 0 ? undefined : interfaceOf(stack, which);
      if (which !== 0 && found === undefined) return -errno.ENODEV;
      return statusOf(endpoint[change](toIpAddress(group), found?.name ?? ""));
    },
  };
}

export const UDP_OPTIONS: OptionTable<UdpOptionSocket> = new Map<number, Option<UdpOptionSocket>>([
  ...INET_OPTIONS,
  onOff(SOL_SOCKET, SO_BROADCAST, "broadcast"),
  onOff(IPPROTO_IP, IP_MULTICAST_LOOP, "multicastLoop"),
  onOff(IPPROTO_IP, IP_RECVERR, "receiveErrors"),
  control(IP_PKTINFO, "packetInfo"),
  control(IP_RECVTTL, "ttl"),
  control(IP_RECVTOS, "tos"),
  [
    optionKey(IPPROTO_IP, IP_MULTICAST_TTL),
    integer<UdpOptionSocket>(
      -1,
      255,
      ({ endpoint }) => endpoint.options.multicastHopLimit,
      (socket, value) => configure(socket, { multicastHopLimit: value < 0 ? 1 : value }),
    ),
  ],
  [
    optionKey(IPPROTO_IP, IP_MTU_DISCOVER),
    integer<UdpOptionSocket>(
      0,
      3,
      ({ endpoint }) => DISCOVERY.indexOf(endpoint.options.mtuDiscovery),
      (socket, value) => configure(socket, { mtuDiscovery: DISCOVERY[value] ?? "want" }),
    ),
  ],
  [optionKey(IPPROTO_IP, IP_MULTICAST_IF), multicastInterface],
  [optionKey(IPPROTO_IP, IP_ADD_MEMBERSHIP), membership("joinGroup")],
  [optionKey(IPPROTO_IP, IP_DROP_MEMBERSHIP), membership("leaveGroup")],
]);
