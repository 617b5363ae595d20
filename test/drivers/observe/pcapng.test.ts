import { expect } from "chai";
import fc from "fast-check";
import {
  asPcap,
  PcapngWriter,
  packetsOf,
  type ReadCapture,
  readCapture,
} from "../../../src/drivers/observe/index.ts";
import { fileTime } from "../../../src/drivers/observe/pcapng/pcapng-writer.ts";
import { decodeUtf8, encodeUtf8 } from "../../../src/stack/base/utf8.ts";
import { ipv4, MacAddress } from "../../../src/stack/index.ts";
import { CAPTURED_FRAMES } from "../../support/captured.ts";
import { octets } from "../../support/octets.ts";
import { need } from "../../support/peers.ts";
import { tshark, tsharkFields } from "../../support/tshark.ts";

const SYN = octets(CAPTURED_FRAMES.syn);
const UDP = octets(CAPTURED_FRAMES.udp);
/** 2023-11-14, so that times have more digits than 53 bits hold in nanoseconds. */
const EPOCH = 1_700_000_000_000_000;

/** A file with one of each kind of block. */
function sample(): Buffer {
  const pieces: Uint8Array[] = [];
  const writer = new PcapngWriter({
    write: (bytes) => pieces.push(bytes),
    application: "a test",
    hardware: "a machine",
    system: "a system",
    comment: "über alles",
  });
  const mac = new MacAddress(0x0200, 0x0000_000a);
  const ethernet = writer.interface({ name: "tap0", mac, description: "the first", filter: "tcp or udp" });
  const bare = writer.interface({ name: "tun0", medium: "ip", snapLength: 40 });
  writer.names([{ address: ipv4(0x0a4d0001), name: "alice.example" }]);
  writer.secrets("CLIENT_RANDOM 00 11\n");
  writer.packet(ethernet, fileTime(EPOCH, 1.25), SYN, 0, SYN.length, SYN.length, {
    direction: "out",
    comments: ["because §1", "and so"],
    id: 4711,
    socket: "node 1, 10.77.0.1:58046 > 10.77.0.2:7",
  });
  writer.packet(bare, fileTime(EPOCH, 2), UDP, 14, 14 + 19, UDP.length - 14, { direction: "in", lost: 3 });
  writer.statistics(ethernet, fileTime(EPOCH, 3), {
    received: 5_000_000_000,
    lostByInterface: 1,
    accepted: 3,
    dropped: 2,
    delivered: 1,
  });
  writer.own(7, Uint8Array.of(1, 2, 3));
  return Buffer.concat(pieces);
}

describe("pcapng", () => {
  it("is read back as it was written", () => {
    const read = readCapture(sample());
    expect(read).to.include({ format: "pcapng", application: "a test", damage: undefined });
    expect(
      read.interfaces.map(({ name, linkType, snapLength, filter, description }) => [
        name,
        linkType,
        snapLength,
        filter,
        description,
      ]),
    ).to.deep.equal([
      ["tap0", 1, 0, "tcp or udp", "the first"],
      ["tun0", 101, 40, undefined, undefined],
    ]);
    const [syn, udp] = packetsOf(read);
    expect(syn).to.include({ number: 1, time: EPOCH + 1, nanoseconds: 250, direction: "out", id: 4711 });
    expect(syn).to.include({ length: SYN.length, socket: "node 1, 10.77.0.1:58046 > 10.77.0.2:7" });
    expect(syn?.comments).to.deep.equal(["because §1", "and so"]);
    expect(Buffer.compare(syn?.bytes ?? Buffer.of(), SYN)).to.equal(0);
    expect(udp).to.include({ number: 2, time: EPOCH + 2, nanoseconds: 0, direction: "in", lost: 3 });
    expect([udp?.bytes.length, udp?.length]).to.deep.equal([19, 33]);
    const others = read.records.filter(({ kind }) => kind !== "packet");
    expect(others.map(({ kind }) => kind)).to.deep.equal(["names", "secrets", "statistics", "own"]);
    expect(others[0]).to.deep.include({
      names: [{ address: Uint8Array.of(10, 77, 0, 1), names: ["alice.example"] }],
    });
    expect(others[1]).to.deep.include({ type: 0x544c534b, data: encodeUtf8("CLIENT_RANDOM 00 11\n") });
    expect(others[3]).to.deep.include({ type: 7, data: Uint8Array.of(1, 2, 3) });
    expect(others[2]).to.include({
      received: 5_000_000_000,
      lostByInterface: 1,
      accepted: 3,
      dropped: 2,
      delivered: 1,
    });
  });

  it("is what tshark reads, without a complaint", function () {
    need(this, "tshark");
    const fields = [
      "frame.number",
      "frame.interface_name",
      "frame.time_epoch",
      "frame.len",
      "frame.packet_flags_direction",
    ];
    expect(tsharkFields(sample(), ...fields, "frame.comment", "frame.drop_count", "ip.src")).to.deep.equal([
      ["1", "tap0", "1700000000.000001250", "74", "0x00000002", "because §1,and so", "", "10.77.0.1"],
      ["2", "tun0", "1700000000.000002000", "33", "0x00000001", "", "3", "10.77.0.1"],
      ["3", "", "", "20", "", "", "", ""], // the block of our own
    ]);
  });

  it("that others have written is read in either byte order, with any resolution of time", () => {
    for (const little of [true, false]) {
      for (const [resolution, ticks, time, nanoseconds] of [
        [undefined, 1_700_000_000_123_456n, 1_700_000_000_123_456, 0],
        [9, 1_700_000_000_123_456_789n, 1_700_000_000_123_456, 789],
        [3, 1_700_000_000_123n, 1_700_000_000_123_000, 0],
        [0x80 | 20, (1_700_000_000n << 20n) | (1n << 19n), 1_700_000_000_500_000, 0],
      ] as const) {
        const read = readCapture(foreign(little, resolution, ticks));
        expect(read.damage).to.equal(undefined);
        expect(read.unknownBlocks).to.deep.equal([0x0bad, 0x7777]);
        const [enhanced, simple, old] = packetsOf(read);
        expect(enhanced).to.include({ number: 2, time, nanoseconds, length: UDP.length });
        expect(Buffer.compare(enhanced?.bytes ?? Buffer.of(), UDP)).to.equal(0);
        expect(simple).to.include({ number: 3, time: undefined, length: UDP.length });
        expect(old).to.include({ number: 4, time, nanoseconds, lost: 2 });
      }
    }
  });

  it("that ends too soon is read up to there, and told where", () => {
    const whole = sample();
    const ends: number[] = [];
    for (let at = 0; at < whole.length; at += whole.readUInt32LE(at + 4)) ends.push(at);
    for (let end = 13; end < whole.length; end++) {
      const { damage, records } = readCapture(whole.subarray(0, end));
      const last = ends.filter((at) => at <= end).at(-1) ?? 0;
      if (last === end) expect(damage).to.equal(undefined);
      else {
        expect(damage?.offset, `cut at ${end}`).to.equal(last);
        expect(damage?.what).to.match(/the file ends within/);
      }
      expect(records.every(({ offset }) => offset < last)).to.equal(true);
    }
  });

  it("is read without a throw, whatever is wrong with it", () => {
    const whole = sample();
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const spoilt = Buffer.from(whole);
        for (const [at, octet] of changes) if (at >= 4) spoilt[at] = octet;
        const read: ReadCapture = readCapture(spoilt);
        for (const { bytes } of packetsOf(read)) expect(bytes.length).to.be.at.most(spoilt.length);
      }),
      { numRuns: 2000 },
    );
  });

  it("becomes a classic file, with nanoseconds, that tshark reads", function () {
    const pieces: Uint8Array[] = [];
    const writer = new PcapngWriter({ write: (bytes) => pieces.push(bytes) });
    const one = writer.interface({ name: "eth0" });
    writer.packet(one, fileTime(EPOCH, 1.25), SYN, 0, 60, SYN.length, {});
    const classic = asPcap(readCapture(Buffer.concat(pieces)));
    const [packet] = packetsOf(readCapture(classic));
    expect(packet).to.include({ time: EPOCH + 1, nanoseconds: 250, length: SYN.length });
    expect(() => asPcap(readCapture(sample()))).to.throw(RangeError, /one kind of link/);
    need(this, "tshark");
    expect(tsharkFields(classic, "frame.time_epoch", "frame.cap_len", "frame.len")).to.deep.equal([
      ["1700000000.000001250", "60", "74"],
    ]);
  });

  it("is not what begins otherwise", () => {
    expect(() => readCapture(Uint8Array.of(1, 2, 3, 4))).to.throw(SyntaxError, /0x01020304/);
    expect(() => readCapture(Uint8Array.of(1))).to.throw(SyntaxError, /1 octets/);
  });

  it("has interfaces with names, as tshark shows them", function () {
    need(this, "tshark");
    expect(tshark(sample(), ["-V"])).to.include("Interface name: tap0");
  });
});

describe("pcap reader", () => {
  for (const little of [false, true]) {
    for (const nanoseconds of [false, true]) {
      it(`reads ${little ? "little" : "big"}-endian files with ${nanoseconds ? "nano" : "micro"}seconds, and tells where they end`, () => {
        const file = classicFile(little, nanoseconds);
        const read = readCapture(file);
        expect(read.damage).to.equal(undefined);
        const times = packetsOf(read).map(({ time, nanoseconds: rest, number }) => [number, time, rest]);
        expect(times).to.deep.equal([
          [1, 1_700_000_000_000_000 + (nanoseconds ? 123_456 : 123_456), nanoseconds ? 789 : 0],
          [2, 1_700_000_001_000_000, 0],
        ]);
        expect(readCapture(file.subarray(0, 30)).damage).to.deep.equal({
          offset: 24,
          what: "the file ends within the header of packet 1: 6 of 16 octets",
        });
        const second = 24 + 16 + UDP.length;
        const cut = readCapture(file.subarray(0, second + 20));
        expect(packetsOf(cut)).to.have.length(1);
        expect(cut.damage).to.deep.equal({
          offset: second,
          what: `the file ends within packet 2: 4 of ${SYN.length} octets`,
        });
      });
    }
  }
});

describe("UTF-8 of captures", () => {
  it("is that of the platform, for any text and any octets", () => {
    const decoder = new TextDecoder();
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(Buffer.from(encodeUtf8(text)).equals(Buffer.from(text))).to.equal(true);
        expect(decodeUtf8(Buffer.from(text))).to.equal(Buffer.from(text).toString());
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = decoder.decode(bytes);
        // How many replacements stand for damage is anybody's choice; what is none is not.
        if (!text.includes("\ufffd")) expect(`${decodeUtf8(bytes)}`).to.equal(text);
        else expect(decodeUtf8(bytes)).to.include("\ufffd");
      }),
    );
  });
});

/** A file as another program might write it. */
function foreign(little: boolean, resolution: number | undefined, ticks: bigint): Buffer {
  const half = (value: number): Buffer => {
    const bytes = Buffer.alloc(2);
    if (little) bytes.writeUInt16LE(value);
    else bytes.writeUInt16BE(value);
    return bytes;
  };
  const word = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    if (little) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes;
  };
  const block = (type: number, ...parts: readonly Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
    return Buffer.concat([word(type), word(padded.length + 12), padded, word(padded.length + 12)]);
  };
  const time = [word(Number(ticks >> 32n)), word(Number(ticks & 0xffff_ffffn))];
  const frame = Buffer.from(UDP);
  const described =
    resolution === undefined ? [] : [half(9), half(1), Buffer.of(resolution, 0, 0, 0), word(0)];
  return Buffer.concat([
    block(0x0a0d0d0a, word(0x1a2b3c4d), half(1), half(0), word(0xffff_ffff), word(0xffff_ffff)),
    block(1, half(1), half(0), word(0), ...described),
    block(0x0bad, word(99), Buffer.from("somebody's own")),
    block(0x7777, Buffer.from("of the future")),
    block(6, word(0), ...time, word(frame.length), word(frame.length), frame),
    block(3, word(frame.length), frame),
    block(2, half(0), half(2), ...time, word(frame.length), word(frame.length), frame),
  ]);
}

function classicFile(little: boolean, nanoseconds: boolean): Buffer {
  const file = Buffer.alloc(24 + 32 + UDP.length + SYN.length);
  const word = (value: number, at: number): number =>
    little ? file.writeUInt32LE(value, at) : file.writeUInt32BE(value, at);
  word(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, 0);
  word(65_535, 16);
  word(1, 20);
  let at = 24;
  for (const [seconds, rest, frame] of [
    [1_700_000_000, nanoseconds ? 123_456_789 : 123_456, UDP],
    [1_700_000_001, 0, SYN],
  ] as const) {
    word(seconds, at);
    word(rest, at + 4);
    word(frame.length, at + 8);
    word(frame.length, at + 12);
    file.set(frame, at + 16);
    at += 16 + frame.length;
  }
  return file;
}
