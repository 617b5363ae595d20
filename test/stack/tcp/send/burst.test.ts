import { expect } from "chai";
import { established } from "../../../support/rig.ts";

describe("PSH", () => {
  it("stands where nothing is left to be sent, and by default nowhere else (MUST-61)", () => {
    const rig = established({ peer: "mss 1000" });
    rig.write(12_000);
    expect(rig.sent.filter((line) => line.startsWith("P."))).to.deep.equal([]);
    rig.passOver(10);
    rig.peerSends(". 1:1 ack 10001 win 65535");
    expect(rig.sent.at(-1)).to.match(/^P\. 11001:12001/);
    rig.passOver(2);
    rig.check();
  });

  it("stands at the end of a burst, half of the congestion window at most, where Linux's habit is asked for", () => {
    const rig = established({ peer: "mss 1000", tcp: { config: { pushBursts: 2 } } });
    rig.write(12_000);
    expect(rig.sent.map((line) => line.split(" ", 2).join(" "))).to.deep.equal([
      ...[0, 1000, 2000, 3000].map((at) => `. ${at + 1}:${at + 1001}`),
      "P. 4001:5001",
      ...[5000, 6000, 7000, 8000].map((at) => `. ${at + 1}:${at + 1001}`),
      "P. 9001:10001",
    ]);
    rig.passOver(10);
    rig.peerSends(". 1:1 ack 1001 win 65535");
    rig.passOver(2);
    rig.check();
  });
});
