/** The command `tapstack why`, on captures of the Lab and of others. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { asPcap, capturedEvents, packetsOf, readCapture } from "../../src/drivers/observe/index.ts";
import { why } from "../../src/explain/index.ts";
import { tracedTransfer } from "../support/traced-transfer.ts";

const MAIN = "build/src/cli/main.js";

describe("tapstack why", () => {
  const folder = mkdtempSync(join(tmpdir(), "tapstack-why-"));
  const ours = join(folder, "ours.pcapng");
  const foreign = join(folder, "foreign.pcap");
  const { lab, log, alice } = tracedTransfer(
    3,
    { impairments: "loss=5%,delay=5ms" },
    { sends: 200_000 },
    { lab: { capture: true } },
  );
  const bytes = lab.capture(alice);

  before(() => {
    writeFileSync(ours, bytes);
    writeFileSync(foreign, asPcap(readCapture(bytes)));
  });

  after(() => {
    rmSync(folder, { recursive: true });
    lab.close();
  });

  function told(...args: readonly string[]): { readonly status: number | null; readonly text: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "why", ...args], {
      encoding: "utf8",
    });
    return { status, text: stdout + stderr };
  }

  it("has every event of the run in the capture, the last as the first", () => {
    const events = capturedEvents(readCapture(bytes));
    expect([...(events?.events() ?? [])]).to.deep.equal([...log.events()]);
    expect(events?.hosts).to.deep.equal(log.hosts);
  });

  it("explains each frame that was sent, in the words that the Lab has for it", () => {
    const capture = readCapture(bytes);
    const events = capturedEvents(capture);
    if (events === undefined) throw new Error("there are no events");
    const sent = packetsOf(capture).filter(({ direction }) => direction === "out");
    expect(sent.length).to.be.greaterThan(30);
    for (const { id = 0, number } of sent)
      expect(why(events, id).text, `frame ${number}`).to.equal(why(log, id).text);
    const again = sent.find(({ comments }) =>
      /fastRetransmit|nextHole|reorderingOver|timeout|afterTimeout|tailProbe/.test(comments.join()),
    );
    if (again === undefined) throw new Error("nothing was sent again");
    const { status, text } = told(ours, String(again.number));
    expect(status).to.equal(0);
    expect(text)
      .to.include(`Frame ${again.number} out: IP 10.0.0.1.`)
      .and.include(why(log, again.id ?? 0).text);
  });

  it("tells of a received frame why its sender sent it, and what was done because of it", () => {
    const synAck = packetsOf(readCapture(bytes)).find(({ direction, bytes: octets }) => {
      return direction === "in" && octets.length > 50 && octets[47] === 0x12;
    });
    const { text } = told(ours, String(synAck?.number));
    expect(text).to.match(/It was sent like this: At .* bob .*\(synAck; RFC 9293/);
    expect(text).to.match(/Because of it:\n[\s\S]*goes from SYN-SENT to ESTABLISHED/);
  });

  it("says so where a capture has no events, or no such frame", () => {
    expect(told(foreign, "3").text).to.match(
      /Frame 3: .*\n\nThe capture has no events that tell of this frame/,
    );
    expect(told(ours, "999999")).to.include({ status: 2 });
    expect(told(ours, "999999").text).to.match(/has no frame 999999: it has \d+ frames/);
    expect(told(ours).status).to.equal(2);
    expect(told("package.json", "1").text).to.match(/package\.json: no capture/);
  });
});
