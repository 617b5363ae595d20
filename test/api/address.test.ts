import { expect } from "chai";
import {
  AF_INET,
  AF_INET6,
  AF_PACKET,
  AF_UNIX,
  formatSockaddr,
  inetPton,
  makeSocketAddress,
  NO_ADDRESS,
  SocketError,
  sockaddrAddr,
  sockaddrFam,
  sockaddrFlowInfo,
  sockaddrPath,
  sockaddrPort,
  sockaddrScopeId,
} from "../../src/api/index.ts";

describe("socket addresses", () => {
  it("keep what they were made of, integers in host order", () => {
    const http = makeSocketAddress(AF_INET, 0x7f00_0001, 80);
    expect(sockaddrFam(http)).to.equal(2);
    expect(sockaddrAddr(http)).to.equal(2_130_706_433);
    expect(sockaddrPort(http)).to.equal(80);
    expect(formatSockaddr(http)).to.equal("127.0.0.1:80");
    const path = makeSocketAddress(AF_UNIX, "/run/it");
    expect(sockaddrFam(path)).to.equal(1);
    expect(sockaddrPath(path)).to.equal("/run/it");
    expect(sockaddrFam(NO_ADDRESS)).to.equal(0);
  });

  it("of AF_INET6 keep 128 bits, the flow and the scope", () => {
    const one = makeSocketAddress(AF_INET6, inetPton(AF_INET6, "fe80::1"), 80, 7, 2);
    expect([sockaddrFam(one), sockaddrPort(one), sockaddrFlowInfo(one), sockaddrScopeId(one)]).to.deep.equal([
      10, 80, 7, 2,
    ]);
    expect(sockaddrAddr(one)).to.equal((0xfe80n << 112n) | 1n);
    expect(formatSockaddr(one)).to.equal("[fe80::1%2]:80");
    expect(formatSockaddr(makeSocketAddress(AF_INET6, 1, 80))).to.equal("[::1]:80");
    const mapped = makeSocketAddress(AF_INET6, inetPton(AF_INET6, "::ffff:192.0.2.1"), 80);
    expect(formatSockaddr(mapped)).to.equal("[::ffff:192.0.2.1]:80");
    expect(() => sockaddrScopeId(makeSocketAddress(AF_INET, 1, 1))).to.throw(SocketError, "sockaddr:scopeid");
  });

  for (const [what, code, make] of [
    ["a port above 65535", "EINVAL", () => makeSocketAddress(AF_INET, 0, 65_536)],
    ["a negative port", "EINVAL", () => makeSocketAddress(AF_INET, 0, -1)],
    ["half a port", "EINVAL", () => makeSocketAddress(AF_INET, 0, 0.5)],
    ["an address of 33 bits", "EINVAL", () => makeSocketAddress(AF_INET, 2 ** 32, 1)],
    ["an address in text", "EINVAL", () => makeSocketAddress(AF_INET, "127.0.0.1", 1)],
    ["a missing port", "EINVAL", () => makeSocketAddress(AF_INET, 1)],
    ["a number as path", "EINVAL", () => makeSocketAddress(AF_UNIX, 7)],
    ["a path of 109 octets", "EINVAL", () => makeSocketAddress(AF_UNIX, `${"é".repeat(54)}x`)],
    ["an address of 129 bits", "EINVAL", () => makeSocketAddress(AF_INET6, 1n << 128n, 1)],
    ["a negative address", "EINVAL", () => makeSocketAddress(AF_INET6, -1n, 1)],
    ["a scope that is no index", "EINVAL", () => makeSocketAddress(AF_INET6, 1n, 1, 0, -1)],
    ["another family", "EAFNOSUPPORT", () => makeSocketAddress(AF_PACKET, 0, 1)],
  ] as const) {
    it(`refuse ${what} with ${code}`, () => {
      expect(make).to.throw(SocketError).with.property("code", code);
    });
  }

  it("have no port where the family has none", () => {
    expect(() => sockaddrPort(makeSocketAddress(AF_UNIX, "/x"))).to.throw(SocketError, "sockaddr:port");
    expect(() => sockaddrPath(makeSocketAddress(AF_INET, 1, 1))).to.throw(SocketError, "sockaddr:path");
  });
});
