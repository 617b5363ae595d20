/** `net` and `dgram` over a stack that speaks IPv6: what Node's own do on a host that does. */
import type { RemoteInfo } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo, ListenOptions, Server, Socket } from "node:net";
import { expect } from "chai";
import { loopbackStack } from "./loopback-stack.ts";
import { type NetRig, rigOn, settled } from "./net-rig.ts";

describe("IPv6 under Node's modules", () => {
  let rig: NetRig;

  beforeEach(() => {
    rig = rigOn(loopbackStack());
  });

  afterEach(() => settled(rig));

  async function serving(options: ListenOptions): Promise<[Server, Socket[]]> {
    const accepted: Socket[] = [];
    const server = rig.net.createServer((socket) => accepted.push(socket));
    server.listen(options);
    await once(server, "listening");
    return [server, accepted];
  }

  async function ended(server: Server, ...sockets: readonly Socket[]): Promise<void> {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  }

  const at = (server: Server): AddressInfo => server.address() as AddressInfo;

  it("lets a server without an address take both families", async () => {
    const [server, accepted] = await serving({ port: 0 });
    expect(at(server)).to.include({ address: "::", family: "IPv6" });
    const clients: Socket[] = [];
    for (const [host, seen] of [
      ["::1", "::1"],
      ["127.0.0.1", "::ffff:127.0.0.1"],
      ["::ffff:127.0.0.1", "::ffff:127.0.0.1"],
    ] as const) {
      const client = rig.net.connect(at(server).port, host);
      clients.push(client);
      await Promise.all([once(client, "connect"), once(server, "connection")]);
      const other = accepted.at(-1);
      expect([other?.remoteAddress, other?.remoteFamily, other?.remotePort]).to.deep.equal([
        seen,
        "IPv6",
        client.localPort,
      ]);
      expect(client.remoteAddress).to.equal(host);
    }
    await ended(server, ...clients, ...accepted);
  });

  it("lets one with ipv6Only take IPv6 alone, beside one of IPv4 at its port", async () => {
    const [six] = await serving({ port: 0, host: "::", ipv6Only: true });
    const { port } = at(six);
    const refused = rig.net.connect(port, "127.0.0.1");
    const [failure] = await once(refused, "error");
    expect(failure).to.include({ code: "ECONNREFUSED" });
    const [four, accepted] = await serving({ port, host: "0.0.0.0" });
    const client = rig.net.connect(port, "127.0.0.1");
    await Promise.all([once(client, "connect"), once(four, "connection")]);
    await ended(four, client, ...accepted);
    await ended(six);
  });

  it("does not let one of both families beside another at its port", async () => {
    const [server] = await serving({ port: 0 });
    const second = rig.net.createServer();
    second.listen(at(server).port);
    const [failure] = await once(second, "error");
    expect(failure).to.include({ code: "EADDRINUSE", syscall: "listen", address: "::" });
    await ended(server);
  });

  it("tries the next address of a name where the first leads nowhere (autoSelectFamily)", async () => {
    const [server, accepted] = await serving({ port: 0, host: "127.0.0.1" });
    const addresses = [
      { address: "::1", family: 6 },
      { address: "127.0.0.1", family: 4 },
    ];
    const client = rig.net.connect({
      port: at(server).port,
      host: "both.example",
      autoSelectFamily: true,
      lookup: (_name, _options, callback) => callback(null, addresses as never),
    });
    await Promise.all([once(client, "connect"), once(server, "connection")]);
    expect([client.remoteAddress, client.remoteFamily]).to.deep.equal(["127.0.0.1", "IPv4"]);
    expect(client.autoSelectFamilyAttemptedAddresses).to.deep.equal([
      `::1:${at(server).port}`,
      `127.0.0.1:${at(server).port}`,
    ]);
    await ended(server, client, ...accepted);
  });

  it("knows localhost in both families", async () => {
    const [server, accepted] = await serving({ port: 0, host: "::1" });
    const client = rig.net.connect({ port: at(server).port, host: "localhost", family: 6 });
    await Promise.all([once(client, "connect"), once(server, "connection")]);
    expect(client.remoteAddress).to.equal("::1");
    await ended(server, client, ...accepted);
  });

  it("carries datagrams of udp6, from both families unless ipv6Only", async () => {
    const both = rig.dgram.createSocket("udp6");
    both.bind(0);
    await once(both, "listening");
    expect(both.address()).to.include({ address: "::", family: "IPv6" });
    const senders = [rig.dgram.createSocket("udp6"), rig.dgram.createSocket("udp4")] as const;
    const hosts = ["::1", "127.0.0.1"];
    for (const [index, sender] of senders.entries()) {
      sender.send(`from ${index}`, both.address().port, hosts[index]);
      const [octets, from] = (await once(both, "message")) as [Buffer, RemoteInfo];
      expect(String(octets)).to.equal(`from ${index}`);
      expect(from).to.include({ family: "IPv6", address: index === 0 ? "::1" : "::ffff:127.0.0.1" });
    }
    const only = rig.dgram.createSocket({ type: "udp6", ipv6Only: true });
    only.bind(0);
    await once(only, "listening");
    const beside = rig.dgram.createSocket("udp4");
    beside.bind(only.address().port);
    await once(beside, "listening");
    senders[1].send("to IPv4", beside.address().port, "127.0.0.1");
    const [octets] = await once(beside, "message");
    expect(String(octets)).to.equal("to IPv4");
    for (const socket of [both, only, beside, ...senders]) socket.close();
  });

  it("sends by a connected udp6 socket to where its name leads", async () => {
    const there = rig.dgram.createSocket("udp6");
    there.bind(0, "::1");
    await once(there, "listening");
    const here = rig.dgram.createSocket("udp6");
    here.connect(there.address().port, "localhost");
    await once(here, "connect");
    expect(here.remoteAddress()).to.include({ address: "::1", family: "IPv6" });
    here.send("hello");
    const [octets] = await once(there, "message");
    expect(String(octets)).to.equal("hello");
    here.close();
    there.close();
  });
});
