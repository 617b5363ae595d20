import { expect } from "chai";
import fc from "fast-check";
import { seconds } from "../../../../src/stack/index.ts";
import {
  arpRequest,
  BROADCAST,
  bytes,
  checksum,
  datagram,
  describeFrame,
  ethernet,
  type IpFields,
  icmp,
  OUR_IP,
  PEER,
  PEER_IP,
  udp,
} from "../../../support/frames.ts";
import { address, WireRig } from "../../../support/wire-rig.ts";

const MORE = 0x2000;

/** A datagram's payload, cut into fragments of `size` octets. */
function cut(protocol: number, payload: Uint8Array, size: number, fields: IpFields = {}): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < payload.length; at += size) {
    const more = at + size < payload.length ? MORE : 0;
    const part = payload.subarray(at, at + size);
    frames.push(ethernet(datagram(protocol, part, { id: 77, ...fields, fragment: more | (at >> 3) })));
  }
  return frames;
}

function pattern(octets: number): Uint8Array {
  return Uint8Array.from({ length: octets }, (_, i) => (i * 7 + (i >> 8)) & 255);
}

describe("fragments", () => {
  let rig: WireRig;
  let received: Uint8Array[];
  const into = new Uint8Array(70_000);
  const sent = (): readonly string[] => rig.taken().map(describeFrame);

  beforeEach(() => {
    rig = new WireRig();
    rig.receive(arpRequest());
    rig.taken();
    received = [];
    const socket = rig.stack.openUdp();
    expect(socket.bind({ address: address("0.0.0.0"), port: 7 })).to.equal(undefined);
    socket.onChange(() => {
      for (let octets = socket.receive(into); octets !== undefined; octets = socket.receive(into)) {
        received.push(into.slice(0, octets));
      }
    });
    closers.push(() => socket.close());
  });
  const closers: (() => void)[] = [];
  afterEach(() => {
    for (const close of closers.splice(0)) close();
    rig.close();
  });

  describe("of one datagram with different TOS octets", () => {
    let next = 100;
    /** The TOS octet of what is made of three fragments with these; undefined if they make nothing. */
    const merged = (...octets: readonly [number, number, number]): number | undefined => {
      const socket = rig.stack.openUdp();
      expect(socket.bind({ address: address("0.0.0.0"), port: 8 })).to.equal(undefined);
      const whole = udp(1000, 8, pattern(3000));
      for (const order of [
        [0, 1, 2],
        [2, 0, 1],
      ]) {
        const id = next++;
        const frames = octets.map((tos, n) => {
          const part = whole.subarray(n * 1480, n * 1480 + 1480);
          return ethernet(datagram(17, part, { id, tos, fragment: (n < 2 ? MORE : 0) | (n * 185) }));
        });
        rig.receive(...order.map((n) => frames[n] as Uint8Array));
      }
      const seen = [socket.receive(into), socket.lastReceived.trafficClass];
      const again = [socket.receive(into), socket.lastReceived.trafficClass];
      expect(again, "in whatever order they come").to.deep.equal(seen);
      socket.close();
      return seen[0] === undefined ? undefined : socket.lastReceived.trafficClass;
    };

    it("makes one with the DSCP of the first, as its header is kept", () => {
      expect(merged(0x10, 0x20, 0x30)).to.equal(0x10);
    });

    it("keeps congestion that any of them met (RFC 3168 §5.3)", () => {
      expect([merged(2, 3, 2), merged(3, 2, 2), merged(1, 1, 3), merged(0x22, 2, 3)]).to.deep.equal([
        3, 3, 3, 0x23,
      ]);
    });

    it("makes none of what can be marked and what cannot (RFC 3168 §5.3, Linux's ip_frag_ecn_table)", () => {
      expect([merged(3, 0, 0), merged(0, 0, 3), merged(2, 0, 2)]).to.deep.equal([
        undefined,
        undefined,
        undefined,
      ]);
    });

    it("shows a raw socket a header whose checksum is right again", () => {
      const raw = rig.stack.openRaw(17);
      closers.push(() => raw.close());
      merged(2, 3, 2);
      expect(raw.receive(into)).to.equal(3028);
      expect(checksum(into.subarray(0, 20))).to.equal(0);
    });
  });

  it("make the datagram again, whatever their order, sizes and repetitions (RFC 791 §3.2)", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.nat(), { maxLength: 40 }),
        fc.nat(0xffff),
        (octets, units, choices, id) => {
          received.length = 0;
          const data = pattern(octets);
          const frames = cut(17, udp(5000, 7, data), units * 8, { id });
          const order = frames.map((_, i) => i);
          for (const choice of choices) {
            const from = choice % order.length;
            const [moved = 0] = order.splice(from, 1);
            order.push(moved);
            if (choice % 3 === 0 && order.length < 4 * frames.length) order.unshift(moved);
          }
          // Repetitions of a complete datagram would begin another one: the last new fragment ends the list.
          const seen = new Set<number>();
          let lastNew = 0;
          order.forEach((one, i) => {
            if (!seen.has(one)) lastNew = i;
            seen.add(one);
          });
          for (const one of order.slice(0, lastNew + 1)) rig.receive(frames[one] as Uint8Array);
          expect(received).to.deep.equal([data]);
        },
      ),
    );
    expect(rig.stack.counters.ip.ipReasmFails).to.equal(0);
  });

  it("of two hosts, or two protocols, with the same identification are kept apart", () => {
    const a = pattern(300);
    const b = pattern(300).reverse();
    const fromB = { from: "10.77.0.9" };
    const partsA = cut(17, udp(1, 7, a), 64);
    const partsB = cut(17, udp(1, 7, b, fromB), 64, fromB);
    const partsPing = cut(1, icmp(8, 0, [0, 7, 0, 1], pattern(300)), 64);
    partsB.reverse();
    partsA.forEach((part, i) => {
      rig.receive(part, partsB[i] as Uint8Array, partsPing[i] as Uint8Array);
    });
    expect(received).to.have.deep.members([a, b]);
    expect(sent()).to.deep.equal(["> peer: 10.77.0.2 > 10.77.0.1 icmp 0/0 300"]);
  });

  it("that overlap with other contents condemn their datagram (RFC 5722 §4)", () => {
    const frames = cut(17, udp(5000, 7, pattern(200)), 64);
    const forged = ethernet(
      datagram(17, bytes(new Array<number>(64).fill(1)), { id: 77, fragment: MORE | 12 }),
    );
    rig.receive(frames[0] as Uint8Array, frames[1] as Uint8Array, forged, ...frames.slice(2));
    expect(received).to.deep.equal([]);
    expect(rig.stack.counters.ip.ipReasmFails).to.equal(1);
    rig.receive(...cut(17, udp(5000, 7, pattern(200)), 64, { id: 78 }));
    expect(received, "the next one is not concerned").to.have.length(1);
  });

  it("make no sense of nonsense: teardrop, empty ones, two ends, beyond 65535", () => {
    const x = pattern(64);
    const send = (fragment: number, data: Uint8Array, id: number): void =>
      rig.receive(ethernet(datagram(17, data, { id, fragment })));
    send(MORE | 0, x.subarray(0, 40), 1);
    send(3, x.subarray(0, 4), 1);
    send(MORE | 0, x.subarray(0, 36), 2);
    send(4, x, 2);
    send(MORE | 0, bytes(), 3);
    send(1, bytes(), 3);
    send(MORE | 8191, x, 4);
    send(8191, x, 4);
    send(2, x.subarray(0, 8), 5);
    send(4, x.subarray(0, 8), 5);
    send(MORE | 0, x.subarray(0, 16), 5);
    send(MORE | 4, x, 6);
    send(0x0000 | 1, x.subarray(0, 24), 6);
    for (let i = 0; i < 64; i++) send(MORE | (i * 2), x.subarray(0, 32), 7);
    expect(received).to.deep.equal([]);
    rig.receive(...cut(17, udp(5000, 7, pattern(1000)), 400, { id: 8 }));
    expect(received).to.have.length(1);
    rig.run(seconds(31));
    expect(rig.stack.contextFor("test").pool.outstanding).to.equal(0);
  });

  it("that stay incomplete for 30 s are reported if the first has come, and only then (RFC 1122 §3.3.2)", () => {
    const [first, second] = cut(17, udp(5000, 7, pattern(200)), 64) as [Uint8Array, Uint8Array];
    const [, other] = cut(17, udp(5000, 7, pattern(200)), 64, { from: "10.77.0.9" }) as [
      Uint8Array,
      Uint8Array,
    ];
    rig.receive(second, first, other);
    rig.run(seconds(29.9));
    expect(sent()).to.deep.equal([]);
    rig.run(seconds(0.2));
    const [report = bytes(), ...more] = rig.taken().filter((frame) => frame[13] === 0);
    expect(describeFrame(report)).to.equal("> peer: 10.77.0.2 > 10.77.0.1 icmp 11/1 84");
    expect(report.subarray(42), "the first fragment as it came").to.deep.equal(first.subarray(14));
    expect(more).to.deep.equal([]);
    expect(rig.stack.counters.ip.ipReasmTimeout).to.equal(2);
  });

  it("by broadcast are put together, too, and never reported", () => {
    const to = "10.77.0.255";
    const payload = udp(5000, 7, pattern(200), { to });
    const frames = cut(17, payload, 64, { to }).map((frame) =>
      bytes(new Array<number>(6).fill(255), frame.subarray(6)),
    );
    rig.receive(...frames);
    expect(received).to.have.length(1);
    rig.receive(frames[0] as Uint8Array);
    rig.run(seconds(40));
    expect(sent()).to.deep.equal([]);
    expect(BROADCAST).to.have.length(17);
  });

  it("in a flood take no more memory than is allowed, and leave room for an honest datagram", () => {
    for (let i = 0; i < 20_000; i++) {
      const from = `10.77.${i & 1}.${3 + (i % 250)}`;
      rig.receive(
        ethernet(
          datagram(17, pattern(8), { id: i & 0xffff, from, fragment: MORE | (i % 2 === 0 ? 0 : 900) }),
        ),
      );
      rig.taken();
    }
    expect(rig.stack.contextFor("test").pool.outstanding).to.be.at.most(4096);
    rig.receive(...cut(17, udp(5000, 7, pattern(3000)), 1480, { id: 5 }));
    expect(received).to.deep.equal([pattern(3000)]);
  });

  it("of one source cannot use up all memory", () => {
    for (let i = 0; i < 200; i++) {
      rig.receive(ethernet(datagram(17, pattern(8), { id: i, from: "10.77.0.9", fragment: MORE | 8000 })));
    }
    expect(rig.stack.contextFor("test").pool.outstanding, "64 KB each, 1 MB in all").to.be.at.most(16);
  });

  describe("of what we send", () => {
    it("share an identification, are multiples of 8 octets, and fit the MTU", () => {
      rig.receive(...cut(1, icmp(8, 0, [0, 7, 0, 1], pattern(8000)), 1480));
      const frames = rig.taken();
      expect(frames.map(describeFrame)).to.deep.equal(
        [0, 1480, 2960, 4440, 5920]
          .map((at) => `> peer: 10.77.0.2 > 10.77.0.1 fragment 1480@${at}+`)
          .concat("> peer: 10.77.0.2 > 10.77.0.1 fragment 608@7400"),
      );
      expect(new Set(frames.map((frame) => ((frame[18] ?? 0) << 8) | (frame[19] ?? 0))).size).to.equal(1);
      const whole = bytes(...frames.map((frame) => frame.subarray(34)));
      expect(whole).to.deep.equal(icmp(0, 0, [0, 7, 0, 1], pattern(8000)));
    });

    it("carry UDP of up to 65507 octets, with the right checksum, and no more", () => {
      const socket = rig.stack.openUdp();
      const to = { address: address(PEER_IP), port: 9 };
      expect(socket.send(pattern(65_508), to)).to.equal("message-too-long");
      expect(socket.send(pattern(65_507), to)).to.equal(65_507);
      const frames = rig.taken();
      const payload = bytes(...frames.map((frame) => frame.subarray(34)));
      const port = ((payload[0] ?? 0) << 8) | (payload[1] ?? 0);
      expect(payload).to.deep.equal(udp(port, 9, pattern(65_507), { from: OUR_IP, to: PEER_IP }));
      expect(frames.every((frame) => frame.length <= 1514)).to.equal(true);
      expect(PEER).to.have.length(17);
      socket.close();
    });
  });
});
