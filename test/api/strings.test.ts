/** Strings to be sent, and what an errno means in a call. */
import { expect } from "chai";
import fc from "fast-check";
import { TEXTS_OF_CALLS } from "../../src/api/error-texts.ts";
import {
  AF_INET,
  AF_UNIX,
  createSockets,
  EPOLL_CTL_DEL,
  errno,
  IPPROTO_TCP,
  SOCK_STREAM,
  TCP_CONGESTION,
} from "../../src/api/index.ts";
import { Lab } from "../../src/lab/index.ts";
import { encodeUtf8 } from "../../src/stack/base/utf8.ts";
import { QuietStack, text } from "./support.ts";

describe("strings to be sent", () => {
  it("go in UTF-8, by every call that sends, and count in octets", async () => {
    const api = createSockets(new QuietStack());
    const [left, right] = api.socketpair(AF_UNIX, SOCK_STREAM);
    expect(await api.send(left, "aé€😀")).to.equal(10);
    expect(await api.sendmsg(left, { data: ["x", Uint8Array.of(121), "ź"] })).to.equal(4);
    expect(api.trySend(left, "z")).to.equal(1);
    expect(await api.send(left, "0123456", 0, 2, 4)).to.equal(2);
    const buffer = new Uint8Array(40);
    const count = await api.recvInto(right, buffer);
    expect(text(buffer.subarray(0, count))).to.equal("aé€😀xyźz23");
  });

  it("are encoded as TextEncoder does, lone surrogates too", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 20 }),
        fc.constantFrom("", "\ud800", "\udfff"),
        (given, lone) => {
          const whole = given + lone;
          expect([...encodeUtf8(whole)]).to.deep.equal([...new TextEncoder().encode(whole)]);
        },
      ),
    );
  });
});

describe("what an errno means", () => {
  it("belongs to the call, not to the number", async () => {
    const lab = new Lab({ seed: 1 });
    const { sockets } = lab.host("a", "10.0.0.1/24");
    const s = sockets.socket(AF_INET, SOCK_STREAM);
    const set = sockets.epollCreate();
    expect(() => sockets.setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "nope")).to.throw(
      "setsockopt: there is no congestion control of that name (ENOENT)",
    );
    expect(() => set.control(EPOLL_CTL_DEL, s)).to.throw("epoll_ctl: the socket is not in the set (ENOENT)");
    expect(() => sockets.unlink("/x")).to.throw("unlink: there is no such name (ENOENT)");
    const u = sockets.socket(AF_UNIX, SOCK_STREAM);
    const refused = await sockets.connect(u, AF_UNIX, "/x").catch((error: Error) => error.message);
    expect(refused).to.equal("connect: there is no socket of that name (ENOENT)");
    lab.close();
  });

  it("is told for errnos that there are", () => {
    for (const [call, texts] of Object.entries(TEXTS_OF_CALLS)) {
      for (const code of Object.keys(texts)) expect(errno, `${call} ${code}`).to.have.property(code);
    }
  });
});
