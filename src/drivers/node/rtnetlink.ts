/**
 * Sets up a network device through rtnetlink (RFC 3549), without the `ip` program. An address is added and
 * removed by itself, which the older SIOCSIFADDR cannot do beside an address that somebody else has set.
 */
import { closeSync } from "node:fs";
import { endianness } from "node:os";
import { EINTR, errnoName, type Libc } from "./libc.ts";

const LITTLE_ENDIAN: boolean = endianness() === "LE";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_ROUTE = 0;

const NLMSG_ERROR = 2;
const RTM_NEWLINK = 16;
const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;

const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;

const IFLA_MTU = 4;
const IFLA_TXQLEN = 13;
const IFF_UP = 1;

const AF_INET = 2;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_BROADCAST = 4;

const HEADER = 16;

/** What to set on a device; what is absent stays as it is. */
export interface DeviceSettings {
  /** Octets of the largest IP datagram. */
  readonly mtu?: number;
  /** Frames that may wait for a reader. */
  readonly queueLength?: number;
  readonly up?: boolean;
}

/** An IPv4 address of a device, as a 32-bit integer in host order. */
export interface DeviceAddress {
  readonly word: number;
  readonly prefixLength: number;
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
  const { word, prefixLength } = address;
  // A prefix of 31 or 32 bits has no broadcast address (RFC 3021).
  if (prefixLength < 31) message.address(IFA_BROADCAST, word | (0xffff_ffff >>> prefixLength));
  return exchange(libc, message);
}

/** @returns "" when it is removed, or the kernel's errno name */
export function removeAddress(libc: Libc, index: number, address: DeviceAddress): string {
  const message = new Message(RTM_DELADDR, NLM_F_REQUEST | NLM_F_ACK);
  addressBody(message, index, address);
  return exchange(libc, message);
}

function addressBody(message: Message, index: number, { word, prefixLength }: DeviceAddress): void {
  message.octets(AF_INET, prefixLength);
  message.octets(0, 0); // flags; scope: global
  message.word(index);
  message.address(IFA_LOCAL, word);
  message.address(IFA_ADDRESS, word);
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

  /** An attribute that holds an IPv4 address, in network order. */
  address(type: number, word: number): void {
    this.attribute(type, 0);
    this.#view.setInt32(this.#end - 4, word);
  }

  /** Fills in the length; returns it. */
  finish(): number {
    this.#view.setUint32(0, this.#end, LITTLE_ENDIAN);
    return this.#end;
  }
}

/** Sends the message and awaits the kernel's answer, which is there when `send` returns. */
function exchange(libc: Libc, message: Message): string {
  const socket = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (socket < 0) return errnoName(libc.errno());
  try {
    if (libc.send(socket, message.bytes, message.finish(), 0) < 0) return errnoName(libc.errno());
    return readAnswer(libc, socket);
  } finally {
    closeSync(socket);
  }
}

function readAnswer(libc: Libc, socket: number): string {
  const answer = new Uint8Array(4096);
  let octets = libc.recv(socket, answer, answer.length, 0);
  while (octets < 0 && libc.errno() === EINTR) octets = libc.recv(socket, answer, answer.length, 0);
  if (octets < 0) return errnoName(libc.errno());
  const view = new DataView(answer.buffer, 0, octets);
  if (octets < HEADER + 4 || view.getUint16(4, LITTLE_ENDIAN) !== NLMSG_ERROR) return "EPROTO";
  const error = view.getInt32(HEADER, LITTLE_ENDIAN); // 0 is the acknowledgement
  return error === 0 ? "" : errnoName(-error);
}
