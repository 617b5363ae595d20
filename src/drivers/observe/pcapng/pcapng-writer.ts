/**
 * Captures in the format pcapng (draft-ietf-opsawg-pcapng): interfaces, packets with comments, secrets, names,
 * statistics, and blocks of one's own. The octets go to a function that somebody gives; no file is known here.
 *
 * Times are nanoseconds (if_tsresol 9). What is written is one section, and each block is whole when it is written: a
 * reader can follow.
 */

import { encodeUtf8 } from "../../../stack/base/utf8.ts";
import {
  CALLABLE,
  checkSettings,
  type IpAddress,
  type MacAddress,
  type Rules,
  required,
  TEXT,
} from "../../../stack/index.ts";
import { BlockWriter } from "./block-writer.ts";
import { BLOCK, BYTE_ORDER_MAGIC, ENTERPRISE, LINKTYPE, OPTION, OWN_MARK, SECRETS_TLS } from "./numbers.ts";

/** What a file is made with. */
export interface PcapngOptions {
  /** Takes the next octets of the file, which are the taker's to keep. A call is one block. */
  readonly write: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** The program that captures; "tapstack" by default. */
  readonly application?: string | undefined;
  /** The machine, and its system. */
  readonly hardware?: string | undefined;
  /** The operating system. */
  readonly system?: string | undefined;
  /** About the whole file. */
  readonly comment?: string | undefined;
}

/** An interface, as the file describes it. */
export interface CapturedInterface {
  /** As users know it. */
  readonly name: string;
  /** Ethernet by default. */
  readonly medium?: "ethernet" | "ip" | undefined;
  /** More words about it. */
  readonly description?: string | undefined;
  /** Its station address. */
  readonly mac?: MacAddress | undefined;
  /** Octets kept of each packet; by default, all. */
  readonly snapLength?: number | undefined;
  /** What was asked for, in tcpdump's words. */
  readonly filter?: string | undefined;
}

/** A time: whole microseconds from 1970, and nanoseconds beyond that. */
export interface FileTime {
  /** An integer. */
  readonly microseconds: number;
  /** 0 to 999. */
  readonly nanoseconds: number;
}

/** What is written beside the octets of a packet. All that is left out is not written. */
export interface PacketNotes {
  readonly direction?: "in" | "out" | undefined;
  /** One comment each. */
  readonly comments?: readonly string[] | undefined;
  /** The same packet has the same number, wherever it was seen. */
  readonly id?: number | undefined;
  /** Packets that were lost since the one before. */
  readonly lost?: number | undefined;
  /** The process and the socket that it is of. */
  readonly socket?: string | undefined;
}

/** What an interface has counted. */
export interface CapturedStatistics {
  readonly received?: number | undefined;
  /** Lost by the device or on the line. */
  readonly lostByInterface?: number | undefined;
  /** Passed the filter. */
  readonly accepted?: number | undefined;
  /** Dropped by the stack. */
  readonly dropped?: number | undefined;
  /** Written to this file. */
  readonly delivered?: number | undefined;
}

const RULES: Rules<PcapngOptions> = {
  write: required(CALLABLE),
  application: TEXT,
  hardware: TEXT,
  system: TEXT,
  comment: TEXT,
};

const NANOSECONDS = Uint8Array.of(9);
const TO_HERE = 1;
const FROM_HERE = 2;
/** Name records: an IPv4 address, an IPv6 address, and the end. */
const NAME_IPV4 = 1;
const NAME_IPV6 = 2;

/** Writes one file; its section header at once. */
export class PcapngWriter {
  readonly #write: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly #block: BlockWriter = new BlockWriter();
  #interfaces = 0;

  /** @throws TypeError for an option that there is not or that is missing, RangeError for a value that cannot be */
  constructor(options: PcapngOptions) {
    checkSettings("PcapngWriter", options, RULES);
    this.#write = options.write;
    const block = this.#block.begin(BLOCK.sectionHeader).word(BYTE_ORDER_MAGIC).half(1).half(0);
    block.word(0xffff_ffff).word(0xffff_ffff); // how long the section will be is not known
    if (options.comment !== undefined) block.text(OPTION.comment, options.comment);
    if (options.hardware !== undefined) block.text(OPTION.sectionHardware, options.hardware);
    if (options.system !== undefined) block.text(OPTION.sectionSystem, options.system);
    block.text(OPTION.sectionApplication, options.application ?? "tapstack");
    this.#write(block.endOptions().end());
  }

  /** Tells of an interface; its number, for `packet`. */
  interface(one: CapturedInterface): number {
    const block = this.#block.begin(BLOCK.interfaceDescription);
    block
      .half(one.medium === "ip" ? LINKTYPE.raw : LINKTYPE.ethernet)
      .half(0)
      .word(one.snapLength ?? 0);
    block.text(OPTION.interfaceName, one.name);
    if (one.description !== undefined) block.text(OPTION.interfaceDescription, one.description);
    if (one.mac !== undefined) block.option(OPTION.interfaceMac, macOctets(one.mac));
    block.option(OPTION.interfaceResolution, NANOSECONDS);
    // The first octet says in what language a filter is: 0 is that of tcpdump.
    if (one.filter !== undefined) block.option(OPTION.interfaceFilter, encodeUtf8(`\0${one.filter}`));
    this.#write(block.endOptions().end());
    return this.#interfaces++;
  }

  /**
   * A packet: the octets `bytes[start..end)`, of which the packet had `length`.
   *
   * @param on - the number of its interface
   */
  packet(
    on: number,
    at: FileTime,
    bytes: Uint8Array,
    start: number,
    end: number,
    length: number,
    notes: PacketNotes,
  ): void {
    const block = this.#block.begin(BLOCK.enhancedPacket).word(on);
    block.word(upperWord(at)).word(lowerWord(at));
    block
      .word(end - start)
      .word(length)
      .octets(bytes, start, end);
    const { direction, comments, id, lost, socket } = notes;
    for (const comment of comments ?? []) block.text(OPTION.comment, comment);
    if (direction !== undefined) block.number(OPTION.packetFlags, direction === "in" ? TO_HERE : FROM_HERE);
    if (lost !== undefined) block.pair(OPTION.packetDropCount, lost, Math.floor(lost / 0x1_0000_0000));
    if (id !== undefined) block.pair(OPTION.packetId, id, Math.floor(id / 0x1_0000_0000));
    if (socket !== undefined) block.customText(OPTION.customText, ENTERPRISE, socket);
    this.#write(block.endOptions().end());
  }

  /** Keys of TLS, in the lines of NSS's key log (SSLKEYLOGFILE). They must stand before the packets that need them. */
  secrets(keyLog: string): void {
    const octets = encodeUtf8(keyLog);
    const block = this.#block.begin(BLOCK.decryptionSecrets).word(SECRETS_TLS).word(octets.length);
    this.#write(block.octets(octets).end());
  }

  /** How hosts are called. */
  names(names: readonly { readonly address: IpAddress; readonly name: string }[]): void {
    const block = this.#block.begin(BLOCK.nameResolution);
    for (const { address, name } of names) {
      const record = [...addressOctets(address), ...encodeUtf8(name), 0];
      block.half(address.family === 4 ? NAME_IPV4 : NAME_IPV6).half(record.length);
      block.octets(Uint8Array.from(record));
    }
    this.#write(block.word(0).end());
  }

  /** What an interface has counted until `at`. */
  statistics(on: number, at: FileTime, counts: CapturedStatistics): void {
    const block = this.#block
      .begin(BLOCK.interfaceStatistics)
      .word(on)
      .word(upperWord(at))
      .word(lowerWord(at));
    const { received, lostByInterface, accepted, dropped, delivered } = counts;
    for (const [code, count] of [
      [OPTION.statisticsReceived, received],
      [OPTION.statisticsInterfaceDrops, lostByInterface],
      [OPTION.statisticsFilterAccepted, accepted],
      [OPTION.statisticsSystemDrops, dropped],
      [OPTION.statisticsDelivered, delivered],
    ] as const) {
      if (count !== undefined) block.pair(code, count, Math.floor(count / 0x1_0000_0000));
    }
    this.#write(block.endOptions().end());
  }

  /**
   * A block of our own, which other programs pass over: a custom block, with records of kind `kind` as whoever writes
   * them numbers them. Wireshark shows it as a line and counts it, so it stands best at the end of the file.
   */
  own(kind: number, data: Uint8Array): void {
    this.#write(ownBlock(kind, data, this.#block));
  }
}

/** A block of our own, by itself: see `PcapngWriter.own`. */
export function ownBlock(
  kind: number,
  data: Uint8Array,
  block: BlockWriter = new BlockWriter(),
): Uint8Array<ArrayBuffer> {
  block.begin(BLOCK.custom).word(ENTERPRISE).octets(Uint8Array.from(OWN_MARK));
  return block.word(kind).word(data.length).octets(data).end();
}

/** `time`, from 1970 on. @param epoch - microseconds from 1970 until the clock's zero, an integer */
export function fileTime(epoch: number, time: number): FileTime {
  const whole = Math.floor(time);
  return { microseconds: epoch + whole, nanoseconds: Math.round((time - whole) * 1000) % 1000 };
}

// The product does not fit in 53 bits: word by word.
function lowerWord({ microseconds, nanoseconds }: FileTime): number {
  return ((microseconds % 0x1_0000_0000) * 1000 + nanoseconds) % 0x1_0000_0000;
}

function upperWord({ microseconds, nanoseconds }: FileTime): number {
  const carry = Math.floor(((microseconds % 0x1_0000_0000) * 1000 + nanoseconds) / 0x1_0000_0000);
  return Math.floor(microseconds / 0x1_0000_0000) * 1000 + carry;
}

function macOctets({ high, low }: MacAddress): Uint8Array {
  const octets = new Uint8Array(6);
  const view = new DataView(octets.buffer);
  view.setUint16(0, high);
  view.setUint32(2, low);
  return octets;
}

function addressOctets(address: IpAddress): Uint8Array {
  const octets = new Uint8Array(16);
  const view = new DataView(octets.buffer);
  view.setInt32(0, address.word0);
  view.setInt32(4, address.word1);
  view.setInt32(8, address.word2);
  view.setInt32(12, address.word3);
  return address.family === 4 ? octets.subarray(12) : octets;
}
