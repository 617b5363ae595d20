import { expect } from "chai";
import { seconds } from "../../../src/stack/index.ts";
import {
  arpRequest,
  bytes,
  datagram,
  describeFrame,
  ethernet,
  icmp,
  OUR_IP,
  PEER_IP,
  ping,
  udp,
} from "../../support/frames.ts";
import { address, WireRig } from "../../support/wire-rig.ts";

describe("raw endpoints", () => {
  let rig: WireRig;
  const into = new Uint8Array(66_000);
  const sent = (): readonly string[] => rig.taken().map(describeFrame);

  beforeEach(() => {
    rig = new WireRig();
    rig.receive(arpRequest());
    rig.taken();
  });
  afterEach(() => rig.close());

  describe("of an IP protocol", () => {
    it("get whole datagrams, header and all, besides the transport that handles them", () => {
      const raw = rig.stack.openRaw(1);
      let woken = 0;
      raw.onChange(() => woken++);
      const frame = ping({ ttl: 3 });
      rig.receive(frame);
      expect(sent(), "the stack answers all the same").to.have.length(1);
      const from = { address: address("0.0.0.0"), port: 0 };
      const octets = raw.receive(into, from);
      expect(into.slice(0, octets)).to.deep.equal(frame.slice(14));
      expect(from.address.toString()).to.equal(PEER_IP);
      expect(raw.lastReceived.hopLimit).to.equal(3);
      expect([woken, raw.receive(into)]).to.deep.equal([1, undefined]);
      raw.close();
    });

    it("get datagrams that came in fragments as one, and keep protocol unreachable away", () => {
      const raw = rig.stack.openRaw(253);
      rig.receive(
        ethernet(datagram(253, bytes("12345678"), { fragment: 0x2000 })),
        ethernet(datagram(253, bytes("9"), { fragment: 1 })),
      );
      expect(raw.receive(into)).to.equal(29);
      expect(sent()).to.deep.equal([]);
      raw.close();
      rig.receive(ethernet(datagram(253, bytes("x"))));
      expect(sent()).to.deep.equal(["> peer: 10.77.0.2 > 10.77.0.1 icmp 3/2 21"]);
    });

    it("get only what fits their addresses, and no more than their queue holds", () => {
      const raw = rig.stack.openRaw(253);
      raw.connect(address("10.77.0.9"));
      rig.receive(ethernet(datagram(253, bytes("x"))));
      expect(raw.readable).to.equal(false);
      raw.connect(undefined);
      raw.configure({ receiveBuffer: 2000 });
      for (let i = 0; i < 50; i++) rig.receive(ethernet(datagram(253, bytes("x"))));
      expect(raw.drops).to.be.greaterThan(40);
      raw.close();
    });

    it("send behind a header of ours", () => {
      const raw = rig.stack.openRaw(253);
      expect(raw.send(bytes("hello"), address(PEER_IP))).to.equal(5);
      expect(raw.send(bytes("hello"))).to.equal("destination-required");
      expect(raw.send(bytes("hello"), address("255.255.255.255"))).to.equal("access");
      expect(raw.send(bytes("hello"), address("192.0.2.1"))).to.equal("network-unreachable");
      expect(sent()).to.deep.equal(["> peer: 10.77.0.2 > 10.77.0.1 protocol 253 5"]);
      raw.close();
    });

    it("send behind a header of their own (IP_HDRINCL), whose length, checksum and zeros are filled in", () => {
      const raw = rig.stack.openRaw(255);
      const own = datagram(1, icmp(8, 0, [0, 1, 0, 1]), {
        from: "0.0.0.0",
        to: PEER_IP,
        ttl: 5,
        id: 0,
        checksum: 1,
        totalLength: 9,
      });
      expect(raw.send(own, address(PEER_IP))).to.equal(28);
      const [frame = bytes()] = rig.taken();
      expect(describeFrame(frame)).to.equal("> peer: 10.77.0.2 > 10.77.0.1 icmp 8/0 0");
      expect(frame[22]).to.equal(5);
      expect(raw.send(bytes("not a header, but long enough"), address(PEER_IP))).to.equal("invalid");
      expect(raw.send(new Uint8Array(1501).fill(0x45), address(PEER_IP))).to.equal("message-too-long");
      raw.close();
    });
  });

  describe("of an interface", () => {
    it("see every frame, in and out, but not their own", () => {
      const packet = rig.stack.openPacket(rig.eth0);
      const frame = ping();
      rig.receive(frame);
      expect(packet.receive(into)).to.equal(frame.length);
      expect(into.slice(0, frame.length)).to.deep.equal(frame);
      expect(packet.lastOutgoing).to.equal(false);
      expect(packet.receive(into)).to.equal(60);
      expect(packet.lastOutgoing).to.equal(true);
      rig.taken();
      const own = ethernet(
        datagram(17, udp(1, 2, bytes("x"), { from: OUR_IP, to: PEER_IP }), { from: OUR_IP, to: PEER_IP }),
      );
      expect(packet.send(own)).to.equal(own.length);
      expect(rig.taken()).to.deep.equal([own]);
      expect(packet.available).to.equal(undefined);
      packet.close();
    });

    it("see frames for others and of unknown types, by EtherType if wanted", () => {
      const packet = rig.stack.openPacket(rig.eth0);
      packet.configure({ etherType: 0x88cc, inboundOnly: true });
      rig.receive(ping(), ethernet(bytes("lldp"), 0x88cc, "01:80:c2:00:00:0e"));
      expect(packet.receive(into)).to.equal(18);
      expect(packet.receive(into)).to.equal(undefined);
      packet.close();
      rig.receive(ethernet(bytes("lldp"), 0x88cc));
    });

    it("say when the interface is gone, and refuse what is no frame", () => {
      const packet = rig.stack.openPacket(rig.eth0);
      expect(packet.send(bytes("short"))).to.equal("invalid");
      expect(packet.send(new Uint8Array(1515))).to.equal("message-too-long");
      rig.link.sink?.failed("unplugged");
      expect([packet.readable, packet.failure]).to.deep.equal([true, "network-down"]);
      expect(packet.send(new Uint8Array(60))).to.equal("network-down");
      packet.close();
      rig.run(seconds(1));
    });
  });
});
