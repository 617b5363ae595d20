/** What is guessed of captures of others: compared with what our own stack has said of the same frames. */
import { expect } from "chai";
import { packetsOf, readCapture } from "../../src/drivers/observe/index.ts";
import { type CapturedFrame, whyInferred } from "../../src/explain/index.ts";
import { tracedTransfer } from "../support/traced-transfer.ts";

describe("what is inferred of a capture", () => {
  it("is mostly what the stack had said, and says that it is inferred", () => {
    const { lab, alice } = tracedTransfer(
      3,
      { impairments: "loss=4%,delay=10ms,rate=20mbit,queue=40kb" },
      {},
      { lab: { capture: true, events: true } },
    );
    const packets = packetsOf(readCapture(lab.capture(alice)));
    lab.close();
    const begin = packets[0]?.time ?? 0;
    const frames = packets.map(
      ({ time, bytes }): CapturedFrame => ({ time: (time ?? 0) - begin, bytes, medium: "ethernet" }),
    );
    let right = 0;
    let all = 0;
    const named = new Set<string>();
    packets.forEach(({ comments, direction }, index) => {
      const [, said] = /^tcp: (\w+) /.exec(comments[0] ?? "") ?? [];
      const found = whyInferred(frames, index);
      if (found === undefined || said === undefined || direction !== "out") return;
      expect(found.inferred).to.equal(true);
      expect(found.text).to.match(
        /^Inferred from what is on the wire: at .*\. Probably: .*\. Otherwise .*\.$/,
      );
      expect(found.text).to.not.match(/undefined|NaN/);
      all++;
      if (found.reason === said) right++;
      named.add(found.reason);
    });
    expect(all).to.be.greaterThan(100);
    expect(right / all, `${right} of ${all}`).to.be.greaterThan(0.6);
    expect([...named]).to.include.members(["syn", "ackSynAck", "newText", "fastRetransmit"]);
  });

  it("is nothing where there is no segment", () => {
    expect(whyInferred([{ time: 0, bytes: new Uint8Array(60), medium: "ethernet" }], 0)).to.equal(undefined);
    expect(whyInferred([], 0)).to.equal(undefined);
  });

  it("is nothing of a segment that says nothing, and knows super-segments whose length is too large for its field", () => {
    const { lab, alice } = tracedTransfer(3, {}, { sends: 3000 }, { lab: { capture: true } });
    const packets = packetsOf(readCapture(lab.capture(alice)));
    lab.close();
    const bytes = packets.find(({ comments }) => /newText/.test(comments.join()))?.bytes.slice();
    if (bytes === undefined) throw new Error("no text was sent");
    const frame = { time: 0, bytes, medium: "ethernet" } as const;
    const text = whyInferred([frame], 0)?.what;
    expect(text).to.match(/sends [\d,]+ octets of text/);
    // Total Length 0, as Linux captures what is cut by the card: the frame tells how long it is.
    bytes.set([0, 0], 16);
    expect(whyInferred([frame], 0)?.what).to.equal(text);
    bytes[14 + 20 + 13] = 0; // neither ACK, SYN nor RST: RFC 9293 §3.10.7.4 fifth
    expect(whyInferred([frame], 0)).to.equal(undefined);
  });
});
