/**
 * The main job over a real TAP against the Linux kernel's own clients, in a network namespace of its own.
 * Real time, since the kernel has no other; no test has a bound on it but mocha's against hanging.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { sourcePattern } from "../../src/services/index.ts";
import { need, skipIf } from "../support/peers.ts";
import { Kernel, MAIN } from "./kernel.ts";
import { whyNot } from "./namespace.ts";

const OURS = "10.77.0.2";
const MEGABYTE = 1_000_000;

/** SHA-256 of the first `total` octets of the bulk source. */
function sourceDigest(total: number): string {
  const digest = createHash("sha256");
  const pattern = sourcePattern();
  for (let left = total; left > 0; left -= pattern.length) digest.update(pattern.subarray(0, left));
  return digest.digest("hex");
}

interface Served {
  readonly connections: readonly {
    readonly local: string;
    readonly remote: string;
    readonly state: string;
  }[];
}

/** Connections that are neither listening, nor waiting out their time, nor the one that asks. */
async function leftovers(kernel: Kernel): Promise<readonly string[]> {
  const { connections } = JSON.parse(await kernel.exec("curl", "-s", `http://${OURS}/stats.json`)) as Served;
  return connections
    .filter(({ local, state }) => !["listen", "time-wait"].includes(state) && !local.endsWith(":80"))
    .map(({ local, remote, state }) => `${local} ${remote} ${state}`);
}

/** What tshark finds wrong with a capture. Every checksum is verified. */
async function faults(kernel: Kernel, pcap: string, filter: string): Promise<string> {
  const check = ["ip", "tcp", "udp"].flatMap((layer) => ["-o", `${layer}.check_checksum:TRUE`]);
  return await kernel.exec("tshark", "-n", "-r", pcap, ...check, "-Y", filter);
}

const MALFORMED = "_ws.malformed || _ws.short";
/** Of what we send: the kernel itself sometimes writes 0xFFFF, which RFC 1624 calls wrong, where the sum is 0. */
const BAD_CHECKSUM =
  `ip.src == ${OURS} && ` +
  '(ip.checksum.status == "Bad" || tcp.checksum.status == "Bad" || udp.checksum.status == "Bad")';

describe("the main job over a TAP, with the kernel as its peer", () => {
  const folder = mkdtempSync(join(tmpdir(), "tapstack-"));
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

  for (const [title, ...options] of [["with offloads"], ["without offloads", "--no-offload"]] as const) {
    it(`answers ping, curl and nc, moves 20 MB each way unchanged, and sends nothing malformed ${title}`, async function () {
      need(this, "ping", "curl", "nc", "python3", "tshark");
      const pcap = join(folder, `${options.length}.pcap`);
      await kernel.start("--pcap", pcap, "--control", "4000", ...options);

      // With -w, ping ends when so many answers have come: without, it takes those for lost that are a little late.
      expect(await kernel.exec("ping", "-w", "30", "-c", "1", OURS)).to.include(" 1 received");
      expect(await kernel.python("pings", OURS, 20, 56)).to.deep.equal({ missing: [] });
      expect(await kernel.python("pings", OURS, 2, 20_000), "fragments").to.deep.equal({ missing: [] });
      expect(await kernel.exec("curl", "-s", `http://${OURS}/`)).to.match(/up for[\s\S]*10\.77\.0\.2\/24/);
      expect(
        await kernel.exec("curl", "-s0", "-o", "/dev/null", "-w", "%{http_code}", `http://${OURS}/none`),
      ).to.equal("404");
      expect(await kernel.exec("sh", "-c", `printf hi | nc -N ${OURS} 7`)).to.equal("hi");
      expect(await kernel.exec("sh", "-c", `printf hi | nc -u -W1 -w20 ${OURS} 7`)).to.equal("hi");
      expect(await kernel.exec("nc", "-d", OURS, "13")).to.match(/^\S.* \d{4}.*\r\n$/);

      const { sent, received, count } = await kernel.python("echo", OURS, 7, 20 * MEGABYTE, 1, 100_000);
      expect(count).to.equal(20 * MEGABYTE);
      expect(received).to.equal(sent);
      expect(await kernel.python("source", OURS, 5002, 20 * MEGABYTE)).to.deep.equal({
        missing: 0,
        sha256: sourceDigest(20 * MEGABYTE),
      });
      expect(await kernel.python("sink", OURS, 5001, 20 * MEGABYTE)).to.deep.equal({ end: 0 });
      expect(await kernel.python("datagrams", OURS, 7, [0, 1, 1472, 1473, 9000, 65_507])).to.deep.equal({
        wrong: [],
      });
      expect(await kernel.python("broadcast", OURS, 7, "10.77.0.255")).to.deep.equal({
        received: "anybody",
        from: OURS,
      });
      expect(await kernel.python("control", OURS, 4000, "10.77.0.1")).to.deep.equal({
        first: "OK",
        echoed: "there and back",
        rest: ["ERR refused", "ERR usage: CONNECT ip port"],
      });
      expect(await leftovers(kernel)).to.deep.equal([]);

      expect(await kernel.stop()).to.equal(0);
      expect(await faults(kernel, pcap, MALFORMED)).to.equal("");
      expect(await faults(kernel, pcap, BAD_CHECKSUM)).to.equal("");
    });
  }

  it("loses no byte behind loss, delay, reordering, duplication and corruption", async function () {
    need(this, "python3");
    await kernel.start("--impair", "loss=2%,delay=2ms,reorder=10%,duplicate=1%,corrupt=0.5%", "--seed", "1");
    const { sent, received, count } = await kernel.python("echo", OURS, 7, 2 * MEGABYTE, 2, 100_000);
    expect(count).to.equal(2 * MEGABYTE);
    expect(received).to.equal(sent);
    expect(await kernel.python("source", OURS, 5002, 2 * MEGABYTE)).to.deep.equal({
      missing: 0,
      sha256: sourceDigest(2 * MEGABYTE),
    });
  });

  it("serves 1,000 connections, 50 at a time, and keeps none of them", async function () {
    need(this, "python3", "curl");
    await kernel.start("--quiet");
    expect(await kernel.python("churn", OURS, 7, 1000, 50)).to.deep.equal({ good: 1000, wrong: [] });
    expect(await leftovers(kernel)).to.deep.equal([]);
  });

  it("ends in order on SIGINT, and leaves no device behind", async function () {
    need(this, "nc");
    await kernel.start();
    await kernel.exec("sh", "-c", `printf hi | nc -N ${OURS} 7`);
    expect(await kernel.stop("SIGINT")).to.equal(0);
    expect(kernel.lines.join("\n")).to.match(/echo 10\.77\.0\.1:\d+/);
    expect(await kernel.exec("ip", "-o", "link")).to.not.include("tap0");
  });

  it("says in one line that another process has the device", async () => {
    await kernel.start();
    const { code, stderr } = await kernel
      .exec(process.execPath, MAIN, "serve")
      .then(() => ({ code: 0, stderr: "" }))
      .catch((error: { code: number; stderr: string }) => error);
    expect(stderr).to.match(/^tapstack: the device tap0 is in use[^\n]*\n$/);
    expect(code).to.equal(1);
  });

  it("says that its device is gone, and ends with a failure", async () => {
    await kernel.start("--quiet");
    await kernel.exec("ip", "link", "delete", "tap0");
    expect(await kernel.ended()).to.equal(1);
    expect(kernel.lines.join("\n")).to.match(/^tapstack: tap0 is gone: /m);
  });
});
