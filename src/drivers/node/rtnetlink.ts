/**
 * Sets up a network device through rtnetlink (RFC 3549), without the `ip` program. An address is added and
 * removed by itself, which the older SIOCSIFADDR cannot do beside an address that somebody else has set.
 */
import { closeSync } from "node:fs";
import { endianness } from "node:os";
import { IpAddress, ipv4 } from "../../stack/index.ts";
import { EINTR, errnoName, type Libc } from "./libc.ts";

const LITTLE_ENDIAN: boolean = endianness() === "LE";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_ROUTE = 0;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const RTM_NEWLINK = 16;
const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_GETADDR = 22;

const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const NLM_F_EXCL = 0x200;
const NLM_F_DUMP = 0x300;
const NLM_F_CREATE = 0x400;

const IFLA_MTU = 4;
const IFLA_TXQLEN = 13;
const IFF_UP = 1;

const AF_INET = 2;
const AF_INET6 = 10;
/** No duplicate address detection: the two ends of a TAP are both ours to number. */
const IFA_F_NODAD = 2;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_LABEL = 3;
const IFA_BROADCAST = 4;

const HEADER = 16;
/** `struct ifaddrmsg` and, ahead of each attribute, its length and type. */
const ADDRESS_BODY = 8;
const ATTRIBUTE_HEADER = 4;
/** Octets of one answer; a dump comes in pieces of at most 32 KB (netlink(7)). */
const LARGEST_ANSWER = 32_768;

/** What to set on a device; what is absent stays as it is. */
export interface DeviceSettings {
  /** Octets of the largest IP datagram. */
  readonly mtu?: number;
  /** Frames that may wait for a reader. */
  readonly queueLength?: number;
  readonly up?: boolean;
}

/** An address of a device. */
export interface DeviceAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

/** An address, and the device that has it: its name, or that of an alias as `eth0:1`; "" of IPv6, which has no names. */
export interface NamedAddress extends DeviceAddress {
  readonly device: string;
  readonly index: number;
}

/** @returns "" when all is set, or the kernel's errno name */
export function configureDevice(libc: Libc, index: number, settings: DeviceSettings): string {
  const message = new Message(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK);
  message.octets(0, 0); // AF_UNSPEC, padding
  message.half(0); // device type: any
  message.word(index);
  message.word(settings.up ? IFF_UP : 0);
  message.word(settings.up ? IFF_UP : 0); // which flags to change
  if (settings.mtu !== undefined) message.attribute(IFLA_MTU, settings.mtu);
  if (settings.queueLength !== undefined) message.attribute(IFLA_TXQLEN, settings.queueLength);
  return exchange(libc, message);
}

/** @returns "" when it is added, `EEXIST` when the device had it already, or another errno name */
export function addAddress(libc: Libc, index: number, address: DeviceAddress): string {
  const message = new Message(RTM_NEWADDR, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
  addressBody(message, index, address);
  const { address: own, prefixLength } = address;
  // A prefix of 31 or 32 bits has no broadcast address (RFC 3021), and IPv6 has none at all.
  if (own.family === 4 && prefixLength < 31) {
    message.address(IFA_BROADCAST, ipv4(own.word3 | (0xffff_ffff >>> prefixLength)));
  }
  return exchange(libc, message);
}

/** @returns "" when it is removed, or the kernel's errno name */
export function removeAddress(libc: Libc, index: number, address: DeviceAddress): string {
  const message = new Message(RTM_DELADDR, NLM_F_REQUEST | NLM_F_ACK);
  addressBody(message, index, address);
  return exchange(libc, message);
}

/**
 * The addresses of all devices in this network namespace, also of those that are down or have no carrier: Node's
 * `networkInterfaces` leaves those out.
 *
 * @returns an errno name when the kernel does not tell
 */
export function listAddresses(libc: Libc): readonly NamedAddress[] | string {
  const message = new Message(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP);
  message.octets(0, 0); // AF_UNSPEC: of both families
  message.octets(0, 0);
  message.word(0); // of any device
  const found: NamedAddress[] = [];
  const outcome = conversation(libc, message, (socket) => {
    for (;;) {
      const answer = receive(libc, socket);
      if (typeof answer === "string") return answer;
      const end = readDump(answer, found);
      if (end !== undefined) return end;
    }
  });
  return outcome === "" ? found : outcome;
}

/** Adds what one answer tells to `found`. "" at the end of the dump, an errno name if it failed, undefined if more comes. */
function readDump(answer: DataView, found: NamedAddress[]): string | undefined {
  for (let at = 0; at + HEADER <= answer.byteLength; ) {
    const length = answer.getUint32(at, LITTLE_ENDIAN);
    const type = answer.getUint16(at + 4, LITTLE_ENDIAN);
    if (length < HEADER || at + length > answer.byteLength) return "EPROTO";
    if (type === NLMSG_DONE) return "";
    if (type === NLMSG_ERROR) return errnoName(-answer.getInt32(at + HEADER, LITTLE_ENDIAN));
    const one = type === RTM_NEWADDR ? readAddress(answer, at + HEADER, at + length) : undefined;
    if (one !== undefined) found.push(one);
    at += (length + 3) & ~3;
  }
  return undefined;
}

/** One `ifaddrmsg` with its attributes; undefined if it is of another family. An IPv6 address has no label. */
function readAddress(view: DataView, start: number, end: number): NamedAddress | undefined {
  const family = view.getUint8(start);
  if (family !== AF_INET && family !== AF_INET6) return undefined;
  const wanted = family === AF_INET ? IFA_LOCAL : IFA_ADDRESS;
  const prefixLength = view.getUint8(start + 1);
  let address = ipv4(0);
  let device = "";
  for (let at = start + ADDRESS_BODY; at + ATTRIBUTE_HEADER <= end; ) {
    const length = view.getUint16(at, LITTLE_ENDIAN);
    const type = view.getUint16(at + 2, LITTLE_ENDIAN);
    if (length < ATTRIBUTE_HEADER) break;
    if (type === wanted) address = readOctets(view, at + ATTRIBUTE_HEADER, family);
    if (type === IFA_LABEL) {
      const text = new Uint8Array(
        view.buffer,
        view.byteOffset + at + ATTRIBUTE_HEADER,
        length - ATTRIBUTE_HEADER,
      );
      device = Buffer.from(text).toString("utf8").replace(/\0.*$/s, "");
    }
    at += (length + 3) & ~3;
  }
  return { device, index: view.getUint32(start + 4, LITTLE_ENDIAN), address, prefixLength };
}

function readOctets(view: DataView, at: number, family: number): IpAddress {
  if (family === AF_INET) return ipv4(view.getInt32(at));
  return new IpAddress(
    view.getInt32(at),
    view.getInt32(at + 4),
    view.getInt32(at + 8),
    view.getInt32(at + 12),
  );
}

function addressBody(message: Message, index: number, { address, prefixLength }: DeviceAddress): void {
  const isIpv4 = address.family === 4;
  message.octets(isIpv4 ? AF_INET : AF_INET6, prefixLength);
  message.octets(isIpv4 ? 0 : IFA_F_NODAD, 0); // flags; scope: global
  message.word(index);
  message.address(IFA_LOCAL, address);
  message.address(IFA_ADDRESS, address);
}

/** A netlink message in the making; everything in it is of a multiple of 4 octets. */
class Message {
  readonly bytes: Uint8Array<ArrayBuffer> = new Uint8Array(128);
  readonly #view = new DataView(this.bytes.buffer);
  #end = HEADER;

  constructor(type: number, flags: number) {
    this.#view.setUint16(4, type, LITTLE_ENDIAN);
    this.#view.setUint16(6, flags, LITTLE_ENDIAN);
    this.#view.setUint32(8, 1, LITTLE_ENDIAN); // sequence number: there is only one
  }

  octets(first: number, second: number): void {
    this.#view.setUint8(this.#end++, first);
    this.#view.setUint8(this.#end++, second);
  }

  half(value: number): void {
    this.#view.setUint16(this.#end, value, LITTLE_ENDIAN);
    this.#end += 2;
  }

  word(value: number): void {
    this.#view.setUint32(this.#end, value, LITTLE_ENDIAN);
    this.#end += 4;
  }

  attribute(type: number, value: number): void {
    this.half(8); // length of the attribute, these 4 octets included
    this.half(type);
    this.word(value);
  }

  /** An attribute that holds an address, in network order. */
  address(type: number, { family, word0, word1, word2, word3 }: IpAddress): void {
    const words = family === 4 ? [word3] : [word0, word1, word2, word3];
    this.half(ATTRIBUTE_HEADER + words.length * 4);
    this.half(type);
    for (const word of words) {
      this.word(0);
      this.#view.setInt32(this.#end - 4, word);
    }
  }

  /** Fills in the length; returns it. */
  finish(): number {
    this.#view.setUint32(0, this.#end, LITTLE_ENDIAN);
    return this.#end;
  }
}

/** Sends the message and awaits the kernel's answer, which is there when `send` returns. */
function exchange(libc: Libc, message: Message): string {
  return conversation(libc, message, (socket) => {
    const answer = receive(libc, socket);
    if (typeof answer === "string") return answer;
    const isError = answer.byteLength >= HEADER + 4 && answer.getUint16(4, LITTLE_ENDIAN) === NLMSG_ERROR;
    if (!isError) return "EPROTO";
    const error = answer.getInt32(HEADER, LITTLE_ENDIAN); // 0 is the acknowledgement
    return error === 0 ? "" : errnoName(-error);
  });
}

/** Sends the message on a socket of its own, and lets `read` have the answers; what it says, or an errno name. */
function conversation(libc: Libc, message: Message, read: (socket: number) => string): string {
  const socket = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (socket < 0) return errnoName(libc.errno());
  try {
    if (libc.send(socket, message.bytes, message.finish(), 0) < 0) return errnoName(libc.errno());
    return read(socket);
  } finally {
    closeSync(socket);
  }
}

/** The next answer; an errno name if there is none. */
function receive(libc: Libc, socket: number): DataView | string {
  const answer = new Uint8Array(LARGEST_ANSWER);
  let octets = libc.recv(socket, answer, answer.length, 0);
  while (octets < 0 && libc.errno() === EINTR) octets = libc.recv(socket, answer, answer.length, 0);
  return octets < 0 ? errnoName(libc.errno()) : new DataView(answer.buffer, 0, octets);
}
