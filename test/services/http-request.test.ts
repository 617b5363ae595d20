import { expect } from "chai";
import fc from "fast-check";
import { ascii } from "../../src/services/ascii.ts";
import { type HttpRequest, MAX_BODY, MAX_HEAD, readRequest } from "../../src/services/http-request.ts";

function read(text: string): HttpRequest | undefined {
  const bytes = ascii(text);
  return readRequest(bytes, bytes.length);
}

describe("HTTP request reader (RFC 9112)", () => {
  it("reads method, path and version, and leaves what follows the head", () => {
    const head = "GET /stats.json?x=1 HTTP/1.1\r\nHost: a\r\n\r\n";
    expect(read(`${head}GET / HTTP`)).to.deep.include({
      status: 200,
      method: "GET",
      path: "/stats.json",
      minor: 1,
      keepAlive: true,
      body: 0,
      head: head.length,
    });
  });

  it("waits for the rest of a head, at whatever octet it is cut", () => {
    const head = "\r\nGET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    for (let cut = 0; cut < head.length; cut++)
      expect(read(head.slice(0, cut)), `${cut}`).to.equal(undefined);
    expect(read(head)).to.deep.include({ status: 200, keepAlive: true, head: head.length });
  });

  it("closes after an HTTP/1.0 request and after Connection: close, in any spelling", () => {
    expect(read("GET / HTTP/1.0\r\n\r\n")?.keepAlive).to.equal(false);
    expect(read("GET / HTTP/1.1\r\nHost: a\r\nCONNECTION: Foo , CLOSE\r\n\r\n")?.keepAlive).to.equal(false);
    expect(read("GET / HTTP/1.0\r\nconnection: Keep-Alive\r\n\r\n")?.keepAlive).to.equal(true);
  });

  it("takes bare line feeds and absolute targets", () => {
    expect(read("GET http://10.0.0.1:80/a/b?c HTTP/1.1\nHost: a\n\n")?.path).to.equal("/a/b");
    expect(read("GET http://10.0.0.1 HTTP/1.1\nHost: a\n\n")?.path).to.equal("/");
  });

  const refused: readonly [string, number][] = [
    ["GET /\r\n\r\n", 400],
    ["GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400],
    ["G T / HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505],
    ["GET / HTTP/1.1\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400],
    ["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 411],
    ["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400],
    ["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400],
    ["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400],
    [`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${MAX_BODY + 1}\r\n\r\n`, 413],
    [`GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(MAX_HEAD)}`, 431],
  ];
  for (const [text, status] of refused) {
    it(`answers ${status} to ${JSON.stringify(text.slice(0, 70))}`, () => {
      expect(read(text)).to.deep.include({ status, keepAlive: false });
    });
  }

  it("never throws, and never takes more than there is, whatever comes", () => {
    const part = fc.constantFrom(
      "GET ",
      "/",
      " HTTP/1.1",
      "\r\n",
      "\n",
      "Host: a",
      ":",
      " ",
      "Content-Length: 5",
      "\0",
    );
    const text = fc.oneof(
      fc.array(part, { maxLength: 20 }).map((parts) => parts.join("")),
      fc.string(),
    );
    fc.assert(
      fc.property(text, (given) => {
        const request = read(given);
        expect(request?.head ?? 0).to.be.within(0, given.length);
      }),
    );
  });
});
