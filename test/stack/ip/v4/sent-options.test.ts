/** IP options that a socket sends, octet by octet on the wire: what the kernel does not show of itself. */
import { expect } from "chai";
import { PLAIN, type UdpEndpoint } from "../../../../src/stack/index.ts";
import { arpRequest, bytes } from "../../../support/frames.ts";
import { address, WireRig } from "../../../support/wire-rig.ts";

const ETHERNET = 14;

const hex = (octets: Uint8Array): string =>
  [...octets].map((one) => one.toString(16).padStart(2, "0")).join(" ");

describe("IPv4 options of a socket", () => {
  let rig: WireRig;
  let socket: UdpEndpoint;

  beforeEach(() => {
    rig = new WireRig();
    rig.receive(arpRequest());
    rig.taken();
    socket = rig.stack.openUdp();
  });
  afterEach(() => {
    socket.close();
    rig.close();
  });

  function sendWith(ipv4Options: Uint8Array, to: string, octets = 3): readonly Uint8Array[] {
    expect(socket.configure({ shape: { ...PLAIN, ipv4Options } })).to.equal(undefined);
    expect(socket.send(new Uint8Array(octets), { address: address(to), port: 9 })).to.equal(octets);
    return rig.taken();
  }

  it("send a source route by its first hop, the destination at its end (RFC 791 §3.1)", () => {
    const [frame = bytes()] = sendWith(bytes(131, 11, 4, 10, 77, 0, 1, 192, 0, 2, 1, 0), "198.51.100.7");
    const header = frame.subarray(ETHERNET, ETHERNET + 32);
    expect(hex(header.subarray(0, 1)), "version and length").to.equal("48");
    expect(hex(header.subarray(16, 20)), "the first hop").to.equal("0a 4d 00 01");
    expect(hex(header.subarray(20)), "what is left").to.equal("83 0b 04 c0 00 02 01 c6 33 64 07 00");
    expect(sumOf(header), "header checksum").to.equal(0xffff);
    // RFC 1122 §4.1.3.4, RFC 9293 §3.1: the pseudo-header has the final destination.
    const udp = frame.subarray(ETHERNET + 32);
    const pseudo = bytes([10, 77, 0, 2], [198, 51, 100, 7], [0, 17, 0, 11]);
    expect(sumOf(bytes(pseudo, udp, 0)), "UDP checksum").to.equal(0xffff);
  });

  it("have no way where a router is before the first hop of a strict source route", () => {
    rig.stack.addRoute(address("0.0.0.0"), 0, address("10.77.0.1"), rig.eth0);
    const route = (type: number, hop: readonly number[]): unknown => {
      socket.configure({ shape: { ...PLAIN, ipv4Options: bytes(type, 7, 4, hop, 0) } });
      return socket.send(bytes(1), { address: address("198.51.100.7"), port: 9 });
    };
    expect(route(137, [192, 0, 2, 1])).to.equal("network-unreachable");
    expect(route(131, [192, 0, 2, 1])).to.equal(1);
    expect(route(137, [10, 77, 0, 1])).to.equal(1);
    rig.taken();
  });

  it("go into the first fragment all, into others as their copy bit says (RFC 791 §3.1)", () => {
    const stream = [0x88, 4, 0, 5];
    const frames = sendWith(bytes(7, 7, 4, 0, 0, 0, 0, stream, 0), "10.77.0.1", 2000);
    expect(frames).to.have.length(2);
    const [first = bytes(), second = bytes()] = frames.map((frame) =>
      frame.subarray(ETHERNET, ETHERNET + 32),
    );
    expect(hex(first.subarray(20))).to.equal("07 07 08 0a 4d 00 02 88 04 00 05 00");
    expect(hex(second.subarray(20))).to.equal("01 01 01 01 01 01 01 88 04 00 05 00");
    for (const header of [first, second]) expect(sumOf(header)).to.equal(0xffff);
  });

  it("have no way where they are no whole options, or no whole headers", () => {
    const odd = { ...PLAIN, ipv4Options: bytes(1, 1, 1) };
    const half = { ...PLAIN, ipv4Options: bytes(7, 9, 4, 0) };
    const short = { ...PLAIN, hopByHop: bytes(0, 1, 1, 4, 0, 0, 0, 0) };
    for (const shape of [odd, half]) {
      const to = { address: address("10.77.0.1"), port: 9 };
      expect(socket.sendWith?.(bytes(1), { shape }, to)).to.equal("network-unreachable");
      socket.configure({ shape });
      expect(socket.send(bytes(1), to)).to.equal("network-unreachable");
    }
    socket.configure({ shape: PLAIN });
    const six = { address: address("::1"), port: 9 };
    expect(rig.stack.openUdp().sendWith?.(bytes(1), { shape: short }, six)).to.equal("network-unreachable");
  });
});

/** One's-complement sum of whole words: all ones, where a checksum in it is right. */
function sumOf(octets: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i + 1 < octets.length; i += 2) sum += ((octets[i] ?? 0) << 8) | (octets[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}
