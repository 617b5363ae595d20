/** `getnameinfo` beside glibc's, and AI_ADDRCONFIG (RFC 3493 §6). */
import { spawnSync } from "node:child_process";
import { expect } from "chai";
import {
  AddressInfoError,
  AF_INET,
  AF_INET6,
  AF_UNIX,
  AI_ADDRCONFIG,
  inet6Sockaddr,
  inetPton,
  inetSockaddr,
  NI_DGRAM,
  NI_NAMEREQD,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  type Sockets,
} from "../../../src/api/index.ts";
import { Lab } from "../../../src/lab/index.ts";

/** Address, port, flags: nothing here depends on what names the machine knows. */
const ASKED: readonly (readonly [string, number, number])[] = [
  ["192.0.2.1", 80, NI_NUMERICHOST],
  ["192.0.2.1", 80, NI_NUMERICHOST | NI_NUMERICSERV],
  ["192.0.2.1", 65_000, NI_NUMERICHOST],
  ["192.0.2.1", 514, NI_NUMERICHOST],
  ["192.0.2.1", 514, NI_NUMERICHOST | NI_DGRAM],
  ["192.0.2.1", 69, NI_NUMERICHOST],
  ["192.0.2.1", 69, NI_NUMERICHOST | NI_DGRAM],
  ["192.0.2.1", 0, NI_NUMERICHOST],
  ["192.0.2.1", 80, NI_NUMERICHOST | NI_NAMEREQD],
  ["192.0.2.1", 80, 1 << 20],
  ["127.0.0.1", 80, 0],
  ["127.0.0.1", 53, NI_NAMEREQD | NI_DGRAM],
  ["2001:db8::1", 443, NI_NUMERICHOST],
  ["::ffff:192.0.2.1", 443, NI_NUMERICHOST],
  ["::", 25, NI_NUMERICHOST],
];

const GLIBC = `
import json, socket, sys
codes = {getattr(socket, name): name for name in dir(socket) if name.startswith("EAI_")}
def asked(address, port, flags):
    where = (address, port) if ":" not in address else (address, port, 0, 0)
    try:
        return list(socket.getnameinfo(where, flags))
    except socket.gaierror as error:
        return codes[error.errno]
print(json.dumps([asked(*one) for one in json.loads(sys.argv[1])]))
`;

describe("getnameinfo", () => {
  let lab: Lab;
  let api: Sockets;

  beforeEach(() => {
    lab = new Lab({ seed: 1 });
    const alice = lab.host("alice", "10.0.0.1/24", { claim: "off" });
    lab.link(alice, lab.host("bob", "10.0.0.2/24"));
    api = alice.sockets;
  });
  afterEach(() => lab.close());

  const name = (text: string, port: number, flags = 0): Promise<unknown> => {
    const six = text.includes(":");
    const at = six
      ? inet6Sockaddr(inetPton(AF_INET6, text), port)
      : inetSockaddr(inetPton(AF_INET, text), port);
    return api.getnameinfo(at, flags).then(
      ({ host, service }) => [host, service],
      (error: unknown) => (error as AddressInfoError).code,
    );
  };

  it("gives what glibc gives", async function () {
    const python = spawnSync("python3", ["-c", GLIBC, JSON.stringify(ASKED)], { encoding: "utf8" });
    if (python.error !== undefined) this.skip();
    const theirs = JSON.parse(python.stdout) as unknown[];
    for (const [index, asked] of ASKED.entries())
      expect(await name(...asked), asked.join(" ")).to.deep.equal(theirs[index]);
  });

  it("knows the hosts of the tables, of both families, the latest first", async () => {
    expect(await name("::1", 80)).to.deep.equal(["localhost", "http"]);
    expect(await name("192.0.2.7", 80)).to.deep.equal(["192.0.2.7", "http"]);
    expect(await name("192.0.2.7", 80, NI_NAMEREQD)).to.equal("EAI_NONAME");
    api.databases.addHost(
      "server",
      [inetPton(AF_INET, "192.0.2.7"), inetPton(AF_INET6, "2001:db8::7")],
      ["www"],
    );
    expect(await name("192.0.2.7", 80)).to.deep.equal(["server", "http"]);
    // RFC 3493 §6.2 wants that of the IPv4 address; glibc looks for the mapped one, in vain.
    expect(await name("::ffff:192.0.2.7", 80)).to.deep.equal(["server", "http"]);
    expect(await name("2001:db8::7", 53, NI_DGRAM)).to.deep.equal(["server", "domain"]);
    api.databases.addHost("newer", [inetPton(AF_INET6, "2001:db8::7")]);
    expect(await name("2001:db8::7", 1)).to.deep.equal(["newer", "tcpmux"]);
  });

  it("names the interface of a link-local address, which getaddrinfo takes back", async () => {
    const link = inetPton(AF_INET6, "fe80::1");
    const { host } = await api.getnameinfo(inet6Sockaddr(link, 0, 0, 2), NI_NUMERICHOST);
    expect(host).to.equal("fe80::1%eth0");
    const [found] = await api.getaddrinfo(host, "80");
    expect(found?.address).to.include({ address: link, scopeId: 2 });
    expect((await api.getnameinfo(inet6Sockaddr(link, 0, 0, 77), NI_NUMERICHOST)).host).to.equal(
      "fe80::1%77",
    );
    expect(await api.getaddrinfo("fe80::1%eth9").catch((error: Error) => error.message)).to.equal(
      "getaddrinfo: name or service not known",
    );
  });

  it("knows AF_UNIX, and no other family, nor what is no address", async () => {
    expect(await api.getnameinfo({ family: AF_UNIX, path: "/tmp/x" })).to.deep.equal({
      host: "localhost",
      service: "/tmp/x",
    });
    for (const wrong of [{ family: 99 }, undefined, "x"]) {
      const outcome = await api.getnameinfo(wrong as never).catch((error: AddressInfoError) => error);
      expect(outcome).to.be.instanceOf(AddressInfoError);
      expect(outcome).to.include({ code: "EAI_FAMILY", syscall: "getnameinfo" });
    }
  });
});

describe("AI_ADDRCONFIG", () => {
  const families = async (address: string, family = 0, flags = AI_ADDRCONFIG): Promise<unknown> => {
    const lab = new Lab({ seed: 1 });
    const alice = lab.host("alice", address, { claim: "off" });
    if (address !== "") lab.link(alice, lab.host("bob", address.replace("1/", "2/")));
    alice.sockets.databases.addHost("both", [
      inetPton(AF_INET, "192.0.2.7"),
      inetPton(AF_INET6, "2001:db8::7"),
    ]);
    const found = await alice.sockets
      .getaddrinfo("both", "80", flags, family, 1)
      .catch((error: unknown) => error);
    lab.close();
    return found instanceof AddressInfoError
      ? found.code
      : (found as { family: number }[]).map((each) => each.family);
  };

  it("gives the families that the host has addresses of", async () => {
    const both = await families("10.0.0.1/24", 0, 0);
    expect(both).to.deep.equal([AF_INET6, AF_INET]);
    // A link-local address counts, as in glibc: a host of the Lab that has IPv6 has one.
    expect(await families("fd00::1/64")).to.deep.equal([AF_INET6]);
    expect(await families("fd00::1/64", AF_INET)).to.equal("EAI_NONAME");
    expect(await families("10.0.0.1/24", AF_INET)).to.deep.equal([AF_INET]);
  });
});
