/** TCP as one sees it who looks on: RFC 5382, RFC 7857. */
import { expect } from "chai";
import { TcpProgress } from "../../../src/stack/track/tcp-progress.ts";

const FLAGS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, ".": 16 };

/** Whether it is established after these, "S" from the caller, "<S." from the called. */
function established(...segments: readonly string[]): boolean {
  const progress = new TcpProgress();
  for (const segment of segments) {
    const isReply = segment.startsWith("<");
    const flags = [...segment.replace("<", "")].reduce((sum, letter) => sum | (FLAGS[letter] ?? 0), 0);
    progress.pass(flags, isReply);
  }
  return progress.established;
}

describe("the progress of a TCP connection that passes", () => {
  const open = ["S", "<S.", "."] as const;

  it("is established by a handshake, also one of both sides at once (RFC 5382 REQ-2)", () => {
    expect(established("S", "<S.")).to.equal(false);
    expect(established(...open)).to.equal(true);
    expect(established("S", "<S", "S.", "<S.", ".")).to.equal(true);
  });

  it("ends by the FINs of both sides, not by one (RFC 5382 §5)", () => {
    expect(established(...open, "F.", "<.")).to.equal(true);
    expect(established(...open, "F.", "<F.", ".")).to.equal(false);
  });

  it("ends by a reset, which segments that come after it take back (RFC 7857 §2.2)", () => {
    expect(established(...open, "<R")).to.equal(false);
    expect(established(...open, "<R", "P.")).to.equal(true);
  });

  it("begins again by a SYN after its end", () => {
    expect(established(...open, "F.", "<F.", ".", "S")).to.equal(false);
    expect(established(...open, "F.", "<F.", ".", ...open)).to.equal(true);
  });

  it("begins by a SYN alone (RFC 5382 REQ-1)", () => {
    expect([2, 18, 16, 4, 3].map((flags) => TcpProgress.begins(flags))).to.deep.equal([
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
