/** Packets of captures of other links than Ethernet: what is told of them, and that they are played. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { asPcap, linkedPacket, packetsOf, readCapture } from "../../../src/drivers/observe/index.ts";
import { compareCapture } from "../../../src/record/index.ts";
import { tracedTransfer } from "../../support/traced-transfer.ts";

const HEADER = 24;
const RECORD = 16;

/** Bytes in front of an IPv4 datagram, by LINKTYPE_ number, as libpcap documents them. */
const FRONTS: ReadonlyMap<number, readonly number[]> = new Map([
  [1, [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0]],
  [0, [2, 0, 0, 0]],
  [12, []],
  [101, []],
  [108, [0, 0, 0, 2]],
  [113, [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0]],
  [228, []],
  [276, [8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0]],
]);

describe("captures of other links", () => {
  const folder = mkdtempSync(join(tmpdir(), "tapstack-links-"));
  const { lab, alice } = tracedTransfer(
    3,
    { impairments: "delay=5ms" },
    { sends: 5000 },
    { lab: { capture: true } },
  );
  const datagrams = packetsOf(readCapture(asPcap(readCapture(lab.capture(alice)))))
    .filter(({ bytes }) => bytes[12] === 8 && bytes[13] === 0)
    .map(({ time = 0, bytes }) => ({ time, datagram: bytes.subarray(14) }));

  after(() => {
    rmSync(folder, { recursive: true });
    lab.close();
  });

  /** A classic capture of those datagrams. @param keep - octets that are kept of each packet */
  function capture(linkType: number, front: readonly number[], keep = 65_535): Buffer {
    const header = Buffer.alloc(HEADER);
    header.writeUInt32LE(0xa1b2c3d4, 0);
    header.writeUInt32LE(keep, 16);
    header.writeUInt32LE(linkType, 20);
    const records = datagrams.flatMap(({ time, datagram }) => {
      const packet = Buffer.concat([Buffer.from(front), datagram]);
      const record = Buffer.alloc(RECORD);
      record.writeUInt32LE(Math.floor(time / 1e6), 0);
      record.writeUInt32LE(time % 1e6, 4);
      record.writeUInt32LE(Math.min(keep, packet.length), 8);
      record.writeUInt32LE(packet.length, 12);
      return [record, packet.subarray(0, keep)];
    });
    return Buffer.concat([header, ...records]);
  }

  function command(
    file: Buffer,
    ...words: readonly string[]
  ): { status: number | null; out: string; error: string } {
    const path = join(folder, "capture");
    writeFileSync(path, file);
    const [verb = "", ...rest] = words;
    const all = ["build/src/cli/main.js", verb, path, ...rest];
    const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: "utf8" });
    return { status, out: stdout, error: stderr.replaceAll(path, "FILE") };
  }

  for (const [linkType, front] of FRONTS) {
    it(`are read of type ${linkType}: the datagram stands where it should, and the conversation is found`, () => {
      const file = readCapture(capture(linkType, front));
      for (const [at, packet] of packetsOf(file).entries()) {
        const linked = linkedPacket(packet);
        const octets = linked?.bytes.subarray(linked.medium === "ethernet" ? 14 : 0);
        expect(
          Buffer.from(octets ?? []).equals(datagrams[at]?.datagram ?? Buffer.alloc(0)),
          String(at),
        ).to.equal(true);
      }
      const [comparison] = compareCapture(file, "server");
      expect(comparison?.toReceive).to.equal(5000);
      expect(comparison?.received).to.equal(5000);
    });
  }

  it("are read behind two tags of VLANs", () => {
    const tags = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xa8, 0, 5, 0x81, 0, 0, 7, 8, 0];
    expect(compareCapture(readCapture(capture(1, tags)), "server")[0]?.received).to.equal(5000);
  });

  it("say so where the link is not one that is read", () => {
    const wifi = capture(105, []);
    expect(linkedPacket(packetsOf(readCapture(wifi))[0] as ReturnType<typeof packetsOf>[number])).to.equal(
      undefined,
    );
    expect(command(wifi, "why", "1").out).to.match(
      /^Frame 1: of a link of type 105: only Ethernet, cooked Linux/,
    );
    const { error, out } = command(wifi, "replay", "--as", "server");
    const all = datagrams.length;
    expect(error).to.include(`FILE: ${all} of ${all} packets are of links of type 105: only Ethernet`);
    expect(out).to.equal("there is no TCP conversation with its SYN in this capture\n");
  });

  it("say what was not kept whole, and where the file is damaged", () => {
    const front = FRONTS.get(1) ?? [];
    const cut = capture(1, front, 54);
    expect(command(cut, "why", "1").out).to.match(/\(54 of \d+ octets were kept\)/);
    const all = datagrams.length;
    expect(command(cut, "replay").error).to.equal(
      `tapstack: FILE: ${all} of ${all} packets were not kept whole, and are left out\n`,
    );
    const half = capture(1, front).subarray(0, 300);
    expect(command(half, "replay").error).to.match(/^tapstack: FILE, at \d+: the file ends within /);
  });

  it("say what unpacks one that is packed, and that a run is no capture", () => {
    const packed = gzipSync(capture(1, FRONTS.get(1) ?? []));
    expect(command(packed, "why", "1").error).to.match(/no capture yet: it is packed, and gunzip unpacks it/);
    for (const [file, words] of [
      [packed, /packed, and gunzip/],
      [Buffer.alloc(0), /no capture: 0 octets/],
    ] as const) {
      const { status, error } = command(file, "replay", "--as", "server");
      expect([status, error]).to.satisfy(() => status === 2 && words.test(error));
    }
  });
});
