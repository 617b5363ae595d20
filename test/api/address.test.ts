import { expect } from "chai";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  formatSockaddr,
  makeSocketAddress,
  NO_ADDRESS,
  SocketError,
  sockaddrAddr,
  sockaddrFam,
  sockaddrPath,
  sockaddrPort,
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

  for (const [what, code, make] of [
    ["a port above 65535", "EINVAL", () => makeSocketAddress(AF_INET, 0, 65_536)],
    ["a negative port", "EINVAL", () => makeSocketAddress(AF_INET, 0, -1)],
    ["half a port", "EINVAL", () => makeSocketAddress(AF_INET, 0, 0.5)],
    ["an address of 33 bits", "EINVAL", () => makeSocketAddress(AF_INET, 2 ** 32, 1)],
    ["an address in text", "EINVAL", () => makeSocketAddress(AF_INET, "127.0.0.1", 1)],
    ["a missing port", "EINVAL", () => makeSocketAddress(AF_INET, 1)],
    ["a number as path", "EINVAL", () => makeSocketAddress(AF_UNIX, 7)],
    ["a path of 109 octets", "EINVAL", () => makeSocketAddress(AF_UNIX, `${"é".repeat(54)}x`)],
    ["another family", "EAFNOSUPPORT", () => makeSocketAddress(AF_INET6, 0, 1)],
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
