import { expect } from "chai";
import { type IpAddress, parseIpv4, seconds, type TcpEndpoint } from "../../../../src/stack/index.ts";
import { datagram } from "../../../support/datagrams.ts";
import { established, Rig, synReceived } from "../../../support/rig.ts";
import { encodeSegment } from "../../../support/segments.ts";
import { pair } from "../../../support/tcp-pair.ts";

const HOP_LIMIT_AT = 8;
const TRAFFIC_CLASS_AT = 1;
const SYN = 2;

function ip(text: string): IpAddress {
  const address = parseIpv4(text);
  if (address === undefined) throw new Error(text);
  return address;
}

describe("TCP, to its user (RFC 9293 §3.9.1)", () => {
  let tcp: Rig;
  afterEach(() => tcp.check());

  it("sends with the time to live that it is told (MUST-49)", () => {
    tcp = established();
    tcp.write(1);
    expect(tcp.lastDatagram[HOP_LIMIT_AT]).to.equal(64);
    tcp.endpoint.configure({ hopLimit: 3, noDelay: true });
    tcp.write(1);
    expect(tcp.lastDatagram[HOP_LIMIT_AT]).to.equal(3);
  });

  it("sends with the Diffserv field that it is told, which may change on the way (MUST-48, SHLD-21, SHLD-22)", () => {
    tcp = synReceived({ options: { trafficClass: 0xb8 } });
    expect(tcp.lastDatagram[TRAFFIC_CLASS_AT]).to.equal(0xb8);
    tcp.peerSends(". 1:1 ack 1 win 65535");
    tcp.accept();
    tcp.write(1);
    expect(tcp.lastDatagram[TRAFFIC_CLASS_AT]).to.equal(0xb8);
    tcp.endpoint.configure({ trafficClass: 0x28, noDelay: true });
    tcp.write(1);
    expect(tcp.lastDatagram[TRAFFIC_CLASS_AT]).to.equal(0x28);
  });

  it("skips what it is told to, as if it were read: window, end and all", () => {
    tcp = established();
    tcp.peerSends("P. 1:1001 ack 1 win 65535");
    expect(tcp.endpoint.skip(300)).to.equal(300);
    expect(tcp.endpoint.available).to.equal(700);
    const rest = new Uint8Array(1000);
    expect(tcp.endpoint.read(rest, 0, 400)).to.equal(400);
    expect(tcp.endpoint.skip(Number.MAX_SAFE_INTEGER)).to.equal(300);
    expect(tcp.endpoint.skip(1), "nothing more yet").to.equal(undefined);
    tcp.peerSends("F. 1001:1001 ack 1 win 65535");
    expect(tcp.endpoint.skip(1), "the end").to.equal(0);
  });

  it("opens from the local address that it is told, or from the one that the route has (MUST-43 to MUST-45)", () => {
    tcp = new Rig();
    tcp.connect();
    expect(String(tcp.endpoint.local?.address)).to.equal("10.0.0.1");
    const other = tcp.stack.openTcp();
    expect(other.bind({ address: ip("10.0.0.77"), port: 0 })).to.equal("address-not-available");
    expect(other.connect({ address: ip("10.0.0.2"), port: 9 })).to.equal(undefined);
    expect(String(other.local?.address)).to.equal("10.0.0.1");
    other.abort();
  });

  it("opens nothing to a broadcast or multicast address (MUST-46)", () => {
    tcp = new Rig();
    for (const address of ["255.255.255.255", "10.0.0.255", "224.0.0.1"]) {
      const endpoint = tcp.stack.openTcp();
      expect(endpoint.connect({ address: ip(address), port: 9 }), address).to.equal("network-unreachable");
      expect(endpoint.state).to.equal("closed");
      endpoint.close();
    }
    tcp.expectSent();
  });

  it("listens on one port of several addresses, and a listener disturbs no connection (MUST-41, MUST-42)", () => {
    tcp = established();
    const second: TcpEndpoint = tcp.stack.openTcp();
    second.configure({ reuseAddress: true });
    expect(second.bind({ address: ip("127.0.0.1"), port: 80 })).to.equal(undefined);
    expect(second.listen(1)).to.equal(undefined);
    const third = tcp.stack.openTcp();
    expect(third.bind({ address: ip("10.0.0.1"), port: 80 })).to.equal("address-in-use");
    second.close();
    third.close();
    tcp.peerSends("P. 1:4 ack 1 win 65535", "abc");
    expect(tcp.read()).to.equal("abc");
    tcp.expectSent();
  });

  it("reports soft errors to an application that asks, and goes on (MUST-47, SHLD-25)", () => {
    tcp = established();
    tcp.write(5);
    tcp.peerSendsIcmp(3, 1);
    expect(tcp.endpoint.takeFailure()).to.equal("host-unreachable");
    expect(tcp.endpoint.takeFailure()).to.equal(undefined);
    expect(tcp.state).to.equal("established");
    tcp.passOver(1);
  });

  it("discards a source quench in silence (MUST-55)", () => {
    tcp = established();
    tcp.write(5);
    tcp.passOver(1);
    const { congestionWindow } = tcp.endpoint.info();
    tcp.peerSendsIcmp(4, 0);
    expect(tcp.endpoint.info().congestionWindow).to.equal(congestionWindow);
    expect(tcp.endpoint.takeFailure()).to.equal(undefined);
    tcp.expectSent();
  });
});

describe("TCP, of addresses and checksums", () => {
  let tcp: Rig;
  beforeEach(() => {
    tcp = new Rig();
    tcp.listen();
  });
  afterEach(() => tcp.check());

  const syn = (from: string, to: string): Uint8Array =>
    datagram(from, to, 6, encodeSegment({ ...tcp.bare, flags: SYN }, from, to));

  it("answers no SYN from a broadcast or multicast address (MUST-63)", () => {
    for (const from of ["10.0.0.255", "255.255.255.255", "224.0.0.1"])
      tcp.sendDatagram(syn(from, "10.0.0.1"));
    tcp.expectSent();
    expect(tcp.others).to.deep.equal([]);
    expect(tcp.connections()).to.deep.equal(["listen"]);
  });

  it("answers no SYN to a broadcast or multicast address (MUST-57)", () => {
    for (const to of ["10.0.0.255", "255.255.255.255", "224.0.0.1"]) tcp.sendDatagram(syn("10.0.0.2", to));
    tcp.expectSent();
    expect(tcp.others).to.deep.equal([]);
    expect(tcp.connections()).to.deep.equal(["listen"]);
  });

  it("drops a segment whose checksum is wrong in any bit (MUST-3)", () => {
    for (let bit = 0; bit < 160; bit++) {
      const bytes = syn("10.0.0.2", "10.0.0.1");
      const at = 20 + (bit >> 3);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
      tcp.sendDatagram(bytes);
    }
    tcp.expectSent();
    expect(tcp.connections()).to.deep.equal(["listen"]);
  });
});

describe("TCP, to IP", () => {
  it("suspects the path after R1 retransmissions (MUST-20, SHLD-10)", () => {
    const [a, b, wire] = pair(1);
    let suspected = 0;
    const find = a.route.bind(a);
    a.route = (to) => Object.assign(find(to), { suspect: (): void => void suspected++ });
    const listener = b.tcp.open();
    listener.bind({ address: b.address, port: 7 });
    listener.listen(1);
    const client = a.tcp.open();
    client.connect({ address: b.address, port: 7 });
    wire.run(() => client.connected, seconds(1));
    expect(client.state).to.equal("established");
    wire.spoil = { loss: 1 };
    client.write(new Uint8Array(1));
    const { tcp } = a;
    wire.run(() => tcp.counters.timeouts === 2, seconds(60));
    expect(suspected).to.equal(0);
    wire.run(() => tcp.counters.timeouts === 3, seconds(60));
    expect(suspected).to.equal(1);
  });
});
