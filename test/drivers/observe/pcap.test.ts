import { expect } from "chai";
import {
  captureLink,
  captureTracer,
  type PcapOptions,
  PcapWriter,
} from "../../../src/drivers/observe/index.ts";
import { type Instant, type Link, type LinkSink, Packet, PacketPool } from "../../../src/stack/index.ts";
import { CAPTURED_FRAMES } from "../../support/captured.ts";
import { hex, octets, packetOf } from "../../support/octets.ts";

/** What was written, and a clock that a test sets. */
class Capture {
  now: Instant = 0 as Instant;
  readonly pieces: Uint8Array[] = [];

  options(more: Partial<PcapOptions> = {}): PcapOptions {
    return { write: (bytes) => this.pieces.push(bytes), clock: { now: () => this.now }, ...more };
  }

  /** Record number `index` without its header. */
  frame(index: number): string {
    return hex(this.pieces[index + 1] as Uint8Array, 16);
  }
}

function frame(text: string, offloaded = false): Packet {
  const packet = packetOf(text, 2);
  packet.checksumOffloaded = offloaded;
  return packet;
}

function plain(text: string): string {
  return hex(octets(text));
}

describe("pcap writer", () => {
  let capture: Capture;

  beforeEach(() => {
    capture = new Capture();
  });

  it("begins with a file header: microseconds, version 2.4, Ethernet or raw IP", () => {
    new PcapWriter(capture.options());
    new PcapWriter(capture.options({ medium: "ip", snapLength: 96 }));
    expect(capture.pieces.map((piece) => hex(piece))).to.deep.equal([
      "a1b2 c3d4 0002 0004 0000 0000 0000 0000 0004 0000 0000 0001",
      "a1b2 c3d4 0002 0004 0000 0000 0000 0000 0000 0060 0000 0065",
    ]);
  });

  it("stamps each record with the clock, from 1970 or from the epoch that it is given", () => {
    const writer = new PcapWriter(capture.options({ epoch: 1_700_000_000_000_000 }));
    capture.now = 1_000_001 as Instant;
    writer.record(writer.describe("in", frame(CAPTURED_FRAMES.udp)));
    const expected = `6553 f101 0000 0001 0000 002f 0000 002f ${plain(CAPTURED_FRAMES.udp)}`;
    expect(hex(capture.pieces[1] as Uint8Array)).to.equal(expected);
  });

  it("keeps no more of a frame than it is asked to, and tells its true length", () => {
    const writer = new PcapWriter(capture.options({ snapLength: 20 }));
    writer.record(writer.describe("out", frame(CAPTURED_FRAMES.syn)));
    const record = capture.pieces[1] as Uint8Array;
    expect(record.length).to.equal(36);
    expect(hex(record, 8, 16)).to.equal("0000 0014 0000 004a");
  });

  for (const [name, sum] of [
    // The checksum field of the captured frame, and the sum of its pseudo-header.
    ["data", [50, "14c5"]],
    ["udp", [40, "14bb"]],
  ] as const) {
    it(`completes the partial checksum of ${name} in the capture, not in the frame`, () => {
      const [at, partial] = sum;
      const writer = new PcapWriter(capture.options());
      const seen = new PcapWriter(capture.options({ checksums: "as-seen" }));
      const packet = frame(CAPTURED_FRAMES[name], true);
      packet.view.setUint16(packet.start + at, Number.parseInt(partial, 16));
      const before = hex(packet.bytes);
      capture.pieces.length = 1;
      writer.record(writer.describe("out", packet));
      seen.record(seen.describe("out", packet));
      expect(capture.frame(0)).to.equal(plain(CAPTURED_FRAMES[name]));
      expect(hex(capture.pieces[2] as Uint8Array, 16 + at, 18 + at)).to.equal(partial);
      expect(hex(packet.bytes)).to.equal(before);
      expect(packet.checksumOffloaded).to.equal(true);
    });
  }

  it("completes checksums of a bare IP link too, and leaves other frames alone", () => {
    const bare = packetOf(octets(CAPTURED_FRAMES.data).slice(14));
    bare.view.setUint16(36, 0);
    bare.checksumOffloaded = true;
    const writer = new PcapWriter(capture.options({ medium: "ip" }));
    writer.record(writer.describe("out", bare));
    expect(capture.frame(0)).to.equal(hex(octets(CAPTURED_FRAMES.data), 14));

    const ethernet = new PcapWriter(capture.options());
    capture.pieces.length = 1;
    for (const text of [CAPTURED_FRAMES.echoRequest, CAPTURED_FRAMES.arpRequest, "0200 0000 000b 0200"]) {
      ethernet.record(ethernet.describe("in", frame(text, true)));
    }
    const fragment = frame(CAPTURED_FRAMES.udp, true);
    fragment.view.setUint16(fragment.start + 20, 0x2000);
    ethernet.record(ethernet.describe("in", fragment));
    expect(capture.frame(0)).to.equal(plain(CAPTURED_FRAMES.echoRequest));
    expect(capture.frame(1)).to.equal(plain(CAPTURED_FRAMES.arpRequest));
    expect(capture.frame(2)).to.equal("0200 0000 000b 0200");
    expect(capture.frame(3)).to.contain("6865 6c6c 6f");
    expect(capture.frame(3)).to.contain("000d c4f8");
  });

  it("does not sum the link's padding", () => {
    const writer = new PcapWriter(capture.options());
    writer.record(writer.describe("in", frame(`${CAPTURED_FRAMES.udp} ffff ffff ffff ff`, true)));
    expect(capture.frame(0)).to.contain("000d c4f8 6865 6c6c 6f");
  });

  it("as a tracer captures one interface", () => {
    const tracer = captureTracer("tap0", capture.options());
    tracer.frame?.("lo", "in", frame(CAPTURED_FRAMES.udp));
    tracer.frame?.("tap0", "out", frame(CAPTURED_FRAMES.data));
    expect(capture.pieces.length).to.equal(2);
    expect(capture.frame(0)).to.equal(plain(CAPTURED_FRAMES.data));
  });
});

/** A link that takes `room` frames at a time and overwrites those, as a driver that has sent them may. */
class NarrowLink implements Link {
  readonly capabilities = {
    medium: "ethernet",
    mtu: 1500,
    headroom: 0,
    verifiesChecksums: false,
    fillsChecksums: false,
    maxSuperSegment: 0,
  } as const;
  readonly mac = undefined;
  readonly room: number;
  sink: LinkSink | undefined;
  closed = false;

  constructor(room: number) {
    this.room = room;
  }
  attach(sink: LinkSink): void {
    this.sink = sink;
  }
  transmit(frames: readonly Packet[], count: number): number {
    const taken = Math.min(this.room, count);
    for (let i = 0; i < taken; i++) (frames[i] as Packet).bytes.fill(0);
    return taken;
  }
  close(): void {
    this.closed = true;
  }
}

describe("captured link", () => {
  it("records what was taken, as it was before, and nothing of what was not", () => {
    const capture = new Capture();
    const link = captureLink(new NarrowLink(1), capture.options());
    const frames = [frame(CAPTURED_FRAMES.syn), frame(CAPTURED_FRAMES.data)];
    expect(link.transmit(frames, 2)).to.equal(1);
    expect(capture.pieces.length).to.equal(2);
    expect(capture.frame(0)).to.equal(plain(CAPTURED_FRAMES.syn));
    expect(link.transmit(frames.slice(1), 1)).to.equal(1);
    expect(capture.frame(1)).to.equal(plain(CAPTURED_FRAMES.data));
  });

  it("records what is received before the stack has it, and is otherwise the link that it wraps", () => {
    const capture = new Capture();
    const inner = new NarrowLink(1);
    const link = captureLink(inner, capture.options());
    const calls: string[] = [];
    link.attach({
      pool: new PacketPool(),
      received: (frames, count) => {
        calls.push(`received ${count} of ${frames.length}, ${capture.pieces.length - 1} recorded`);
      },
      writable: () => calls.push("writable"),
      failed: (reason) => calls.push(`failed: ${reason}`),
    });
    inner.sink?.received([frame(CAPTURED_FRAMES.udp), frame(CAPTURED_FRAMES.syn), new Packet(4)], 2);
    inner.sink?.writable();
    inner.sink?.failed("unplugged");
    expect(calls).to.deep.equal(["received 2 of 3, 2 recorded", "writable", "failed: unplugged"]);
    expect(link.capabilities).to.equal(inner.capabilities);
    expect(link.mac).to.equal(undefined);
    link.close();
    expect(inner.closed).to.equal(true);
  });
});
