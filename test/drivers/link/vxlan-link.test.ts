/** RFC 7348: frames in UDP, on their way to the right end, and nothing else out of it. */
import { expect } from "chai";
import fc from "fast-check";
import { VxlanLink, type VxlanOptions } from "../../../src/drivers/link/index.ts";
import { Lab, type LabHost } from "../../../src/lab/index.ts";
import {
  type IpAddress,
  milliseconds,
  parseIpv4,
  seconds,
  type UdpEndpoint,
} from "../../../src/stack/index.ts";
import { describeLinkContract, frame, RecordingSink } from "../../contracts/link.contract.ts";

function address(text: string): IpAddress {
  const parsed = parseIpv4(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

/** Hosts on a switch, each with an end of the tunnel. */
function network(names: readonly string[]): { lab: Lab; hosts: LabHost[] } {
  const lab = new Lab({ seed: 9 });
  const hub = lab.switch();
  const hosts = names.map((name, at) => {
    const host = lab.host(name, `10.0.0.${at + 1}/24`);
    lab.link(host, hub);
    return host;
  });
  return { lab, hosts };
}

/** As many spoilt inputs; more by FUZZ_INPUTS. */
const INPUTS = Number(process.env["FUZZ_INPUTS"] ?? 50_000);

function tunnel(
  lab: Lab,
  host: LabHost,
  remotes: readonly string[],
  options: Partial<VxlanOptions> = {},
): VxlanLink {
  return new VxlanLink(host.stack, lab.time, lab.time, {
    vni: 42,
    remotes: remotes.map(address),
    ...options,
  });
}

describeLinkContract("a VXLAN", () => {
  const { lab, hosts } = network(["alice", "bob"]);
  const [alice, bob] = hosts as [LabHost, LabHost];
  // The hosts know one another: what is sent to a neighbour before its answer waits in a short queue.
  const hello = alice.stack.openUdp();
  hello.send(Uint8Array.of(1), { address: address("10.0.0.2"), port: 9 });
  lab.time.elapse(seconds(1));
  return {
    a: tunnel(lab, alice, ["10.0.0.2"], { mtu: 1500 }),
    b: tunnel(lab, bob, ["10.0.0.1"], { mtu: 1500 }),
    settle: () => lab.time.elapse(seconds(1)),
  };
});

describe("VxlanLink", () => {
  let lab: Lab;
  let alice: LabHost;
  let bob: LabHost;
  let carol: LabHost;

  beforeEach(() => {
    const made = network(["alice", "bob", "carol"]);
    lab = made.lab;
    [alice, bob, carol] = made.hosts as [LabHost, LabHost, LabHost];
  });

  function plug(link: VxlanLink): RecordingSink {
    const sink = new RecordingSink();
    link.attach(sink);
    return sink;
  }

  /** What comes to UDP port 4789 of `host`. */
  function listen(host: LabHost): UdpEndpoint {
    const endpoint = host.stack.openUdp();
    endpoint.bind({ address: address("0.0.0.0"), port: 4789 });
    return endpoint;
  }

  it("puts eight octets in front: the I flag, and the number of the network (§5)", () => {
    const link = tunnel(lab, alice, ["10.0.0.2"], { vni: 0xabcdef });
    const other = listen(bob);
    plug(link).send(link, frame(1, 2, "cafe"));
    lab.time.elapse(seconds(1));
    const datagram = new Uint8Array(100);
    const from = { address: address("0.0.0.0"), port: 0 };
    const octets = other.receive(datagram, from) ?? 0;
    expect(Buffer.from(datagram.subarray(0, octets)).toString("hex")).to.equal(
      `08000000abcdef00${frame(1, 2, "cafe")}`,
    );
    expect(from.port).to.be.within(49_152, 65_535);
    expect(String(from.address)).to.equal("10.0.0.1");
  });

  it("sends to all ends what is for nobody that it has heard, and then only to where the station is", () => {
    const [a, b, c] = [
      tunnel(lab, alice, ["10.0.0.2", "10.0.0.3"]),
      tunnel(lab, bob, ["10.0.0.1", "10.0.0.3"]),
      tunnel(lab, carol, ["10.0.0.1", "10.0.0.2"]),
    ];
    const [sa, sb, sc] = [plug(a), plug(b), plug(c)];
    sa.send(a, frame(1, 2, "01"));
    lab.time.elapse(seconds(1));
    expect([sb.frames.length, sc.frames.length]).to.deep.equal([1, 1]);
    sb.send(b, frame(2, 1, "02")); // station 1 is behind alice
    lab.time.elapse(seconds(1));
    sa.send(a, frame(1, 2, "03")); // and station 2 behind bob
    lab.time.elapse(seconds(1));
    expect([sa.frames.length, sb.frames.length, sc.frames.length]).to.deep.equal([1, 2, 1]);
    lab.time.elapse(seconds(301));
    sa.send(a, frame(1, 2, "04"));
    lab.time.elapse(seconds(1));
    expect([sb.frames.length, sc.frames.length]).to.deep.equal([3, 2]);
    for (const sink of [sa, sb, sc]) expect(sink.pool.outstanding).to.equal(0);
  });

  it("finds all ends by a multicast group (§4.2)", () => {
    const group = { group: address("239.1.1.1") };
    const links = [alice, bob, carol].map((host) => tunnel(lab, host, ["239.1.1.1"], group));
    const sinks = links.map(plug);
    sinks[0]?.send(links[0] as VxlanLink, frame(1, 2, "01"));
    lab.time.elapse(seconds(1));
    expect(sinks.map(({ frames }) => frames.length)).to.deep.equal([0, 1, 1]);
  });

  it("takes only whole frames of its own network, and, unless told so, none with a VLAN tag (§6.1)", () => {
    const link = tunnel(lab, alice, ["10.0.0.2"]);
    const sink = plug(link);
    const sender = bob.stack.openUdp();
    const send = (hex: string): void => {
      sender.send(Buffer.from(hex, "hex"), { address: address("10.0.0.1"), port: 4789 });
      lab.time.elapse(seconds(1));
    };
    const tagged = `${frame(2, 1, "").slice(0, 24)}8100000108004500`;
    send(`0800000000002a00${frame(2, 1, "aa")}`);
    send(`0800000000002b00${frame(2, 1, "aa")}`);
    send(`0000000000002a00${frame(2, 1, "aa")}`);
    send("0800000000002a00");
    send("08");
    send(`0800000000002a00${tagged}`);
    expect(sink.frames).to.deep.equal([frame(2, 1, "aa")]);
    expect(link.counters).to.include({ received: 1, otherVni: 1, badHeader: 3, tagged: 1 });
  });

  it("carries a whole stack: TCP in IP in Ethernet in VXLAN in UDP in IP, on the same host", async () => {
    for (const [host, peer, inner] of [
      [alice, "10.0.0.2", "192.168.7.1"],
      [bob, "10.0.0.1", "192.168.7.2"],
    ] as const) {
      host.stack.addInterface("vxlan0", tunnel(lab, host, [peer]), [
        { address: address(inner), prefixLength: 24 },
      ]);
    }
    const server = bob.stack.openTcp();
    server.bind({ address: address("192.168.7.2"), port: 80 });
    const listener = bob.sockets.socket(2, 1);
    server.close();
    bob.sockets.bind(listener, 2, 0xc0a80702, 80);
    bob.sockets.listen(listener, 1);
    const sent = Uint8Array.from({ length: 300_000 }, (_, at) => at * 7);
    const received: number[] = [];
    await lab.run(async () => {
      const client = alice.sockets.socket(2, 1);
      const accepted = bob.sockets.accept(listener);
      await alice.sockets.connect(client, 2, 0xc0a80702, 80);
      const [served] = await accepted;
      const sending = alice.sockets.send(client, sent).then(() => alice.sockets.close(client));
      const buffer = new Uint8Array(65_536);
      for (let count = 1; count > 0; ) {
        count = await bob.sockets.recvInto(served, buffer);
        received.push(...buffer.subarray(0, count));
      }
      await sending;
    });
    expect(received.length).to.equal(sent.length);
    expect(received.every((octet, at) => octet === sent[at])).to.equal(true);
    lab.close();
  });

  it("refuses what cannot be", () => {
    expect(() => tunnel(lab, alice, [])).to.throw(RangeError, "remotes");
    expect(() => tunnel(lab, alice, ["10.0.0.2"], { vni: 2 ** 24 })).to.throw(RangeError, "vni");
    listen(alice);
    expect(() => tunnel(lab, alice, ["10.0.0.2"])).to.throw(RangeError, "4789");
  });

  it("reads any octets that come to its port", function () {
    this.timeout(60_000 + INPUTS);
    const link = tunnel(lab, alice, ["10.0.0.2"]);
    const sink = plug(link);
    const sender = bob.stack.openUdp();
    const to = { address: address("10.0.0.1"), port: 4789 };
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.constantFrom(0, 8, 0xff),
        fc.constantFrom(0, 42),
        (octets, flags, vni) => {
          const bytes = Uint8Array.from(octets);
          if (bytes.length > 0) bytes[0] = flags;
          if (bytes.length > 6) bytes.set([0, 0, vni], 4);
          sender.send(bytes, to);
          lab.time.elapse(milliseconds(1)); // time that stands still for a million events is refused
          expect(sink.pool.outstanding).to.equal(0);
        },
      ),
      { numRuns: INPUTS },
    );
    const { received, badHeader, otherVni, tagged } = link.counters;
    expect(received + badHeader + otherVni + tagged).to.be.at.least(INPUTS);
  });
});
