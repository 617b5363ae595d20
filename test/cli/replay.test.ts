/** The command `tapstack replay`, on a run that is recorded here. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { pipe } from "../../src/drivers/memory/index.ts";
import { packetsOf, readCapture } from "../../src/drivers/observe/index.ts";
import { VirtualTime } from "../../src/drivers/simulation/index.ts";
import { recordStack } from "../../src/record/index.ts";
import { type Duration, ipv4, Stack, Xoshiro128 } from "../../src/stack/index.ts";

const MAIN = "build/src/cli/main.js";

/** A run in which the recorded stack is pinged. */
function pinged(): string {
  const time = new VirtualTime();
  const lines: string[] = [];
  const stack = recordStack({
    seed: 9,
    clock: time,
    wakeAt: () => {},
    write: (line: string) => lines.push(line),
  });
  const peer = new Stack({ clock: time, random: new Xoshiro128(1), wakeAt: () => {} });
  time.join("recorded", stack);
  time.join("peer", peer);
  const [left, right] = pipe(time);
  stack.addInterface("eth0", left, [{ address: ipv4(0x0a00_0001), prefixLength: 24 }]);
  peer.addInterface("eth0", right, [{ address: ipv4(0x0a00_0002), prefixLength: 24 }]);
  peer.openEcho().request(ipv4(0x0a00_0001), 1, new Uint8Array(8));
  time.elapse(1_000_000 as Duration);
  stack.close();
  peer.close();
  return `${lines.join("\n")}\n`;
}

describe("tapstack replay", () => {
  // Within the project, so that the test that is made finds "tapstack/record" as a user's does.
  const folder = mkdtempSync(resolve("build", "replay-"));
  const file = join(folder, "run.jsonl");

  before(() => writeFileSync(file, pinged()));
  after(() => rmSync(folder, { recursive: true }));

  function replayed(...args: readonly string[]): { readonly status: number | null; readonly text: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "replay", ...args], {
      encoding: "utf8",
    });
    return { status, text: stdout + stderr };
  }

  it("says that all was as recorded, and with --trace why", () => {
    const { status, text } = replayed(file, "--trace");
    expect(status).to.equal(0);
    expect(text).to.match(/icmp sent \d+ octets: echoReply \(RFC 1122 §3\.2\.2\.6\)/);
    expect(text).to.match(/\n\d+ steps, \d+ frames received, \d+ sent: octet for octet as recorded\n$/);
  });

  it("makes a capture with reasons", () => {
    const pcap = join(folder, "again.pcapng");
    expect(replayed(file, "--pcap", pcap).status).to.equal(0);
    const packets = packetsOf(readCapture(readFileSync(pcap)));
    expect(
      packets.filter(({ direction, comments }) => direction === "out" && comments.length === 0),
    ).to.deep.equal([]);
    expect(packets.flatMap(({ comments }) => comments).join("\n")).to.include("icmp: echoReply");
  });

  it("makes a test that passes, and fails when the stack sends something else", () => {
    const made = join(folder, "made.test.mjs");
    expect(replayed(file, "--to-test", made, "--title", "answers a ping").status).to.equal(0);
    const mocha = ["node_modules/mocha/bin/mocha.js", "--no-config", "--no-color", made];
    expect(execFileSync(process.execPath, mocha, { encoding: "utf8" })).to.match(
      /✔ answers a ping[\s\S]*1 passing/,
    );
    writeFileSync(made, readFileSync(made, "utf8").replace('"seed":9', '"seed":10'));
    const failed = spawnSync(process.execPath, mocha, { encoding: "utf8" });
    expect(failed.status).to.equal(1);
    expect(failed.stdout).to.match(/1 failing/);
  });

  it("has status 1 where something differs, and names the line", () => {
    const other = join(folder, "other.jsonl");
    writeFileSync(other, pinged().replace('"seed":9', '"seed":10'));
    const { status, text } = replayed(other);
    expect(status).to.equal(1);
    expect(text).to.match(/line \d+ differs at \d+\.\d{6} s: recorded frame 1 of 1 on eth0 to have the sum/);
    expect(replayed(other, "--to-test", join(folder, "no.mjs")).text).to.match(/differs from its recording/);
  });

  it("refuses what is no run", () => {
    expect(replayed(join(folder, "none.jsonl"))).to.include({ status: 2 });
    expect(replayed("package.json").text).to.match(/tapstack: package\.json: /);
    expect(replayed().text).to.match(/needs the file of a run/);
    expect(replayed(file, "--steps", "x").status).to.equal(2);
    expect(replayed("--help").text).to.include("Usage: tapstack replay RUN");
  });
});
