/** IPv6 of a host: RFC 8200, with extension headers, fragments, path MTU and flow labels. */
import { expect } from "chai";
import { milliseconds, type Route, seconds } from "../../../../src/stack/index.ts";
import { bytes } from "../../../support/frames.ts";
import {
  advertisement,
  datagram6,
  describeFrame6,
  fragment6,
  frame6,
  icmp6,
  icmp6Frame,
  OUR_IP6,
  optionsHeader,
  PEER_IP6,
  ping6,
  solicitation,
  udp6,
} from "../../../support/frames6.ts";
import { address, WireRig } from "../../../support/wire-rig.ts";

const ADDRESSES = { addresses: [`${OUR_IP6}/64`] };
const PADS = bytes(1, 4, 0, 0, 0, 0);

/** A rig whose neighbour is known, and a socket on port 7 that keeps what comes. */
function rigWithSocket(): { rig: WireRig; received: string[]; sent: () => string[] } {
  const rig = new WireRig(ADDRESSES);
  rig.run(seconds(2)); // group reports, said twice
  rig.receive(solicitation());
  rig.taken();
  const received: string[] = [];
  const into = new Uint8Array(70_000);
  const socket = rig.stack.openUdp();
  socket.bind({ address: address("::"), port: 7 });
  socket.onChange(() => {
    for (let octets = socket.receive(into); octets !== undefined; octets = socket.receive(into)) {
      received.push(
        String.fromCharCode(...into.subarray(0, Math.min(octets, 40))) + (octets > 40 ? octets : ""),
      );
    }
  });
  return { rig, received, sent: () => rig.taken().map(describeFrame6) };
}

const UDP = udp6(5000, 7, bytes("hello"));

describe("IPv6", () => {
  describe("extension headers (RFC 8200 §4)", () => {
    const hop = (next: number): Uint8Array => optionsHeader(next, PADS);
    const routing = (next: number, left = 0): Uint8Array => bytes(next, 0, 0, left, 0, 0, 0, 0);
    const atomic = (next: number): Uint8Array => fragment6(next, 0, false, bytes());
    for (const [what, first, payload] of [
      ["none", 17, UDP],
      ["hop-by-hop options", 0, bytes(hop(17), UDP)],
      ["destination options", 60, bytes(optionsHeader(17, PADS), UDP)],
      ["a routing header without segments left", 43, bytes(routing(17), UDP)],
      ["an atomic fragment (RFC 6946)", 44, bytes(atomic(17), UDP)],
      [
        "all of them, some twice, in an order of its own",
        0,
        bytes(
          hop(60),
          optionsHeader(43, PADS),
          routing(44),
          atomic(60),
          optionsHeader(44, PADS),
          atomic(17),
          UDP,
        ),
      ],
      ["an option that may be skipped", 60, bytes(optionsHeader(17, bytes(0x1e, 4, 1, 2, 3, 4)), UDP)],
      ["Pad1 alone", 60, bytes(optionsHeader(17, bytes(0, 0, 0, 0, 0, 0)), UDP)],
    ] as const) {
      it(`with ${what} the datagram is delivered`, () => {
        const { rig, received } = rigWithSocket();
        rig.receive(frame6(first, payload));
        expect(received).to.deep.equal(["hello"]);
      });
    }

    const option = (type: number): Uint8Array => bytes(optionsHeader(17, bytes(type, 4, 0, 0, 0, 0)), UDP);
    for (const [what, type, to, answer] of [
      ["01 is dropped in silence", 0x5e, OUR_IP6, undefined],
      ["10 is told of", 0x9e, OUR_IP6, 2],
      ["10 is told of even to a group", 0x9e, "ff02::1", 2],
      ["11 is told of", 0xde, OUR_IP6, 2],
      ["11 is not told of to a group", 0xde, "ff02::1", undefined],
    ] as const) {
      it(`an unknown option whose highest bits are ${what}`, () => {
        const { rig, received, sent } = rigWithSocket();
        rig.receive(frame6(60, option(type), { to }));
        expect(received).to.deep.equal([]);
        const frames = rig.taken();
        expect(frames.map(describeFrame6).map((line) => line.split(" ").slice(-2).join(" "))).to.deep.equal(
          answer === undefined ? [] : [`icmp6 4/${answer}`],
        );
        // The pointer is at the option's type: 40 octets of header, and 2 of the options header.
        if (answer !== undefined) expect(frames[0]?.[61]).to.equal(42);
        expect(sent()).to.deep.equal([]);
      });
    }

    it("an unknown upper layer is told of, with a pointer at the field that names it (RFC 4443 §3.4)", () => {
      const { rig } = rigWithSocket();
      rig.receive(frame6(60, bytes(optionsHeader(99, PADS), bytes("x"))));
      const [frame] = rig.taken();
      expect(describeFrame6(frame as Uint8Array)).to.equal(`${OUR_IP6} > ${PEER_IP6} hlim 64 icmp6 4/1`);
      expect(frame?.[61]).to.equal(40);
    });

    it("a routing header of type 0 with segments left is refused (RFC 5095)", () => {
      const { rig, sent } = rigWithSocket();
      rig.receive(frame6(43, bytes(routing(17, 1), UDP)));
      expect(sent()).to.deep.equal([`${OUR_IP6} > ${PEER_IP6} hlim 64 icmp6 4/0`]);
    });
  });

  describe("fragments (RFC 8200 §4.5)", () => {
    const text = "abcdefgh".repeat(6);
    const whole = udp6(5000, 7, bytes(text)); // 56 octets
    const piece = (from: number, to: number, id = 1): Uint8Array =>
      frame6(44, fragment6(17, from / 8, to < whole.length, whole.subarray(from, to), id));

    it("come together in any order", () => {
      const pieces = [piece(0, 16), piece(16, 40), piece(40, 56)];
      const orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
      ];
      for (const order of orders) {
        const { rig, received } = rigWithSocket();
        rig.receive(...order.map((index) => pieces[index] as Uint8Array));
        expect(received, order.join()).to.deep.equal([`${text.slice(0, 40)}48`]);
        rig.close();
      }
    });

    it("come together behind other headers, which are the first fragment's", () => {
      const { rig, received } = rigWithSocket();
      const behind = (next: number, at: number, to: number): Uint8Array =>
        frame6(60, bytes(optionsHeader(44, PADS), fragment6(next, at / 8, to < 64, dest.subarray(at, to))));
      const dest = bytes(optionsHeader(17, PADS), whole);
      // The next header of the others is of no importance (RFC 8200 §4.5).
      rig.receive(behind(99, 40, 64), behind(60, 0, 40));
      expect(received).to.deep.equal([`${text.slice(0, 40)}48`]);
    });

    it("that overlap condemn their datagram, repeated ones do not (RFC 5722)", () => {
      const { rig, received } = rigWithSocket();
      rig.receive(piece(0, 16), piece(0, 16), piece(16, 56));
      expect(received.length).to.equal(1);
      rig.receive(piece(0, 16, 2), piece(8, 40, 2), piece(40, 56, 2), piece(16, 40, 2));
      expect(received.length).to.equal(1);
    });

    it("an atomic one is whole by itself, whatever is being put together under its number (RFC 6946)", () => {
      const { rig, received } = rigWithSocket();
      rig.receive(piece(0, 16), frame6(44, fragment6(17, 0, false, UDP)));
      expect(received).to.deep.equal(["hello"]);
    });

    it("that do not come are told of after 60 s, if the first has", () => {
      const { rig, sent } = rigWithSocket();
      rig.receive(piece(0, 16));
      rig.run(seconds(59));
      expect(sent()).to.deep.equal([]);
      rig.run(seconds(2));
      expect(sent()).to.deep.equal([`${OUR_IP6} > ${PEER_IP6} hlim 64 icmp6 3/1`]);
      rig.receive(piece(16, 40));
      rig.run(seconds(61));
      expect(sent().filter((line) => line.includes("icmp6 3/"))).to.deep.equal([]);
      rig.close();
    });

    it("of a length that cannot be are told of, with a pointer at the payload length", () => {
      const { rig } = rigWithSocket();
      rig.receive(frame6(44, fragment6(17, 1, true, bytes("123456789"))));
      const [frame] = rig.taken();
      expect([frame?.[54], frame?.[55], frame?.[61]]).to.deep.equal([4, 0, 4]);
    });

    it("a first one without all headers is told of (RFC 7112)", () => {
      const { rig, sent } = rigWithSocket();
      rig.receive(frame6(44, fragment6(6, 0, true, new Uint8Array(8))));
      expect(sent()).to.deep.equal([`${OUR_IP6} > ${PEER_IP6} hlim 64 icmp6 4/3`]);
    });

    // RFC 8200 §4.5; as Linux's is_ineligible: what ends before its message is no error of ICMPv6.
    it("a first one that ends before the header of ICMPv6, or has nothing at all, is told of", () => {
      const { rig, sent } = rigWithSocket();
      rig.receive(frame6(44, fragment6(60, 0, true, bytes(optionsHeader(58, PADS)))));
      rig.receive(frame6(44, fragment6(17, 0, true, new Uint8Array(0), 2)));
      const told = `${OUR_IP6} > ${PEER_IP6} hlim 64 icmp6 4/3`;
      expect(sent()).to.deep.equal([told, told]);
    });

    it("that hide hop-by-hop options are refused: those are for the way, and stand in front (RFC 8200 §4.1)", () => {
      const { rig, received } = rigWithSocket();
      const hidden = bytes(optionsHeader(17, PADS), whole);
      rig.receive(
        frame6(44, fragment6(0, 0, true, hidden.subarray(0, 32))),
        frame6(44, fragment6(0, 4, false, hidden.subarray(32))),
      );
      expect(received).to.deep.equal([]);
      const [frame] = rig.taken();
      expect([frame?.[54], frame?.[55], frame?.[61]]).to.deep.equal([4, 1, 40]);
    });

    it("are made of what is larger than the path takes, by the sender alone", () => {
      const { rig, sent } = rigWithSocket();
      const socket = rig.stack.openUdp();
      socket.send(new Uint8Array(3000), { address: address(PEER_IP6), port: 9 });
      expect(sent()).to.deep.equal([
        `${OUR_IP6} > ${PEER_IP6} hlim 64 fragment 1448@0+`,
        `${OUR_IP6} > ${PEER_IP6} hlim 64 fragment 1448@1448+`,
        `${OUR_IP6} > ${PEER_IP6} hlim 64 fragment 112@2896`,
      ]);
    });
  });

  describe("the path MTU (RFC 8201)", () => {
    const route = (rig: WireRig): Route => rig.context.route(address(PEER_IP6)) as Route;
    const tooBig = (mtu: number, port: number): Uint8Array =>
      icmp6Frame(
        2,
        0,
        [0, 0, mtu >> 8, mtu & 255],
        datagram6(17, udp6(port, 9, new Uint8Array(8), { from: OUR_IP6, to: PEER_IP6 }), {
          from: OUR_IP6,
          to: PEER_IP6,
        }),
      );

    it("is reduced by what a router says, for ten minutes, and never below 1280", () => {
      const { rig } = rigWithSocket();
      const socket = rig.stack.openUdp();
      socket.connect({ address: address(PEER_IP6), port: 9 });
      const port = socket.local?.port ?? 0;
      expect(route(rig).mtu).to.equal(1500);
      rig.receive(tooBig(1400, port));
      expect(route(rig).mtu).to.equal(1400);
      rig.receive(tooBig(1450, port));
      expect(route(rig).mtu, "a report never raises it").to.equal(1400);
      rig.receive(tooBig(600, port));
      expect(route(rig).mtu, "RFC 8021: none below the least is heeded").to.equal(1400);
      rig.run(seconds(601));
      expect(route(rig).mtu).to.equal(1500);
    });

    it("is not reduced by who has not seen what we sent", () => {
      const { rig } = rigWithSocket();
      rig.receive(tooBig(1400, 4242));
      expect(route(rig).mtu).to.equal(1500);
    });
  });

  it("gives each flow a label, the same for all its datagrams (RFC 6437)", () => {
    const { rig } = rigWithSocket();
    const label = (frame: Uint8Array | undefined): number =>
      new DataView((frame as Uint8Array).buffer).getUint32((frame as Uint8Array).byteOffset + 14) & 0xf_ffff;
    const flows = [0, 1, 2].map(() => {
      const socket = rig.stack.openUdp();
      const labels = [0, 1].map(() => {
        socket.send(bytes("x"), { address: address(PEER_IP6), port: 9 });
        return label(rig.taken()[0]);
      });
      expect(labels[0]).to.equal(labels[1]);
      return labels[0];
    });
    expect(new Set(flows).size).to.equal(3);
  });

  it("answers a ping to all nodes from an address of its own", () => {
    const { rig, sent } = rigWithSocket();
    rig.receive(ping6({ to: "ff02::1" }));
    expect(sent()).to.deep.equal([`${OUR_IP6} > ${PEER_IP6} hlim 64 icmp6 129/0`]);
  });

  it("never answers an error with an error, nor more than so many at once (RFC 4443 §2.4)", () => {
    const { rig, sent } = rigWithSocket();
    rig.receive(frame6(60, bytes(optionsHeader(58, bytes(0x9e, 4, 0, 0, 0, 0)), icmp6(1, 0, [0, 0, 0, 0]))));
    expect(sent()).to.deep.equal([]);
    for (let i = 0; i < 100; i++) rig.receive(frame6(17, udp6(5000, 99, bytes("x"))));
    expect(sent().length).to.be.within(25, 50);
    rig.run(milliseconds(1_000));
    rig.receive(frame6(17, udp6(5000, 99, bytes("x"))));
    expect(sent().length).to.equal(1);
    expect(rig.stack.counters.icmpv6.icmpOutRateLimited).to.be.greaterThan(40);
  });

  it("tells a socket of errors, as Linux's icmpv6_err_convert has them", () => {
    for (const [type, code, failure] of [
      [1, 0, "network-unreachable"],
      [1, 1, "access"],
      [1, 3, "host-unreachable"],
      [1, 4, "refused"],
      [3, 0, "host-unreachable"],
      [4, 1, "protocol-error"],
    ] as const) {
      const { rig } = rigWithSocket();
      const socket = rig.stack.openUdp();
      socket.connect({ address: address(PEER_IP6), port: 9 });
      const quote = udp6(socket.local?.port ?? 0, 9, bytes("x"), { from: OUR_IP6, to: PEER_IP6 });
      const error = datagram6(17, quote, { from: OUR_IP6, to: PEER_IP6 });
      rig.receive(icmp6Frame(type, code, [0, 0, 0, 0], error));
      expect(socket.failure, `${type}/${code}`).to.equal(failure);
    }
  });

  it("takes nothing for an address that is not yet its own", () => {
    const rig = new WireRig({ ...ADDRESSES, interface: { claim: "probe" } });
    rig.receive(ping6());
    expect(rig.taken().map(describeFrame6)).to.deep.equal([]);
    rig.run(seconds(3));
    rig.receive(advertisement(PEER_IP6, 0x20));
    rig.taken();
    rig.receive(ping6());
    expect(rig.taken().map(describeFrame6).length, "a solicitation, for the answer").to.equal(1);
    rig.receive(advertisement());
    expect(rig.taken().map(describeFrame6)).to.deep.equal([`${OUR_IP6} > ${PEER_IP6} hlim 64 icmp6 129/0`]);
  });
});
