/** Tunnels, VLANs and bridges of ours against those of the Linux kernel, over TAPs in a namespace. */
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { skipIf } from "../support/peers.ts";
import { THOROUGH } from "../support/thorough.ts";
import { type Child, Namespace } from "./namespace.ts";

const CHILD = fileURLToPath(new URL("./link-child.js", import.meta.url));
const CLIENT = fileURLToPath(new URL("./kernel-client.js", import.meta.url));
const OURS = "192.168.9.2";

describe("links made of links, beside the Linux kernel", () => {
  const namespace = new Namespace("links");

  before(async function () {
    skipIf(this, await namespace.open("python3", "ping"));
  });

  afterEach(async () => {
    await namespace.killAll();
    for (const device of namespace.devices().filter((name) => /^(?:vxlan9|bridge9)$/.test(name))) {
      namespace.run(`ip link delete ${device}`);
    }
  });

  after(() => namespace.close());

  async function start(kind: string): Promise<Child> {
    const child = namespace.start(CHILD, kind);
    const { failure } = await child.next("ready");
    expect(failure).to.equal(undefined);
    return child;
  }

  async function echo(protocol: "tcp" | "udp", octets: number): Promise<void> {
    const client = namespace.start(CLIENT, protocol, OURS, String(octets));
    const done = await client.next("echoed");
    expect(done["received"]).to.deep.equal(done["sent"]);
  }

  /** Whether the kernel gets an answer to a ping. */
  function pings(): boolean {
    try {
      namespace.run(`ping -c 1 -W 1 ${OURS}`);
      return true;
    } catch {
      return false; // its exit status says that no answer came
    }
  }

  it("VXLAN (RFC 7348): ping, UDP and 4 MB of TCP through the kernel's own end", async () => {
    const child = await start("vxlan");
    namespace.run("ip link add vxlan9 type vxlan id 42 remote 10.98.9.2 dstport 4789 dev tap9");
    namespace.run("ip addr add 192.168.9.1/24 dev vxlan9");
    namespace.run("ip link set vxlan9 up");
    namespace.run(`ping -c 3 -i 0.2 -W 5 ${OURS}`);
    await echo("udp", 1_000);
    await echo("tcp", 4_000_000);
    child.tell("close");
    const { counters } = await child.next("closed");
    expect(counters).to.include({ badHeader: 0, otherVni: 0, tooLong: 0, noRemote: 0 });
  });

  it("802.1Q: answers with the tag that it was asked with, and not without one (frames by AF_PACKET)", async () => {
    await start("vlan");
    const answers = namespace.python("tagged", "tap9", 10, "192.168.9.1", OURS);
    expect(answers["arp"], "an ARP answer in VLAN 10, with priority 3").to.equal(0x600a);
    expect(answers["echo"], "an echo reply in VLAN 10").to.equal(0x600a);
    expect(answers["data"], "the text of the ping").to.equal(true);
    expect(namespace.python("tagged", "tap9", 11, "192.168.9.1", OURS)).to.include({ arp: -1 });
  });

  it("spanning tree (802.1D): of two ways to the kernel's bridge one is blocked, and opens when the other is cut", async function () {
    if (!THOROUGH) {
      console.log(
        "      25 s of real time: only where CI is set; test/drivers/memory/bridge.test.ts has it in virtual time",
      );
      this.skip();
    }
    namespace.run("ip link add bridge9 type bridge");
    namespace.run(
      "ip link set bridge9 type bridge priority 4096 hello_time 100 max_age 600 forward_delay 400 stp_state 1",
    );
    const child = await start("bridge");
    for (const tap of ["tap8", "tap9"]) {
      namespace.run(`ip link set ${tap} master bridge9`);
      namespace.run(`ip link set ${tap} up`);
    }
    namespace.run("ip addr add 192.168.9.1/24 dev bridge9");
    namespace.run("ip link set bridge9 up");
    expect(pings(), "at once, while ports listen").to.equal(false);
    const states = async (): Promise<unknown> => {
      child.tell("states");
      const told = await child.next("states");
      expect(String(told["root"]), "the kernel's bridge is the root").to.match(/^1000/);
      return told["states"];
    };
    for (let tries = 0; !pings(); tries++) expect(tries, "no way opens").to.be.lessThan(30);
    expect(await states()).to.deep.equal(["forwarding", "blocking"]);
    await echo("tcp", 1_000_000);
    namespace.run("ip link set tap8 down");
    for (let tries = 0; !pings(); tries++) expect(tries, "the other way does not open").to.be.lessThan(60);
    await echo("tcp", 100_000);
  });
});
