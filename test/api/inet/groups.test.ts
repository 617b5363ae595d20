/** Groups and their sources as RFC 3678 has them: MCAST_…, IP_MSFILTER, `setsourcefilter`. Errnos are those that Linux 6.18 gave. */
import { expect } from "chai";
import {
  AF_INET,
  AF_INET6,
  IP_MSFILTER,
  IPPROTO_IP,
  IPPROTO_IPV6,
  inetPton,
  MCAST_BLOCK_SOURCE,
  MCAST_EXCLUDE,
  MCAST_INCLUDE,
  MCAST_JOIN_GROUP,
  MCAST_JOIN_SOURCE_GROUP,
  MCAST_LEAVE_GROUP,
  MCAST_LEAVE_SOURCE_GROUP,
  MCAST_MSFILTER,
  MCAST_UNBLOCK_SOURCE,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Socket,
  SocketError,
} from "../../../src/api/index.ts";
import { Lab, type LabHost } from "../../../src/lab/index.ts";
import { octets } from "../support.ts";

const G4 = 0xef01_0203;
const HERE = 0x0a00_0001;
const source4 = (last: number): number => 0xc000_0200 + last;
const G6 = inetPton(AF_INET6, "ff05::123");
const source6 = (last: number): bigint => inetPton(AF_INET6, `fd00::${last}`);

describe("groups of sockets (RFC 3678)", () => {
  let lab: Lab;
  let alice: LabHost;
  let bob: LabHost;
  let index: number;
  let four: Socket;
  let six: Socket;

  beforeEach(async () => {
    lab = new Lab({ seed: 1 });
    alice = lab.host("alice", "10.0.0.1/24", { claim: "off" });
    bob = lab.host("bob", "10.0.0.2/24", { claim: "off" });
    lab.link(alice, bob);
    index = alice.stack.interface("eth0")?.index ?? 0;
    four = alice.sockets.socket(AF_INET, SOCK_DGRAM);
    six = alice.sockets.socket(AF_INET6, SOCK_DGRAM);
    await lab.runFor("3s");
  });
  afterEach(() => lab.close());

  /** "" if the option was set, else the errno. */
  const set = (socket: Socket, level: number, option: number, value: unknown): string => {
    try {
      alice.sockets.setsockopt(socket, level as never, option as never, value as never);
      return "";
    } catch (error) {
      if (error instanceof SocketError) return error.code;
      throw error;
    }
  };
  const four4 = (option: number, ...value: unknown[]): string => set(four, IPPROTO_IP, option, value);
  const six6 = (option: number, ...value: unknown[]): string => set(six, IPPROTO_IPV6, option, value);
  const filter = (socket: Socket, group: number | bigint): unknown => {
    try {
      return alice.sockets.getsourcefilter(socket, index, group);
    } catch (error) {
      return (error as SocketError).code;
    }
  };

  it("are joined and left by the calls that both families share", () => {
    expect([
      four4(MCAST_JOIN_GROUP, G4, index),
      four4(MCAST_JOIN_GROUP, G4, index),
      four4(MCAST_BLOCK_SOURCE, G4, index, source4(1)),
      four4(MCAST_UNBLOCK_SOURCE, G4, index, source4(1)),
      four4(MCAST_LEAVE_GROUP, G4, index),
      four4(MCAST_LEAVE_GROUP, G4, index),
    ]).to.deep.equal(["", "EADDRINUSE", "", "", "", "EADDRNOTAVAIL"]);
    expect([
      six6(MCAST_JOIN_GROUP, G6, index),
      six6(MCAST_JOIN_GROUP, G6, index),
      six6(MCAST_BLOCK_SOURCE, G6, index, source6(1)),
      six6(MCAST_BLOCK_SOURCE, G6, index, source6(1)),
      six6(MCAST_UNBLOCK_SOURCE, G6, index, source6(1)),
      six6(MCAST_UNBLOCK_SOURCE, G6, index, source6(1)),
      six6(MCAST_LEAVE_GROUP, G6, index),
      six6(MCAST_LEAVE_GROUP, G6, index),
      six6(MCAST_BLOCK_SOURCE, G6, index, source6(1)),
    ]).to.deep.equal([
      "",
      "EADDRINUSE",
      "",
      "EADDRNOTAVAIL",
      "",
      "EADDRNOTAVAIL",
      "",
      "EADDRNOTAVAIL",
      "EINVAL",
    ]);
  });

  it("are joined for sources, and left with the last of them", () => {
    expect([
      four4(MCAST_JOIN_SOURCE_GROUP, G4, index, source4(1)),
      four4(MCAST_JOIN_SOURCE_GROUP, G4, index, source4(1)),
      four4(MCAST_LEAVE_SOURCE_GROUP, G4, index, source4(2)),
      four4(MCAST_LEAVE_SOURCE_GROUP, G4, index, source4(1)),
      four4(MCAST_LEAVE_SOURCE_GROUP, G4, index, source4(1)),
    ]).to.deep.equal(["", "EADDRNOTAVAIL", "EADDRNOTAVAIL", "", "EINVAL"]);
    expect([
      six6(MCAST_JOIN_SOURCE_GROUP, G6, index, source6(1)),
      six6(MCAST_JOIN_SOURCE_GROUP, G6, index, source6(1)),
      six6(MCAST_LEAVE_SOURCE_GROUP, G6, index, source6(2)),
      six6(MCAST_LEAVE_SOURCE_GROUP, G6, index, source6(1)),
      six6(MCAST_LEAVE_SOURCE_GROUP, G6, index, source6(1)),
    ]).to.deep.equal(["", "EADDRNOTAVAIL", "EADDRNOTAVAIL", "", "EINVAL"]);
  });

  it("are refused where there is no such group, interface, source or mode", () => {
    expect([
      four4(MCAST_JOIN_GROUP, G4, 999),
      four4(MCAST_JOIN_GROUP, HERE, index),
      four4(MCAST_JOIN_GROUP, G6, index),
      four4(MCAST_JOIN_GROUP, G4),
      four4(MCAST_JOIN_SOURCE_GROUP, G4, index, "x"),
      six6(MCAST_JOIN_GROUP, G6, 999),
      six6(MCAST_JOIN_GROUP, source6(1), index),
      six6(MCAST_JOIN_GROUP, Number(G4), index),
      four4(MCAST_MSFILTER, G4, index, 5, []),
      four4(MCAST_MSFILTER, G4, index, MCAST_EXCLUDE, [source4(1)]),
      four4(MCAST_MSFILTER, G4, index, MCAST_INCLUDE, []),
      set(alice.sockets.socket(AF_INET, SOCK_STREAM), IPPROTO_IP, MCAST_JOIN_GROUP, [G4, index]),
    ]).to.deep.equal([
      "ENODEV",
      ...["EINVAL", "EINVAL", "EINVAL", "EINVAL"],
      "ENODEV",
      ...["EINVAL", "EINVAL", "EINVAL", "EINVAL"],
      "EADDRNOTAVAIL",
      "EINVAL",
    ]);
  });

  it("have a filter that is set and read as a whole, by either name", () => {
    expect(filter(four, G4)).to.equal("EADDRNOTAVAIL");
    four4(MCAST_JOIN_GROUP, G4, index);
    expect(filter(four, G4)).to.deep.equal([MCAST_EXCLUDE, []]);
    expect(four4(IP_MSFILTER, G4, HERE, MCAST_INCLUDE, [source4(1), source4(2), source4(1)])).to.equal("");
    expect(filter(four, G4)).to.deep.equal([MCAST_INCLUDE, [source4(1), source4(2)]]);
    alice.sockets.setsourcefilter(four, index, G4, MCAST_EXCLUDE, [source4(3)]);
    expect(filter(four, G4)).to.deep.equal([MCAST_EXCLUDE, [source4(3)]]);
    const many = Array.from({ length: 11 }, (_, i) => source4(i));
    expect(four4(MCAST_MSFILTER, G4, index, MCAST_INCLUDE, many)).to.equal("ENOBUFS");
    expect(four4(MCAST_MSFILTER, G4, index, MCAST_INCLUDE, [])).to.equal("");
    expect(filter(four, G4), "to hear nobody is to leave").to.equal("EADDRNOTAVAIL");

    six6(MCAST_JOIN_GROUP, G6, index);
    alice.sockets.setsourcefilter(six, index, G6, MCAST_INCLUDE, [source6(2)]);
    expect(filter(six, G6)).to.deep.equal([MCAST_INCLUDE, [source6(2)]]);
    expect(filter(six, source6(1))).to.equal("EINVAL");
    expect(filter(alice.sockets.socket(AF_INET, SOCK_STREAM), G4)).to.equal("ENOPROTOOPT");
    const read = (): unknown => alice.sockets.getsockopt(four, IPPROTO_IP, IP_MSFILTER as never);
    expect(read).to.throw(SocketError).with.property("code", "EINVAL");
  });

  it("hear those whom the filter lets pass", async () => {
    alice.sockets.bind(four, AF_INET, 0, 9);
    four4(MCAST_JOIN_GROUP, G4, index);
    const sender = bob.sockets.socket(AF_INET, SOCK_DGRAM);
    const hears = async (): Promise<boolean> => {
      await lab.run(bob.sockets.sendto(sender, octets("x"), AF_INET, G4, 9));
      await lab.runFor("1s");
      return alice.sockets.tryRecvInto(four, new Uint8Array(9)) !== undefined;
    };
    expect(await hears()).to.equal(true);
    const bobs = 0x0a00_0002;
    alice.sockets.setsourcefilter(four, index, G4, MCAST_EXCLUDE, [bobs]);
    expect(await hears()).to.equal(false);
    alice.sockets.setsourcefilter(four, index, G4, MCAST_INCLUDE, [source4(1), bobs]);
    expect(await hears()).to.equal(true);
    alice.sockets.setsourcefilter(four, index, G4, MCAST_INCLUDE, [source4(1)]);
    expect(await hears()).to.equal(false);
  });
});
