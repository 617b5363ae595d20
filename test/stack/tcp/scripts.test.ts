import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { runPacketScript } from "../../support/packet-script.ts";

const FOLDER = "test/scripts";

describe("TCP, by packet script", () => {
  for (const name of readdirSync(FOLDER)) {
    it(`does what ${name} says`, () => runPacketScript(readFileSync(`${FOLDER}/${name}`, "utf8")));
  }
});

describe("a packet script", () => {
  const opening = `
    +0 listen(3, 1) = 0
    +0 < S 0:0(0) win 65535 <mss 1460>
    +0 > S. 0:0(0) ack 1 <mss 1460>
    +0 < . 1:1(0) ack 1 win 65535
    +0 accept(3, ..., ...) = 4
    +0 write(4, ..., 10) = 10`;

  it("fails when something else is sent, or at another time, or nothing, or more", () => {
    const with_ =
      (line: string): (() => void) =>
      () =>
        runPacketScript(`${opening}\n${line}`);
    expect(with_("+0 > P. 1:11(10) ack 1\n+0 < . 1:1(0) ack 11 win 65535")).not.to.throw();
    expect(with_("+0 > P. 1:12(11) ack 1")).to.throw(/line 8.*\n.*sent instead: P\. 1:11/);
    expect(with_("+.1 > P. 1:11(10) ack 1")).to.throw(/100 ms before its time/);
    expect(with_("+0 > P. 1:11(10) ack 1\n+.1 > P. 1:11(10) ack 1")).to.throw(/nothing was sent/);
    expect(with_("+0 < . 1:1(0) ack 11 win 65535")).to.throw(/not in the script: P\. 1:11/);
    expect(with_("+0 read(4, ..., 10) = 5")).to.throw(/read returned -1/);
  });
});
