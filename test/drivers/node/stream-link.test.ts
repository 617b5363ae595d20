/** Frames over a stream, as QEMU writes them, in whatever pieces they come. */
import { type Duplex, duplexPair } from "node:stream";
import { expect } from "chai";
import { StreamLink } from "../../../src/drivers/node/index.ts";
import { frame, RecordingSink } from "../../contracts/link.contract.ts";

function pair(): [Duplex, Duplex] {
  return duplexPair();
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

describe("StreamLink", () => {
  it("writes each frame behind its length in four octets, and reads it back", async () => {
    const [near, far] = pair();
    const link = new StreamLink(near);
    const sink = new RecordingSink();
    link.attach(sink);
    const chunks: Buffer[] = [];
    far.on("data", (chunk: Buffer) => chunks.push(chunk));
    sink.send(link, frame(1, 2, "cafe"));
    await settle();
    expect(Buffer.concat(chunks).toString("hex")).to.equal(`00000010${frame(1, 2, "cafe")}`);
    far.write(Buffer.from(`00000010${frame(2, 1, "beef")}`, "hex"));
    await settle();
    expect(sink.frames).to.deep.equal([frame(2, 1, "beef")]);
    expect(sink.pool.outstanding).to.equal(0);
    expect(link.counters).to.deep.equal({ sent: 1, received: 1, tooLong: 0 });
  });

  it("takes frames in any pieces, and several in one", async () => {
    const [near, far] = pair();
    const link = new StreamLink(near);
    const sink = new RecordingSink();
    link.attach(sink);
    const frames = [1, 2, 3].map((n) => frame(1, 2, `0${n}`.repeat(40 * n)));
    const text = frames.map((hex) => (hex.length / 2).toString(16).padStart(8, "0") + hex).join("");
    const octets = Buffer.from(text, "hex");
    for (const octet of octets) far.write(Buffer.of(octet));
    far.write(octets);
    await settle();
    expect(sink.frames).to.deep.equal([...frames, ...frames]);
  });

  it("waits with what the stream has no room for, and says when there is room", async () => {
    const [near] = pair();
    const link = new StreamLink(near);
    const sink = new RecordingSink();
    link.attach(sink);
    let sent = 0;
    while (sent < 10_000 && sink.send(link, frame(1, 2, "00".repeat(1000)))) sent++;
    expect(sent).to.be.within(1, 9_999);
    expect(sink.pool.outstanding).to.equal(0);
  });

  it("drops a frame that is too long, and ends when the other side speaks something else, or closes", async () => {
    const [near, far] = pair();
    const link = new StreamLink(near);
    const sink = new RecordingSink();
    link.attach(sink);
    const long = Buffer.alloc(4 + 2000);
    long.writeUInt32BE(2000);
    far.write(long);
    far.write(Buffer.from(`00000010${frame(2, 1, "beef")}`, "hex"));
    await settle();
    expect(link.counters).to.include({ received: 1, tooLong: 1 });
    far.write(Buffer.from("GET / HTTP/1.1\r\n"));
    await settle();
    expect(sink.failures).to.have.length(1);
    expect(sink.failures[0]).to.contain("something else");
    const [one, other] = pair();
    const closing = new RecordingSink();
    new StreamLink(one).attach(closing);
    other.destroy();
    one.destroy();
    await settle();
    expect(closing.failures).to.have.length(1);
  });
});
