/** Network address translation: RFC 3022, 4787, 5382, 5508. */
import { expect } from "chai";
import {
  Firewall,
  type NetworkInterface,
  type Ruleset,
  type SocketAddress,
} from "../../../src/stack/index.ts";
import { readAddress } from "../../../src/stack/wire/nd.ts";
import { Ear, Internet, ip } from "../../support/nat-net.ts";
import { RouterRig, through6 } from "../../support/router-rig.ts";
import { transfer } from "../../support/transfer.ts";
import { address } from "../../support/wire-rig.ts";

const SERVER = "198.51.100.100";
const at = (address: string, port: number): SocketAddress => ({ address: ip(address), port });
const DAYS = 86_400;

describe("a home router", () => {
  let net: Internet;
  beforeEach(() => {
    net = new Internet(11);
  });
  afterEach(() => net.lab.close());

  it("carries TCP whose server sees the router's address, and whose octets are all there", async () => {
    const { host } = net.site("home-router");
    expect(await transfer(net.lab, host, net.server, 80, at(SERVER, 80))).to.equal("");
    expect(net.server.stack.counters.tcp?.drops.toJSON()).to.deep.equal({});
  });

  it("keeps a UDP port, and gives the next host that wants the same another of its parity (RFC 4787 REQ-4)", async () => {
    const { host, lan } = net.site("home-router");
    const second = net.inside(1, lan, 3);
    const server = new Ear(net.server, 9);
    for (const one of [host, second]) new Ear(one, 5001).say("hello", at(SERVER, 9));
    await net.lab.runFor("1s");
    const [first, other = ""] = server.heard;
    expect(first).to.equal("hello from 198.51.100.1:5001");
    const port = Number(other.split(":")[1]);
    expect([port % 2, port > 1023, port !== 5001]).to.deep.equal([1, true, true]);
  });

  it("keeps one port for all destinations (RFC 4787 REQ-1), where a symmetric one does not", async () => {
    const sites = [net.site("home-router"), net.site("symmetric")];
    const second = net.host("second", "198.51.100.101");
    const servers = [new Ear(net.server, 9), new Ear(second, 9)];
    for (const { host } of sites) {
      const ear = new Ear(host, 5000);
      for (const server of [SERVER, "198.51.100.101"]) ear.say("hello", at(server, 9));
    }
    await net.lab.runFor("1s");
    const [seen, seenToo] = servers.map(({ heard }) => heard.map((line) => line.replace("hello from ", "")));
    expect(seen?.[0]).to.equal("198.51.100.1:5000");
    expect(seenToo?.[0]).to.equal("198.51.100.1:5000");
    expect(seen?.[1]).to.not.equal(seenToo?.[1]);
  });

  it("lets hosts inside reach one another by their outer ports, from which they then come (RFC 4787 REQ-9)", async () => {
    const { host, lan } = net.site("full-cone");
    const second = net.inside(1, lan, 3);
    const server = new Ear(net.server, 9);
    const [one, other] = [new Ear(host, 5000), new Ear(second, 6000)];
    for (const ear of [one, other]) ear.say("hello", at(SERVER, 9));
    await net.lab.runFor("1s");
    expect(server.heard.length).to.equal(2);
    one.say("hairpin", at("198.51.100.1", 6000));
    await net.lab.runFor("1s");
    expect(other.heard).to.deep.equal(["hairpin from 198.51.100.1:5000"]);
    other.say("back", at("198.51.100.1", 5000));
    await net.lab.runFor("1s");
    expect(one.heard).to.deep.equal(["back from 198.51.100.1:6000"]);
  });

  it("pings through by the identifier, and tells of errors what was sent (RFC 5508)", async () => {
    const { host, nat } = net.site("home-router");
    const echo = host.stack.openEcho();
    echo.request(ip(SERVER), 1, new Uint8Array(32));
    await net.lab.runFor("1s");
    expect(echo.reply()).to.deep.include({ from: ip(SERVER), sequence: 1, hopLimit: 63, failure: undefined });
    // The last hop is the server's own network: the router tells; and a port that nobody has: the server tells.
    echo.request(ip(SERVER), 2, new Uint8Array(32), 1);
    const socket = host.stack.openUdp();
    socket.configure({ receiveErrors: true });
    socket.connect(at(SERVER, 4444));
    socket.send(new Uint8Array(4));
    await net.lab.runFor("1s");
    expect(echo.reply()).to.deep.include({ from: ip("10.0.1.1"), sequence: 2, failure: "host-unreachable" });
    expect(socket.takeFailure()).to.equal("refused");
    expect(nat.firewall?.translator?.counters.errors).to.equal(1);
    socket.close();
    echo.close();
  });

  it("puts a datagram together that comes in pieces, and sends it on in pieces", async () => {
    const { host } = net.site("home-router");
    const echo = host.stack.openEcho();
    echo.request(ip(SERVER), 1, new Uint8Array(4000).fill(7));
    await net.lab.runFor("1s");
    expect(echo.reply()?.data.length).to.equal(4000);
    echo.close();
  });

  it("lets nobody in who was not asked, and says so", async () => {
    const { host, nat } = net.site("home-router");
    const ear = new Ear(host, 5000);
    ear.say("hello", at(SERVER, 9));
    const stranger = new Ear(net.host("stranger", "198.51.100.66"), 9);
    await net.lab.runFor("1s");
    stranger.say("hello", at("198.51.100.1", 5000));
    await net.lab.runFor("1s");
    expect(ear.heard).to.deep.equal([]);
    expect(nat.stack.counters.forward?.drops.toJSON()).to.deep.equal({ notAskedFor: 1 });
  });

  it("forwards a port to a host inside, for callers from outside and from inside", async () => {
    const { host, lan } = net.site({
      nat: [
        {
          do: "dnat",
          protocol: "tcp",
          destination: "198.51.100.1",
          destinationPort: 8080,
          to: "10.0.1.2:80",
        },
        { do: "masquerade", in: "eth0", out: "eth1" },
      ],
    });
    const caller = net.host("caller", "198.51.100.66");
    expect(await transfer(net.lab, caller, host, 80, at("198.51.100.1", 8080), 50_000)).to.equal("");
    const inside = net.inside(1, lan, 3);
    expect(await transfer(net.lab, inside, host, 80, at("198.51.100.1", 8080), 50_000)).to.equal("");
  });

  it("leaves by a pool of another address, and leads some ports to itself, where rules say so", async () => {
    const { host, nat } = net.site({
      nat: [
        { do: "redirect", in: "eth0", protocol: "udp", destinationPort: 53, to: 5353 },
        { do: "none", in: "eth0", destination: "198.51.100.66" },
        { do: "snat", in: "eth0", out: "eth1", to: "198.51.100.200" },
      ],
    });
    const wan = nat.stack.interface("eth1") as NetworkInterface;
    nat.stack.addAddress(wan, { address: ip("198.51.100.200"), prefixLength: 32 });
    const server = new Ear(net.server, 9);
    const resolver = new Ear(nat, 5353);
    resolver.answer = (_, from) => resolver.say("an answer", from);
    const ear = new Ear(host, 5000);
    ear.say("out", at(SERVER, 9));
    ear.say("a question", at(SERVER, 53));
    await net.lab.runFor("1s");
    expect(server.heard).to.deep.equal(["out from 198.51.100.200:5000"]);
    expect(resolver.heard).to.deep.equal(["a question from 10.0.1.2:5000"]);
    expect(ear.heard, "as if the one who was asked had answered").to.deep.equal([
      `an answer from ${SERVER}:53`,
    ]);
    const other = new Ear(net.host("other", "198.51.100.66"), 9);
    ear.say("as I am", at("198.51.100.66", 9));
    await net.lab.runFor("1s");
    expect(other.heard).to.deep.equal(["as I am from 10.0.1.2:5000"]);
  });

  it("forgets what left by an address that it has lost, and goes on by the new one", async () => {
    const { host, nat } = net.site("home-router");
    const server = new Ear(net.server, 9);
    const ear = new Ear(host, 5000);
    ear.say("before", at(SERVER, 9));
    await net.lab.runFor("1s");
    nat.changeAddress("198.51.100.77/24", "eth1");
    expect(nat.firewall?.tracker.table.size).to.equal(0);
    ear.say("after", at(SERVER, 9));
    await net.lab.runFor("1s");
    expect(server.heard).to.deep.equal(["before from 198.51.100.1:5000", "after from 198.51.100.77:5000"]);
  });

  it("remembers an idle mapping as long as it is told to, and not longer", async () => {
    const rules = {
      nat: [{ do: "masquerade", in: "eth0", out: "eth1" }],
      track: { timeouts: { udp: "5d", udpNew: "5d" } },
    } as const;
    const { host, nat } = net.site(rules);
    const server = new Ear(net.server, 9);
    const ear = new Ear(host, 5000);
    ear.say("hello", at(SERVER, 9));
    await net.lab.runFor("1s");
    await net.lab.runFor(`${5 * DAYS - 2}s`);
    server.say("still there?", server.last as SocketAddress);
    await net.lab.runFor("1s");
    expect(ear.heard).to.deep.equal([`still there? from ${SERVER}:9`]);
    await net.lab.runFor(`${5 * DAYS}s`);
    expect(nat.firewall?.translator?.mappings.size).to.equal(0);
    server.say("and now?", server.last as SocketAddress);
    await net.lab.runFor("1s");
    expect(ear.heard.length).to.equal(1);
    expect(nat.firewall?.tracker.counters).to.include({ timedOut: 1 });
  });

  it("forgets nothing when a host inside has used up its ports, and refuses the next one (RFC 6888 REQ-4)", async () => {
    const behaviour = { portsPerHost: 3 };
    const { host, nat } = net.site({ nat: [{ do: "masquerade", in: "eth0", out: "eth1", behaviour }] });
    const server = new Ear(net.server, 9);
    for (let i = 0; i < 5; i++) new Ear(host, 5000 + i).say("hello", at(SERVER, 9));
    await net.lab.runFor("1s");
    expect(server.heard.length).to.equal(3);
    expect(nat.stack.counters.forward?.drops.toJSON()).to.deep.equal({ portsExhausted: 2 });
  });
});

describe("masquerade", () => {
  const RULES: Ruleset = { nat: [{ do: "masquerade", out: "eth1" }] };
  const view = ({ buffer, byteOffset }: Uint8Array): DataView => new DataView(buffer, byteOffset);
  /** Sources of the echo requests that have left by eth1. */
  const sources = ({ second }: RouterRig): readonly string[] =>
    second.sent.filter((frame) => frame[54] === 128).map((frame) => String(readAddress(view(frame), 22)));

  // As nf_nat_masquerade_ipv6 and _ipv4 (NF_DROP where no source is found); scopes by RFC 4007 §6. An address that is
  // still tentative (RFC 4862 §5.4) is none yet.
  it("lets nothing leave while its interface has no address that reaches so far, then by that one", () => {
    const rig = new RouterRig();
    new Firewall(rig.router, RULES);
    rig.stack.removeAddress(rig.eth1, address("fd78::2"));
    rig.stack.addRoute(address("fd78::"), 64, undefined, rig.eth1);
    expect(rig.eth1.addresses.some((one) => one.address.isLinkLocal)).to.equal(true);
    rig.receive(through6());
    expect(sources(rig)).to.deep.equal([]);
    expect(rig.stack.counters.forward?.drops.toJSON()).to.deep.equal({ untranslatable: 1 });
    rig.stack.addAddress(rig.eth1, { address: address("fd78::2"), prefixLength: 64 }, "off");
    rig.receive(through6());
    expect(sources(rig)).to.deep.equal(["fd78::2"]);
    expect(rig.stack.counters.forward?.drops.toJSON()).to.deep.equal({ untranslatable: 1 });
  });
});
