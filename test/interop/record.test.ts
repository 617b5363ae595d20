/** Sessions with the kernel, captured and recorded by the command: Wireshark opens the one, a replay repeats the other. */
import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { capturedEvents, packetsOf, readCapture } from "../../src/drivers/observe/index.ts";
import { readRun } from "../../src/record/index.ts";
import { need, skipIf } from "../support/peers.ts";
import { tsharkFields } from "../support/tshark.ts";
import { Kernel, MAIN } from "./kernel.ts";
import { whyNot } from "./namespace.ts";

const OURS = "10.77.0.2";
const run = promisify(execFile);

/** Frames that were sent, as text. */
function sentOf(file: string): readonly string[] {
  const read = readCapture(readFileSync(file));
  expect(read.damage).to.equal(undefined);
  return packetsOf(read).flatMap(({ direction, bytes }) =>
    direction === "out" ? [Buffer.from(bytes).toString("hex")] : [],
  );
}

/** How many of `some` are in `all`, in this order. */
function inOrder(some: readonly string[], all: readonly string[]): number {
  let found = 0;
  for (const one of all) if (one === some[found]) found++;
  return found;
}

describe("a session on a TAP", () => {
  const folder = mkdtempSync(join(tmpdir(), "tapstack-record-"));
  let kernel: Kernel;

  before(async function () {
    skipIf(this, await whyNot());
  });

  beforeEach(() => {
    kernel = new Kernel();
  });

  afterEach(async function () {
    await kernel.remove();
    if (this.currentTest?.state === "failed") console.log(kernel.lines.join("\n"));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it("with 100 connections under loss is replayed octet for octet", async function () {
    need(this, "python3", "ping");
    const [jsonl, seen, again] = ["run.jsonl", "seen.pcapng", "again.pcapng"].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    const spoilt = ["--impair", "loss=3%,delay=2ms", "--seed", "7", "-q"];
    await kernel.start("--record", jsonl, "--pcap", seen, ...spoilt);
    await kernel.python("churn", OURS, 7, 100, 100);
    await kernel.python("echo", OURS, 7, 1_000_000, 3, 20_000);
    await kernel.python("datagrams", OURS, 7, [0, 1, 1000, 4000]).catch(() => {}); // some may be lost
    expect(await kernel.stop()).to.equal(0);

    const { stdout } = await run(process.execPath, [MAIN, "replay", jsonl, "--pcap", again]);
    expect(stdout).to.match(/frames received, \d+ sent: octet for octet as recorded\n$/);
    const [first, second] = [sentOf(seen), sentOf(again)];
    // The line has lost some of them after they were recorded, and before they were captured.
    expect(first.length).to.be.greaterThan(500).and.lessThan(second.length);
    expect(inOrder(first, second), "of those that were seen on the TAP").to.equal(first.length);
    const accepted = readRun(readFileSync(jsonl, "utf8")).steps;
    expect(JSON.stringify(accepted).match(/"call":"accept","with":\[\],"new"/g)).to.have.length(101);
  });

  it("is captured with the reason of every frame of ours, and tshark opens it without a warning", async function () {
    need(this, "python3", "tshark", "ping");
    const file = join(folder, "all.pcapng");
    await kernel.start("--pcap", file, "-q");
    await kernel.python("churn", OURS, 7, 20, 10);
    await kernel.python("source", OURS, 5002, 3_000_000);
    await kernel.exec("ping", "-q", "-c", "2", "-i", "0.2", OURS);
    expect(await kernel.stop()).to.equal(0);
    const rows = tsharkFields(
      readFileSync(file),
      "frame.number",
      "frame.packet_flags_direction",
      "frame.comment",
    );
    expect(rows.length).to.be.greaterThan(200);
    const ours = rows.filter(([, direction]) => direction === "0x00000002");
    expect(ours.filter(([, , comment = ""]) => !/^\w+: \w+ \(/.test(comment))).to.deep.equal([]);
    const { records } = readCapture(readFileSync(file));
    expect(records.find(({ kind }) => kind === "statistics")).to.include({ lostByInterface: 0 });
    const sent = packetsOf(readCapture(readFileSync(file))).filter(({ direction }) => direction === "out");
    const events = capturedEvents(readCapture(readFileSync(file)));
    expect(
      sent.filter(({ id = 0 }) => events?.event(id) === undefined),
      "without an event",
    ).to.deep.equal([]);
    const named = packetsOf(readCapture(readFileSync(file))).filter(({ socket }) => socket !== undefined);
    expect(named[0]?.socket).to.match(/^node \d+, 10\.77\.0\.2:\d+ > 10\.77\.0\.1:\d+$|^\S+ \d+, /);
  });

  for (const way of ["standard output", "a named pipe"] as const) {
    it(`is seen live on ${way}, each packet as it passes, through a filter`, async function () {
      need(this, "python3", "tshark", "tcpdump", "ping", "mkfifo");
      const fifo = join(folder, "live");
      const live = way === "a named pipe";
      if (live) execFileSync("mkfifo", [fifo]);
      const seen = await kernel.live(live ? fifo : "-", ["--filter", "icmp", "-q"]);
      try {
        await kernel.exec("ping", "-q", "-c", "1", OURS);
        await seen.until((bytes) => packetsOf(readCapture(bytes)).length >= 2);
        await kernel.exec("ping", "-q", "-c", "1", OURS);
        await seen.until((bytes) => packetsOf(readCapture(bytes)).length >= 4);
      } finally {
        seen.close();
      }
      expect(await kernel.stop(), "the reader has gone, and the service stays").to.equal(0);
      const protocols = tsharkFields(seen.bytes(), "frame.protocols").map(([one = ""]) => one);
      expect(protocols.every((one) => one.includes("icmp"))).to.equal(true);
    });
  }

  it("is refused for a filter that tcpdump does not understand, in its words", function () {
    need(this, "tcpdump");
    const child = spawn(process.execPath, [MAIN, "serve", "--pcap", "-", "--filter", "tcp prot 1"]);
    let told = "";
    child.stderr.on("data", (data: Buffer) => {
      told += data.toString();
    });
    return new Promise<void>((resolve, reject) => {
      child.on("close", (status) => {
        try {
          expect(status).to.equal(2);
          expect(told).to.match(/--filter "tcp prot 1": can't parse filter expression: syntax error/);
          resolve();
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  });
});
