/** Reads pcapng (draft-ietf-opsawg-pcapng), of either byte order, with any resolution of time and any number of sections. */

import { decodeUtf8 } from "../../../stack/base/utf8.ts";
import type { CaptureRecord, ReadCapture, ReadInterface, ReadPacket } from "../captured-records.ts";
import { BLOCK, BYTE_ORDER_MAGIC, ENTERPRISE, OPTION, OWN_MARK } from "./numbers.ts";

/** An interface of the present section, with what its times mean. */
interface SectionInterface extends ReadInterface {
  /** Parts of a second that times count. */
  readonly perSecond: number;
  /** Seconds that are to be added. */
  readonly offset: number;
}

/** Octets of an option by its code; of the same code, the last. Comments are apart. */
interface Options {
  readonly byCode: ReadonlyMap<number, Uint8Array>;
  readonly comments: readonly string[];
  readonly socket: string | undefined;
}

/** The file cannot be read any further. */
class Damage extends Error {
  readonly offset: number;

  constructor(offset: number, what: string) {
    super(what);
    this.offset = offset;
  }
}

const SMALLEST = 12;
/** Octets of the parts of blocks that are always there, without type and lengths. */
const PACKET_PART = 20;

/** Reads one file. */
export class PcapngReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #little = true;
  /** Those of the present section. */
  #interfaces: SectionInterface[] = [];
  readonly #all: SectionInterface[] = [];
  readonly #records: CaptureRecord[] = [];
  readonly #unknown: Set<number> = new Set();
  /** As Wireshark counts. */
  #frames = 0;
  #application: string | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): ReadCapture {
    let damage: ReadCapture["damage"];
    try {
      for (let at = 0; at < this.#bytes.length; ) at = this.#block(at);
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      damage = { offset: error.offset, what: error.message };
    }
    return {
      format: "pcapng",
      records: this.#records,
      interfaces: this.#all,
      application: this.#application,
      unknownBlocks: [...this.#unknown],
      damage,
    };
  }

  /** Reads the block at `at`; where the next begins. */
  #block(at: number): number {
    const left = this.#bytes.length - at;
    if (left < SMALLEST) throw new Damage(at, `the file ends within the header of a block: ${left} octets`);
    // It reads the same in both orders, and tells the order of the rest.
    if (this.#view.getUint32(at) === BLOCK.sectionHeader) this.#order(at);
    const type = this.#word(at);
    const length = this.#word(at + 4);
    if (length < SMALLEST || length % 4 !== 0) throw new Damage(at, `a block of ${length} octets cannot be`);
    if (length > left) throw new Damage(at, `the file ends within a block: ${left} of ${length} octets`);
    const again = this.#word(at + length - 4);
    if (again !== length) throw new Damage(at, `a block of ${length} octets ends as one of ${again}`);
    this.#read(type, at, at + 8, at + length - 4);
    return at + length;
  }

  #order(at: number): void {
    const magic = this.#view.getUint32(at + 8);
    if (magic !== BYTE_ORDER_MAGIC && magic !== 0x4d3c2b1a) {
      throw new Damage(at, `a section whose byte order is 0x${magic.toString(16)}`);
    }
    this.#little = magic !== BYTE_ORDER_MAGIC;
  }

  #read(type: number, offset: number, at: number, end: number): void {
    switch (type) {
      case BLOCK.sectionHeader:
        this.#section(offset, at, end);
        break;
      case BLOCK.interfaceDescription:
        this.#interface(offset, at, end);
        break;
      case BLOCK.enhancedPacket:
      case BLOCK.packet:
        this.#packet(type, offset, at, end);
        break;
      case BLOCK.simplePacket:
        this.#simplePacket(offset, at, end);
        break;
      case BLOCK.nameResolution:
        this.#names(offset, at, end);
        break;
      case BLOCK.interfaceStatistics:
        this.#statistics(offset, at, end);
        break;
      case BLOCK.decryptionSecrets:
        this.#secrets(offset, at, end);
        break;
      case BLOCK.custom:
      case BLOCK.customOwn:
        this.#custom(type, offset, at, end);
        break;
      case BLOCK.journal:
        this.#frames++;
        this.#unknown.add(type);
        break;
      default:
        this.#unknown.add(type);
    }
  }

  #section(offset: number, at: number, end: number): void {
    this.#needs(offset, at, end, 16, "a section header");
    const major = this.#half(at + 4);
    if (major !== 1) throw new Damage(offset, `version ${major} of the format: 1 is known`);
    this.#interfaces = [];
    const application = this.#options(at + 16, end, offset).byCode.get(OPTION.sectionApplication);
    if (application !== undefined) this.#application = decodeUtf8(application);
  }

  #interface(offset: number, at: number, end: number): void {
    this.#needs(offset, at, end, 8, "an interface");
    const { byCode } = this.#options(at + 8, end, offset);
    const text = (code: number): string | undefined => {
      const found = byCode.get(code);
      return found && decodeUtf8(found);
    };
    const resolution = byCode.get(OPTION.interfaceResolution)?.[0] ?? 6;
    const shift = byCode.get(OPTION.interfaceOffset);
    const one = {
      name: text(OPTION.interfaceName),
      description: text(OPTION.interfaceDescription),
      linkType: this.#half(at),
      snapLength: this.#word(at + 4),
      filter: text(OPTION.interfaceFilter)?.slice(1),
      perSecond: resolution < 128 ? 10 ** resolution : 2 ** (resolution - 128),
      offset: shift === undefined ? 0 : this.#long(shift),
    };
    this.#interfaces.push(one);
    this.#all.push(one);
  }

  #packet(type: number, offset: number, at: number, end: number): void {
    this.#needs(offset, at, end, PACKET_PART, "a packet");
    const old = type === BLOCK.packet;
    const one = this.#interfaceOf(offset, old ? this.#half(at) : this.#word(at));
    const kept = this.#word(at + 12);
    const from = at + PACKET_PART;
    if (from + kept > end) throw new Damage(offset, `a packet of ${kept} octets in a block of ${end - from}`);
    const options = this.#options(from + ((kept + 3) & ~3), end, offset);
    const flags = options.byCode.get(OPTION.packetFlags);
    this.#add({
      ...timeOf(one, this.#word(at + 4), this.#word(at + 8)),
      offset,
      interface: one,
      bytes: this.#bytes.subarray(from, from + kept),
      length: this.#word(at + 16),
      direction: directionOf(flags === undefined || flags.length < 4 ? 0 : this.#wordOf(flags)),
      comments: options.comments,
      id: old ? undefined : this.#count(options, OPTION.packetId),
      lost: old ? oldLost(this.#half(at + 2)) : this.#count(options, OPTION.packetDropCount),
      socket: options.socket,
    });
  }

  #simplePacket(offset: number, at: number, end: number): void {
    this.#needs(offset, at, end, 4, "a simple packet");
    const one = this.#interfaceOf(offset, 0);
    const length = this.#word(at);
    const most = one.snapLength === 0 ? length : Math.min(length, one.snapLength);
    if (at + 4 + most > end) throw new Damage(offset, `a simple packet of ${most} octets in ${end - at - 4}`);
    const bytes = this.#bytes.subarray(at + 4, at + 4 + most);
    const none = { time: undefined, nanoseconds: 0, direction: undefined, comments: [], id: undefined };
    this.#add({ ...none, offset, interface: one, bytes, length, lost: undefined, socket: undefined });
  }

  #names(offset: number, at: number, end: number): void {
    const names: { address: Uint8Array; names: string[] }[] = [];
    for (let record = at; record + 4 <= end && this.#half(record) !== 0; ) {
      const type = this.#half(record);
      const length = this.#half(record + 2);
      if (record + 4 + length > end) throw new Damage(offset, `a record of names of ${length} octets`);
      const value = this.#bytes.subarray(record + 4, record + 4 + length);
      const octets = type === 1 ? 4 : type === 2 ? 16 : 0;
      if (octets > 0) {
        const words = decodeUtf8(value.subarray(octets)).split("\0");
        names.push({ address: value.slice(0, octets), names: words.filter((word) => word !== "") });
      }
      record += 4 + ((length + 3) & ~3);
    }
    this.#records.push({ kind: "names", offset, names });
  }

  #statistics(offset: number, at: number, end: number): void {
    this.#needs(offset, at, end, 12, "statistics");
    const options = this.#options(at + 12, end, offset);
    this.#records.push({
      kind: "statistics",
      offset,
      interface: this.#interfaceOf(offset, this.#word(at)),
      received: this.#count(options, OPTION.statisticsReceived),
      lostByInterface: this.#count(options, OPTION.statisticsInterfaceDrops),
      accepted: this.#count(options, OPTION.statisticsFilterAccepted),
      dropped: this.#count(options, OPTION.statisticsSystemDrops),
      delivered: this.#count(options, OPTION.statisticsDelivered),
    });
  }

  #secrets(offset: number, at: number, end: number): void {
    this.#needs(offset, at, end, 8, "secrets");
    const length = this.#word(at + 4);
    if (at + 8 + length > end) throw new Damage(offset, `secrets of ${length} octets in ${end - at - 8}`);
    const data = this.#bytes.slice(at + 8, at + 8 + length);
    this.#records.push({ kind: "secrets", offset, type: this.#word(at), data });
  }

  #custom(type: number, offset: number, at: number, end: number): void {
    this.#frames++; // to Wireshark it is a line of its own
    const data = at + 4 + OWN_MARK.length;
    const ours =
      end - data >= 8 &&
      this.#word(at) === ENTERPRISE &&
      OWN_MARK.every((octet, index) => this.#bytes[at + 4 + index] === octet);
    if (!ours) {
      this.#unknown.add(type);
      return;
    }
    const length = this.#word(data + 4);
    if (data + 8 + length > end)
      throw new Damage(offset, `a block of ours of ${length} octets in ${end - data - 8}`);
    const octets = this.#bytes.slice(data + 8, data + 8 + length);
    this.#records.push({ kind: "own", offset, type: this.#word(data), data: octets });
  }

  #add(packet: Omit<ReadPacket, "kind" | "number">): void {
    this.#frames++;
    this.#records.push({ kind: "packet", number: this.#frames, ...packet });
  }

  #options(at: number, end: number, offset: number): Options {
    const byCode = new Map<number, Uint8Array>();
    const comments: string[] = [];
    let socket: string | undefined;
    for (let next = at; next + 4 <= end; ) {
      const code = this.#half(next);
      const length = this.#half(next + 2);
      if (code === OPTION.end) break;
      if (next + 4 + length > end)
        throw new Damage(offset, `option ${code} of ${length} octets in ${end - next - 4}`);
      const value = this.#bytes.subarray(next + 4, next + 4 + length);
      if (code === OPTION.comment) comments.push(decodeUtf8(value));
      else if (code === OPTION.customText && length >= 4 && this.#wordOf(value) === ENTERPRISE) {
        socket = decodeUtf8(value.subarray(4));
      } else byCode.set(code, value);
      next += 4 + ((length + 3) & ~3);
    }
    return { byCode, comments, socket };
  }

  #count({ byCode }: Options, code: number): number | undefined {
    const value = byCode.get(code);
    return value === undefined || value.length < 8 ? undefined : this.#long(value);
  }

  #interfaceOf(offset: number, number: number): SectionInterface {
    const one = this.#interfaces[number];
    if (one === undefined) throw new Damage(offset, `interface ${number} of ${this.#interfaces.length}`);
    return one;
  }

  #needs(offset: number, at: number, end: number, octets: number, what: string): void {
    if (end - at < octets) throw new Damage(offset, `${what} of ${end - at} octets: ${octets} at least`);
  }

  #half(at: number): number {
    return this.#view.getUint16(at, this.#little);
  }

  #word(at: number): number {
    return this.#view.getUint32(at, this.#little);
  }

  #wordOf(value: Uint8Array): number {
    return this.#word(value.byteOffset - this.#bytes.byteOffset);
  }

  #long(value: Uint8Array): number {
    const at = value.byteOffset - this.#bytes.byteOffset;
    const [low, high] = this.#little ? [at, at + 4] : [at + 4, at];
    return this.#word(high) * 0x1_0000_0000 + this.#word(low);
  }
}

function directionOf(flags: number): "in" | "out" | undefined {
  const direction = flags & 3;
  return direction === 1 ? "in" : direction === 2 ? "out" : undefined;
}

/** 65,535: not known. */
function oldLost(count: number): number | undefined {
  return count === 0xffff ? undefined : count;
}

/** A time of 64 bits has more digits than a number: integers of any size are needed here. */
function timeOf(
  { perSecond, offset }: SectionInterface,
  high: number,
  low: number,
): Pick<ReadPacket, "time" | "nanoseconds"> {
  const ticks = (BigInt(high) << 32n) | BigInt(low);
  const nanoseconds = (ticks * 1_000_000_000n) / BigInt(perSecond);
  return {
    time: offset * 1_000_000 + Number(nanoseconds / 1000n),
    nanoseconds: Number(nanoseconds % 1000n),
  };
}
