/** The main job over a real TAP against the Linux kernel's own clients, over IPv6. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { sourcePattern } from "../../src/services/index.ts";
import { need, skipIf } from "../support/peers.ts";
import { Kernel } from "./kernel.ts";
import { whyNot } from "./namespace.ts";

const OURS = "fd77::2";
const MEGABYTE = 1_000_000;

/** SHA-256 of the first `total` octets of the bulk source. */
function sourceDigest(total: number): string {
  const digest = createHash("sha256");
  const pattern = sourcePattern();
  for (let left = total; left > 0; left -= pattern.length) digest.update(pattern.subarray(0, left));
  return digest.digest("hex");
}

const RADVD = `interface tap0 {
  AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvLinkMTU 1400;
  prefix 2001:db8:1::/64 { AdvOnLink on; AdvAutonomous on; };
};
`;

const WRONG =
  `_ws.malformed || _ws.short || (ipv6.src == ${OURS} && (tcp.checksum.status == "Bad" || ` +
  'udp.checksum.status == "Bad" || icmpv6.checksum.status == "Bad"))';

describe("the main job over a TAP, with the kernel as its peer over IPv6", () => {
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
    it(`answers ping, curl and nc, moves 5 MB each way unchanged, and sends nothing malformed ${title}`, async function () {
      need(this, "ping", "curl", "nc", "python3", "tshark");
      const pcap = join(folder, `${options.length}.pcap`);
      await kernel.start("--address", `${OURS}/64`, "--pcap", pcap, ...options);

      // The address answers when duplicate address detection is over: until then the kernel may report an error.
      const ping = `for i in $(seq 60); do ping -6 -w 1 -c 1 ${OURS} && exit 0; done; exit 1`;
      expect(await kernel.exec("sh", "-c", ping)).to.include(" 1 received");
      expect(await kernel.exec("ping", "-6", "-w", "30", "-c", "2", "-s", "20000", OURS)).to.include(
        " 2 received",
      );
      expect(await kernel.exec("curl", "-g", "-s", `http://[${OURS}]/`)).to.match(/fd77::2\/64/);
      expect(await kernel.exec("sh", "-c", `printf hi | nc -6 -N ${OURS} 7`)).to.equal("hi");
      expect(await kernel.exec("sh", "-c", `printf hi | nc -6 -u -W1 -w20 ${OURS} 7`)).to.equal("hi");
      const { sent, received, count } = await kernel.python("echo", OURS, 7, 5 * MEGABYTE, 1, 100_000);
      expect(count).to.equal(5 * MEGABYTE);
      expect(received).to.equal(sent);
      expect(await kernel.python("source", OURS, 5002, 5 * MEGABYTE)).to.deep.equal({
        missing: 0,
        sha256: sourceDigest(5 * MEGABYTE),
      });
      expect(await kernel.stop()).to.equal(0);
      const check = ["tcp", "udp"].flatMap((layer) => ["-o", `${layer}.check_checksum:TRUE`]);
      expect(await kernel.exec("tshark", "-n", "-r", pcap, ...check, "-Y", WRONG)).to.equal("");
    });
  }

  it("is configured by radvd alone: address, route, MTU; and answers ndisc6 and curl there", async function () {
    need(this, "radvd", "ndisc6", "ping", "curl");
    await kernel.start("--autoconf");
    const conf = join(folder, "radvd.conf");
    writeFileSync(conf, RADVD);
    for (const command of [
      "ip -6 addr add 2001:db8:1::1/64 dev tap0 nodad",
      "ip -6 addr add 2001:db8:5::1/128 dev lo",
      "sysctl -qw net.ipv6.conf.all.forwarding=1",
      `radvd -C ${conf} -p ${join(folder, "radvd.pid")} -m logfile -l ${join(folder, "radvd.log")}`,
    ]) {
      await kernel.exec("sh", "-c", command);
    }
    try {
      const wait =
        "for i in $(seq 60); do curl -s http://10.77.0.2/stats.json | grep -o '2001:db8:1:[0-9a-f:]*' | head -1 | grep . && exit 0; sleep 0.5; done; exit 1";
      const ours = (await kernel.exec("sh", "-c", wait)).trim();
      const ping = `for i in $(seq 60); do ping -6 -w 1 -c 1 -I 2001:db8:5::1 ${ours} && exit 0; done; exit 1`;
      expect(await kernel.exec("sh", "-c", ping), "by the default route").to.include(" 1 received");
      expect(await kernel.exec("ndisc6", ours, "tap0")).to.include("Target link-layer address");
      const page = await kernel.exec(
        "curl",
        "-g",
        "-s",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        `http://[${ours}]/`,
      );
      expect(page).to.equal("200");
      expect(await kernel.stop()).to.equal(0);
    } finally {
      await kernel.exec("sh", "-c", `kill $(cat ${join(folder, "radvd.pid")})`);
    }
  });
});
