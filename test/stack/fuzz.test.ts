import { expect } from "chai";
import fc from "fast-check";
import { seconds } from "../../src/stack/index.ts";
import {
  arpReply,
  arpRequest,
  BROADCAST,
  bytes,
  checksum,
  datagram,
  describeFrame,
  ethernet,
  icmp,
  igmpFrame,
  OUR_IP,
  PEER_IP,
  ping,
  udp,
} from "../support/frames.ts";
import { address, WireRig } from "../support/wire-rig.ts";

const quoted = datagram(17, udp(7, 5000, bytes("q")), { from: OUR_IP, to: PEER_IP });
const tcp = bytes(0x30, 0x39, 0, 80, 1, 2, 3, 4, 0, 0, 0, 0, 0x60, 2, 0xff, 0xff, 0, 0, 0, 0, 2, 4, 5, 0xb4);

const GROUP = "239.1.2.3";

/** Frames that mean something, to be spoilt. */
const SEEDS: readonly Uint8Array[] = [
  arpRequest(),
  arpReply(),
  ping(),
  ping({ options: bytes(7, 7, 4, 0, 0, 0, 0, 0) }),
  ethernet(datagram(17, udp(5000, 7, bytes("hello")))),
  ethernet(datagram(17, udp(5000, 9, bytes("closed")))),
  ethernet(
    datagram(17, udp(5000, 7, bytes("all"), { to: "10.77.0.255" }), { to: "10.77.0.255" }),
    0x0800,
    BROADCAST,
  ),
  ethernet(datagram(17, udp(5000, 7, new Uint8Array(64)).subarray(0, 40), { fragment: 0x2000 })),
  ethernet(datagram(17, new Uint8Array(32), { fragment: 5 })),
  ethernet(datagram(1, icmp(3, 4, [0, 0, 2, 0], quoted))),
  ethernet(datagram(1, icmp(11, 1, [0, 0, 0, 0], quoted))),
  ethernet(datagram(1, icmp(5, 1, [10, 77, 0, 3], quoted))),
  ethernet(datagram(6, tcp)),
  igmpFrame(0x11, 5, "0.0.0.0"),
  igmpFrame(0x11, 0, GROUP),
  igmpFrame(0x11, 5, "0.0.0.0", { more: bytes(2, 125, 0, 0) }),
  igmpFrame(0x11, 5, GROUP, { more: bytes(0x0f, 0xff, 0, 2, 10, 77, 0, 1, 192, 0, 2, 1) }),
  igmpFrame(0x16, 0, GROUP),
  igmpFrame(0x22, 0, "0.0.0.1", { to: "224.0.0.22", more: bytes(4, 0, 0, 0, 239, 1, 2, 3) }),
];

/** Makes the checksums of the IPv4 header and of IGMP right, so that spoilt fields are looked at. */
function mendHeader(frame: Uint8Array): Uint8Array {
  const headerLength = ((frame[14] ?? 0) & 15) * 4;
  if (frame[12] !== 8 || frame[13] !== 0 || headerLength < 20 || frame.length < 14 + headerLength)
    return frame;
  frame[24] = 0;
  frame[25] = 0;
  const sum = checksum(frame.subarray(14, 14 + headerLength));
  frame[24] = sum >>> 8;
  frame[25] = sum & 255;
  const message = frame.subarray(14 + headerLength);
  if (frame[23] === 2 && message.length >= 8) {
    message[2] = 0;
    message[3] = 0;
    const whole = checksum(message);
    message[2] = whole >>> 8;
    message[3] = whole & 255;
  }
  return frame;
}

const spoilt = fc
  .record({
    seed: fc.constantFrom(...SEEDS),
    changes: fc.array(fc.tuple(fc.nat(90), fc.nat(255)), { maxLength: 6 }),
    length: fc.option(fc.nat(120), { nil: undefined }),
    mend: fc.boolean(),
  })
  .map(({ seed, changes, length, mend }) => {
    const frame = Uint8Array.from({ length: length ?? seed.length }, (_, i) => seed[i] ?? 0xa5);
    for (const [at, value] of changes) if (at < frame.length) frame[at] = value;
    return mend ? mendHeader(frame) : frame;
  });
const noise = fc.uint8Array({ maxLength: 200 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.oneof({ weight: 4, arbitrary: spoilt }, noise), { maxLength: 8 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 40_000_000 }) },
);

describe("stack, given anything", () => {
  it("never throws, sends only well-formed datagrams of its own, keeps nothing, and still answers", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer(), (steps, seed) => {
        const rig = new WireRig({ seed });
        rig.stack.addRoute(address("0.0.0.0"), 0, address(PEER_IP), rig.eth0);
        const socket = rig.stack.openUdp();
        socket.bind({ address: address("0.0.0.0"), port: 7 });
        socket.joinGroup(address(GROUP), "eth0");
        socket.memberships?.changeSource("block", address(GROUP), address("192.0.2.1"), "eth0");
        const connected = rig.stack.openUdp();
        connected.connect({ address: address("10.77.0.50"), port: 9 });
        const listener = rig.stack.openTcp();
        listener.bind({ address: address("0.0.0.0"), port: 80 });
        listener.listen(8);
        for (const one of steps) {
          if (typeof one === "number") rig.run(seconds(one / 1_000_000));
          else rig.receive(...one);
          connected.send(bytes("x"));
          for (const frame of rig.taken()) checkOwn(frame);
        }
        rig.run(seconds(20)); // lets the lock on a changed neighbour pass
        rig.receive(arpRequest());
        rig.taken();
        rig.receive(ping());
        expect(rig.taken().map(describeFrame).join()).to.contain("10.77.0.2 > 10.77.0.1 icmp 0/0");
        for (const endpoint of [socket, connected, listener]) endpoint.close();
        rig.run(seconds(300));
        expect(rig.stack.contextFor("test").pool.outstanding).to.equal(0);
        rig.stack.close();
        expect(rig.stack.contextFor("test").pool.outstanding).to.equal(0);
      }),
      { numRuns: 300 },
    );
  });
});

function checkOwn(frame: Uint8Array): void {
  const line = describeFrame(frame);
  expect(line).to.not.contain("BAD");
  expect(line, "our address, or a probe's").to.match(
    /tell 10\.77\.0\.2|10\.77\.0\.2 is-at us|: 10\.77\.0\.2 > /,
  );
  expect(frame.length).to.be.within(60, 1514);
}
