import { expect } from "chai";
import * as exported from "../../../src/api/index.ts";
import {
  AddressInfoError,
  AF_INET,
  AF_INET6,
  AF_UNIX,
  AI_ALL,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  AI_PASSIVE,
  AI_V4MAPPED,
  createSockets,
  formatSockaddr,
  gaiStrerror,
  LookupError,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  type Sockets,
} from "../../../src/api/index.ts";
import { QuietStack } from "../support.ts";

/** Guile's names are no identifiers, so they are looked up. */
const guile = { ...exported };

describe("network databases", () => {
  let api: Sockets;

  beforeEach(() => {
    api = createSockets(new QuietStack());
  });

  it("know what Guile's do: tcp, http, localhost, loopback", async () => {
    expect(api.getprotobyname("tcp")).to.deep.equal({ name: "tcp", aliases: ["TCP"], protocol: 6 });
    expect(api.getproto(17)?.name).to.equal("udp");
    expect(api.getservbyname("http", "tcp")).to.deep.equal({
      name: "http",
      aliases: ["www"],
      port: 80,
      protocol: "tcp",
    });
    expect(api.getservbyname("www").port).to.equal(80);
    expect(api.getserv(7, "udp")?.name).to.equal("echo");
    expect((await api.gethostbyname("LocalHost")).addresses).to.deep.equal([2_130_706_433]);
    expect((await api.gethostbyaddr(2_130_706_433)).name).to.equal("localhost");
    expect((await api.gethost("10.77.0.2"))?.addresses).to.deep.equal([0x0a4d_0002]);
    expect((await api.getnetbyname("loopback")).network).to.equal(127);
    expect((await api.getnet(127))?.name).to.equal("loopback");
  });

  it("say what they have not", async () => {
    for (const [call, code] of [
      [() => api.gethostbyname("nobody"), "host-not-found"],
      [() => api.gethostbyaddr(1), "host-not-found"],
      [() => api.getnetbyname("none"), "ENOENT"],
      [() => api.getnetbyaddr(9), "ENOENT"],
    ] as const) {
      const outcome = await call().catch((error: unknown) => error);
      expect(outcome).to.be.instanceOf(LookupError).that.includes({ code });
    }
    for (const call of [
      () => api.getprotobyname("none"),
      () => api.getprotobynumber(255),
      () => api.getservbyname("ssh", "udp"),
      () => api.getservbyport(80, "sctp"),
    ]) {
      expect(call).to.throw(LookupError).with.property("code", "ENOENT");
    }
  });

  it("take rows of the user's, which come first, and belong to one set of sockets", async () => {
    api.databases.addHost("db", [0x0a00_0005, 0x0a00_0006], ["postgres.example"]);
    api.databases.addService("http", 8080, "tcp");
    api.databases.addProtocol("mine", 253);
    api.databases.addNetwork("lab", 10);
    expect((await api.gethostbyname("Postgres.Example")).name).to.equal("db");
    expect(api.getservbyname("http").port).to.equal(8080);
    expect(api.getprotobynumber(253).name).to.equal("mine");
    expect((await api.getnetbyaddr(10)).name).to.equal("lab");
    expect(createSockets(new QuietStack()).getservbyname("http").port).to.equal(80);
  });

  it("are gone through row by row, and anew after a set", async () => {
    const tables = [
      [() => api.gethost(), () => api.sethostent(), () => api.endhostent(), 1],
      [() => api.getnet(), () => api.setnetent(), () => api.endnetent(), 3],
      [() => api.getproto(), () => api.setprotoent(), () => api.endprotoent(), 20],
      [() => api.getserv(), () => api.setservent(), () => api.endservent(), 60],
    ] as const;
    for (const [next, rewind, end, least] of tables) {
      const names: string[] = [];
      for (let row = await next(); row !== undefined; row = await next()) names.push(row.name);
      expect(names.length).to.be.at.least(least);
      rewind();
      expect((await next())?.name).to.equal(names[0]);
      end();
      expect((await next())?.name).to.equal(names[0]);
    }
  });

  it("have Guile's accessors", async () => {
    const host = await api.gethostbyname("localhost");
    expect(guile["hostent:name"](host)).to.equal("localhost");
    expect(guile["hostent:aliases"](host)).to.deep.equal([]);
    expect(guile["hostent:addrtype"](host)).to.equal(AF_INET);
    expect(guile["hostent:length"](host)).to.equal(4);
    expect(guile["hostent:addr-list"](host)).to.deep.equal([0x7f00_0001]);
    const network = await api.getnetbyname("loopback");
    expect(guile["netent:name"](network)).to.equal("loopback");
    expect(guile["netent:aliases"](network)).to.deep.equal([]);
    expect(guile["netent:addrtype"](network)).to.equal(AF_INET);
    expect(guile["netent:net"](network)).to.equal(127);
    const protocol = api.getprotobyname("udp");
    expect(guile["protoent:name"](protocol)).to.equal("udp");
    expect(guile["protoent:aliases"](protocol)).to.deep.equal(["UDP"]);
    expect(guile["protoent:proto"](protocol)).to.equal(17);
    const service = api.getservbyname("discard", "udp");
    expect(guile["servent:name"](service)).to.equal("discard");
    expect(guile["servent:aliases"](service)).to.deep.equal(["sink", "null"]);
    expect(guile["servent:port"](service)).to.equal(9);
    expect(guile["servent:proto"](service)).to.equal("udp");
    const [info] = await api.getaddrinfo("localhost", "7", AI_CANONNAME, AF_INET, SOCK_STREAM);
    if (info === undefined) throw new Error("no address");
    expect(guile["addrinfo:flags"](info)).to.equal(AI_CANONNAME);
    expect(guile["addrinfo:fam"](info)).to.equal(AF_INET);
    expect(guile["addrinfo:socktype"](info)).to.equal(SOCK_STREAM);
    expect(guile["addrinfo:protocol"](info)).to.equal(6);
    expect(guile["addrinfo:addr"](info)).to.deep.equal({ family: 2, address: 0x7f00_0001, port: 7 });
    expect(guile["addrinfo:canonname"](info)).to.equal("localhost");
  });

  it("make addresses of names for getaddrinfo", async () => {
    const [stream, datagram] = await api.getaddrinfo("localhost", "echo", AI_CANONNAME, AF_INET);
    expect(stream).to.deep.equal({
      flags: AI_CANONNAME,
      family: AF_INET,
      style: SOCK_STREAM,
      protocol: 6,
      address: { family: 2, address: 2_130_706_433, port: 7 },
      canonicalName: "localhost",
    });
    expect(datagram?.style).to.equal(SOCK_DGRAM);
    expect(datagram?.canonicalName).to.equal(undefined);
    expect((await api.getaddrinfo("10.0.0.1", "http", 0, AF_INET)).map(({ style }) => style)).to.deep.equal([
      SOCK_STREAM,
    ]);
    expect((await api.getaddrinfo(undefined, "80", AI_PASSIVE, 0, SOCK_STREAM))[0]?.address.address).to.equal(
      0,
    );
    expect((await api.getaddrinfo(undefined, "80", 0, AF_INET, SOCK_STREAM))[0]?.address.address).to.equal(
      2_130_706_433,
    );
  });

  it("give addresses of both families, and mapped ones where that is wanted (RFC 3493 §6.1)", async () => {
    api.databases.addHost("both.example", [0x0a00_0001, 0xfd77n << 112n], ["alias.example"]);
    api.databases.addHost("six.example", [7n]);
    api.databases.addHost("four.example", [0x0a00_0004]);
    const ask = async (name: string | undefined, family = 0, flags = 0): Promise<unknown> => {
      try {
        const found = await api.getaddrinfo(name, "80", flags, family, SOCK_STREAM);
        return found.map(({ address }) => formatSockaddr(address));
      } catch (error) {
        return (error as AddressInfoError).code;
      }
    };
    const MAPPED = AI_V4MAPPED;
    for (const [asked, expected] of [
      [ask("localhost"), ["[::1]:80", "127.0.0.1:80"]],
      [ask("localhost", AF_INET6), ["[::1]:80"]],
      [ask(undefined), ["[::1]:80", "127.0.0.1:80"]],
      [ask(undefined, 0, AI_PASSIVE), ["0.0.0.0:80", "[::]:80"]],
      [ask("ALIAS.example"), ["[fd77::]:80", "10.0.0.1:80"]],
      [ask("six.example"), ["[::7]:80"]],
      [ask("six.example", AF_INET), "EAI_NODATA"],
      [ask("four.example", AF_INET6), "EAI_NODATA"],
      [ask("four.example", AF_INET6, MAPPED), ["[::ffff:10.0.0.4]:80"]],
      [ask("both.example", AF_INET6, MAPPED), ["[fd77::]:80"]],
      [ask("both.example", AF_INET6, MAPPED | AI_ALL), ["[fd77::]:80", "[::ffff:10.0.0.1]:80"]],
      [ask("::1"), ["[::1]:80"]],
      [ask("::1", AF_INET), "EAI_ADDRFAMILY"],
      [ask("127.0.0.1", AF_INET6), "EAI_ADDRFAMILY"],
      [ask("127.0.0.1", AF_INET6, MAPPED), ["[::ffff:127.0.0.1]:80"]],
      [ask("fe80::1%3", 0, AI_NUMERICHOST), ["[fe80::1%3]:80"]],
      [ask("127.0.0.1%3"), "EAI_NONAME"],
    ] as const)
      expect(await asked).to.deep.equal(expected);
    expect((await api.gethostbyname("both.example")).addresses).to.deep.equal([0x0a00_0001]);
    const [failed] = await Promise.allSettled([api.gethostbyname("six.example")]);
    expect(failed?.status).to.equal("rejected");
  });

  it("fail with the codes of getaddrinfo", async () => {
    for (const [call, code, errno] of [
      [() => api.getaddrinfo("nobody"), "EAI_NONAME", -2],
      [() => api.getaddrinfo(undefined), "EAI_NONAME", -2],
      [() => api.getaddrinfo("localhost", "80", AI_NUMERICHOST), "EAI_NONAME", -2],
      [() => api.getaddrinfo("localhost", "http", AI_NUMERICSERV), "EAI_NONAME", -2],
      [() => api.getaddrinfo("localhost", "no-such-service"), "EAI_SERVICE", -8],
      [() => api.getaddrinfo("localhost", "70000"), "EAI_SERVICE", -8],
      [() => api.getaddrinfo("localhost", "80", 0, AF_UNIX), "EAI_FAMILY", -6],
      [() => api.getaddrinfo("localhost", "80", 0, 0, SOCK_SEQPACKET), "EAI_SOCKTYPE", -7],
      [() => api.getaddrinfo("localhost", "80", 1 << 20), "EAI_BADFLAGS", -1],
      [() => api.getaddrinfo(undefined, "80", AI_CANONNAME), "EAI_BADFLAGS", -1],
    ] as const) {
      const outcome = await call().catch((error: unknown) => error);
      expect(outcome).to.be.instanceOf(AddressInfoError).that.includes({ code, errno });
    }
    expect(gaiStrerror(-2)).to.equal("name or service not known");
    expect(gaiStrerror(-99)).to.equal("unknown error -99");
  });
});
