/** IP_MTU_DISCOVER and IPV6_DONTFRAG of raw endpoints (ip(7), RFC 3542 §11.2): as of UDP's. */
import { expect } from "chai";
import type { MtuDiscovery } from "../../../src/stack/index.ts";
import { arpRequest, PEER_IP } from "../../support/frames.ts";
import { OUR_IP6, PEER_IP6, solicitation } from "../../support/frames6.ts";
import { address, WireRig } from "../../support/wire-rig.ts";

/** Flags and offset of each IPv4 datagram that was sent, and its length. */
function sent(rig: WireRig): string[] {
  return rig.taken().map((frame) => {
    const view = new DataView(frame.buffer, frame.byteOffset);
    const field = view.getUint16(20);
    const flags = `${(field & 0x4000) === 0 ? "" : "DF"}${(field & 0x2000) === 0 ? "" : "+"}`;
    return `${view.getUint16(16)} ${flags} ${(field & 0x1fff) * 8}`.replace("  ", " ");
  });
}

describe("fragmentation of what a raw endpoint sends", () => {
  let rig: WireRig;

  beforeEach(() => {
    rig = new WireRig({ addresses: ["10.77.0.2/24", `${OUR_IP6}/64`] });
    rig.receive(arpRequest());
    rig.receive(solicitation());
    rig.taken();
  });
  afterEach(() => rig.close());

  const WHOLE = 1480;
  const rows: readonly (readonly [MtuDiscovery, number, number | string, readonly string[]])[] = [
    ["want", 100, 100, ["120 DF 0"]],
    ["want", WHOLE, WHOLE, ["1500 DF 0"]],
    ["want", WHOLE + 20, WHOLE + 20, ["1500 + 0", "40 1480"]],
    ["dont", 100, 100, ["120 0"]],
    ["dont", WHOLE + 20, WHOLE + 20, ["1500 + 0", "40 1480"]],
    ["do", WHOLE, WHOLE, ["1500 DF 0"]],
    ["do", WHOLE + 1, "message-too-long", []],
    ["probe", WHOLE, WHOLE, ["1500 DF 0"]],
    ["probe", WHOLE + 1, "message-too-long", []],
  ];
  for (const [mtuDiscovery, octets, outcome, datagrams] of rows) {
    it(`is with "${mtuDiscovery}", of ${octets} octets: ${outcome}`, () => {
      const raw = rig.stack.openRaw(253);
      expect(raw.configure({ mtuDiscovery })).to.equal(undefined);
      expect(raw.send(new Uint8Array(octets), address(PEER_IP))).to.equal(outcome);
      expect(sent(rig)).to.deep.equal(datagrams);
      raw.close();
    });
  }

  it("tells in the queue of errors what would have fitted", () => {
    const raw = rig.stack.openRaw(253);
    raw.configure({ mtuDiscovery: "do", receiveErrors: true });
    raw.send(new Uint8Array(2000), address(PEER_IP));
    expect(raw.takeError()).to.include({ failure: "message-too-long", origin: "local", mtu: 1500 });
    raw.close();
  });

  it("cuts nothing up with IPV6_DONTFRAG, of UDP and raw", () => {
    const raw = rig.stack.openRaw(253, 6);
    const udp = rig.stack.openUdp();
    udp.bind({ address: address("::"), port: 9 });
    const to = { address: address(PEER_IP6), port: 9 };
    expect(raw.send(new Uint8Array(2000), to.address)).to.equal(2000);
    expect(udp.send(new Uint8Array(2000), to)).to.equal(2000);
    expect(rig.taken()).to.have.length(4);
    for (const socket of [raw, udp]) socket.configure({ dontFragment: true });
    expect(raw.send(new Uint8Array(2000), to.address)).to.equal("message-too-long");
    expect(udp.send(new Uint8Array(2000), to)).to.equal("message-too-long");
    expect(raw.send(new Uint8Array(1460), to.address)).to.equal(1460);
    expect(udp.send(new Uint8Array(1452), to)).to.equal(1452);
    expect(rig.taken()).to.have.length(2);
    raw.close();
    udp.close();
  });

  it("refuses a discovery that there is not", () => {
    const raw = rig.stack.openRaw(253);
    expect(raw.configure({ mtuDiscovery: "never" as never })).to.equal("invalid");
    raw.close();
  });
});
