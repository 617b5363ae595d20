import { expect } from "chai";
import { milliseconds, seconds } from "../../../../src/stack/index.ts";
import { established, type Rig } from "../../../support/rig.ts";

/** How large the congestion window is before and after `segments` of its ten were sent at once and acknowledged. */
function growth(tcp: Rig, segments: number): readonly [number, number] {
  const before = tcp.endpoint.info().congestionWindow;
  tcp.write(segments * 1460);
  tcp.time.elapse(milliseconds(20));
  tcp.peerSends(`. 1:1 ack ${1 + segments * 1460} win 65535`);
  tcp.pass(seconds(1));
  tcp.expectSent();
  return [before / 1460, tcp.endpoint.info().congestionWindow / 1460];
}

describe("the congestion window, in slow start", () => {
  for (const congestion of ["cubic", "newreno"]) {
    describe(`of ${congestion}`, () => {
      const open = (): Rig => established({ options: { congestion, sendBuffer: 100_000 } });

      it("has been used by a flight that fills it to the last octet, and doubles (RFC 5681 §3.1)", () => {
        const tcp = open();
        expect(growth(tcp, 10)).to.deep.equal([10, 20]);
        tcp.check();
      });

      it("counts as used from half of it on (RFC 7661 §4.3, as in Linux)", () => {
        for (const [segments, after] of [
          [8, 18],
          [6, 16],
          [4, 10],
          [1, 10],
        ] as const) {
          const tcp = open();
          expect(growth(tcp, segments), `${segments} segments`).to.deep.equal([10, after]);
          tcp.check();
        }
      });
    });
  }
});
