import { expect } from "chai";
import { type SocketAddress, seconds, type UdpEndpoint } from "../../../src/stack/index.ts";
import { arpReply, arpRequest, PEER_IP } from "../../support/frames.ts";
import { address, WireRig } from "../../support/wire-rig.ts";

const at = (ip: string, port: number): SocketAddress => ({ address: address(ip), port });

describe("the send buffer of a UDP endpoint", () => {
  let rig: WireRig;
  let socket: UdpEndpoint;
  let woken: number;
  const kilobyte = new Uint8Array(1000);
  /** Sends until it would wait; how many datagrams were taken. */
  const fill = (to: SocketAddress): number => {
    for (let taken = 0; ; taken++) {
      const result = socket.send(kilobyte, to);
      if (result === "would-wait") return taken;
      expect(result).to.equal(1000);
      expect(taken, "it takes everything").to.be.lessThan(1000);
    }
  };

  beforeEach(() => {
    rig = new WireRig();
    socket = rig.stack.openUdp();
    socket.configure({ sendBuffer: 10_000 });
    woken = 0;
    socket.onChange(() => woken++);
  });
  afterEach(() => {
    socket.close();
    rig.close();
  });

  it("bounds what waits for the neighbour's address, and tells when there is room", () => {
    expect(fill(at(PEER_IP, 9))).to.equal(9);
    expect([socket.writable, woken]).to.deep.equal([false, 0]);
    rig.taken();
    rig.receive(arpReply());
    expect(rig.taken()).to.have.length(9);
    expect([socket.writable, woken]).to.deep.equal([true, 1]);
    expect(socket.send(kilobyte)).to.equal("destination-required");
    expect(socket.send(kilobyte, at(PEER_IP, 9))).to.equal(1000);
  });

  it("has room again when the neighbour does not answer", () => {
    fill(at(PEER_IP, 9));
    rig.run(seconds(4));
    expect([socket.writable, woken]).to.deep.equal([true, 1]);
  });

  it("bounds what waits for the link, and wakes at half, once", () => {
    rig.receive(arpRequest());
    rig.link.room = 0;
    const taken = fill(at(PEER_IP, 9));
    expect(taken).to.equal(9);
    rig.link.room = 3;
    rig.link.sink?.writable();
    expect([socket.writable, woken]).to.deep.equal([false, 0]);
    rig.link.room = 3;
    rig.link.sink?.writable();
    expect([socket.writable, woken]).to.deep.equal([true, 1]);
    rig.link.room = 100;
    rig.link.sink?.writable();
    expect(woken).to.equal(1);
  });

  it("counts the fragments of a large datagram, one of which is always taken", () => {
    rig.receive(arpRequest());
    rig.link.room = 0;
    expect(socket.send(new Uint8Array(60_000), at(PEER_IP, 9))).to.equal(60_000);
    expect(socket.send(kilobyte, at(PEER_IP, 9))).to.equal("would-wait");
    rig.link.room = 1000;
    rig.link.sink?.writable();
    expect(socket.send(kilobyte, at(PEER_IP, 9))).to.equal(1000);
  });

  it("is free again when the link goes, and does not mind the socket's end", () => {
    rig.receive(arpRequest());
    rig.link.room = 0;
    fill(at(PEER_IP, 9));
    fill(at("10.77.0.50", 9));
    rig.link.sink?.failed("unplugged");
    expect([socket.writable, woken]).to.deep.equal([true, 1]);
  });

  it("is not used by what leaves at once", () => {
    rig.receive(arpRequest());
    for (let i = 0; i < 500; i++) expect(socket.send(kilobyte, at(PEER_IP, 9))).to.equal(1000);
    expect(woken).to.equal(0);
  });
});
