/** What every link between two stacks must do, whatever it is made of. Run by the tests of each. */
import { expect } from "chai";
import { type Link, type LinkSink, type Packet, PacketPool } from "../../src/stack/index.ts";

/** A stack's side of a link: notes what comes. */
export class RecordingSink implements LinkSink {
  readonly pool: PacketPool = new PacketPool();
  /** Each frame that was received, in hexadecimal. */
  readonly frames: string[] = [];
  bursts = 0;
  writables = 0;
  failures: string[] = [];
  /** Called inside `received`. */
  whenReceived: (() => void) | undefined = undefined;

  received(frames: readonly Packet[], count: number): void {
    this.bursts++;
    for (let i = 0; i < count; i++) {
      const { bytes, start, end } = frames[i] as Packet;
      this.frames.push(Buffer.from(bytes.subarray(start, end)).toString("hex"));
    }
    this.whenReceived?.();
  }

  writable(): void {
    this.writables++;
  }

  failed(reason: string): void {
    this.failures.push(reason);
  }

  /** A packet of this sink's pool that holds the octets given in hexadecimal, its IP header aligned. */
  packet(hex: string): Packet {
    const octets = Buffer.from(hex, "hex");
    const packet = this.pool.take(octets.length);
    packet.start = packet.end = 74;
    packet.bytes.set(octets, packet.start);
    packet.end += octets.length;
    return packet;
  }

  /** Transmits a frame on `link`; whether it was taken. */
  send(link: Link, hex: string): boolean {
    const packet = this.packet(hex);
    const taken = link.transmit([packet], 1) === 1;
    if (!taken) this.pool.release(packet);
    return taken;
  }
}

/** An Ethernet frame between the stations 02:…:`from` and 02:…:`to`, with an EtherType for experiments. */
export function frame(from: number, to: number, data: string): string {
  const octet = (n: number): string => n.toString(16).padStart(2, "0");
  return `0200000000${octet(to)}0200000000${octet(from)}88b5${data}`;
}

/** Two ends of a new link, and what makes everything arrive that was transmitted. */
export interface LinkPair {
  readonly a: Link;
  readonly b: Link;
  readonly settle: () => void;
  /** It takes everything, and drops what is too much, as a line does. */
  readonly takesAll?: boolean;
}

export function describeLinkContract(name: string, make: () => LinkPair): void {
  describe(`${name}, as a link`, () => {
    let pair: LinkPair;
    let alice: RecordingSink;
    let bob: RecordingSink;

    beforeEach(() => {
      pair = make();
      alice = new RecordingSink();
      bob = new RecordingSink();
      pair.a.attach(alice);
      pair.b.attach(bob);
    });

    it("delivers frames unchanged and in order, both ways", () => {
      const there = [1, 2, 3].map((n) => frame(1, 2, `0${n}`.repeat(46 + n)));
      const back = [4, 5].map((n) => frame(2, 1, `0${n}`.repeat(1500)));
      for (const hex of there) alice.send(pair.a, hex);
      for (const hex of back) bob.send(pair.b, hex);
      pair.settle();
      expect(bob.frames).to.deep.equal(there);
      expect(alice.frames).to.deep.equal(back);
    });

    it("never calls received inside transmit", () => {
      alice.send(pair.a, frame(1, 2, "00"));
      expect(bob.bursts).to.equal(0);
      let during = -1;
      bob.whenReceived = () => {
        bob.whenReceived = undefined;
        const before = alice.bursts;
        bob.send(pair.b, frame(2, 1, "01"));
        during = alice.bursts - before;
      };
      pair.settle();
      expect(during).to.equal(0);
      expect(alice.frames).to.deep.equal([frame(2, 1, "01")]);
    });

    it("releases every packet that it took to the sender's pool, and takes nothing from the receiver's for good", () => {
      for (let i = 0; i < 100; i++) alice.send(pair.a, frame(1, 2, "00".repeat(i)));
      pair.settle();
      expect(bob.frames).to.have.length(100);
      expect(alice.pool.outstanding).to.equal(0);
      expect(bob.pool.outstanding).to.equal(0);
    });

    it("leaves with the caller what it has no room for, and says when there is room again; or takes all", () => {
      let taken = 0;
      while (taken < 5_000 && alice.send(pair.a, frame(1, 2, "00"))) taken++;
      expect(taken === 5_000).to.equal(pair.takesAll === true);
      expect(alice.writables).to.equal(0);
      pair.settle();
      expect(bob.frames).to.have.length(taken);
      expect(alice.writables).to.equal(pair.takesAll === true ? 0 : 1);
      expect(alice.send(pair.a, frame(1, 2, "00"))).to.equal(true);
      pair.settle();
      expect(alice.pool.outstanding).to.equal(0);
    });

    it("loses frames, but no packet, when the other end is closed", () => {
      pair.b.close();
      for (let i = 0; i < 10; i++) alice.send(pair.a, frame(1, 2, "00"));
      pair.settle();
      expect(bob.frames).to.deep.equal([]);
      expect(alice.pool.outstanding).to.equal(0);
    });

    it("delivers nothing after its own end was closed, and gives every packet back", () => {
      alice.send(pair.a, frame(1, 2, "00"));
      bob.send(pair.b, frame(2, 1, "00"));
      pair.a.close();
      pair.settle();
      expect(alice.frames).to.deep.equal([]);
      expect(alice.pool.outstanding).to.equal(0);
      expect(bob.pool.outstanding).to.equal(0);
    });
  });
}
