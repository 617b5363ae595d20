/** The TAP driver against the Linux kernel, in a network namespace of its own. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import type { TapOptions } from "../../src/drivers/node/index.ts";
import { need, skipIf } from "../support/peers.ts";
import { type Child, Namespace } from "./namespace.ts";

const CHILD = fileURLToPath(new URL("./tap-child.js", import.meta.url));
const OURS = "10.98.7.2";

describe("a TAP of the Linux kernel", function () {
  this.timeout(20_000);
  const namespace = new Namespace("tap");
  const inNamespace = (command: string): string => namespace.run(command);

  function start(options: TapOptions, user = ""): Child {
    const all = { name: "tap9", hostAddress: "10.98.7.1/24", ...options };
    return namespace.start(CHILD, JSON.stringify(all), OURS, user);
  }

  before(async function () {
    skipIf(this, await namespace.open());
  });

  afterEach(() => namespace.killAll());

  after(() => namespace.close());

  function ping(count: number): string {
    return inNamespace(`ping -q -c ${count} -i 0.01 -W 2 ${OURS}`);
  }

  for (const offload of [true, false]) {
    it(`is pinged, and leaves nothing when closed (offload ${offload})`, async function () {
      need(this, "ping");
      const child = start({ offload });
      const { capabilities } = await child.next("ready");
      expect(capabilities).to.include({ mtu: 1500, fillsChecksums: offload, verifiesChecksums: offload });
      expect(ping(50)).to.include("50 packets transmitted, 50 received");
      child.tell("close");
      const closed = await child.next("closed");
      expect(closed["outstanding"], "packets not given back").to.equal(0);
      expect(closed["statistics"]).to.include({ sendErrors: 0, truncated: 0, badHeaders: 0 });
      expect(namespace.devices()).to.deep.equal(["lo"]);
      expect(await child.exited, "nothing keeps the process alive").to.equal(0);
    });

    it(`says of datagrams from the kernel whether they need be verified (offload ${offload})`, async function () {
      need(this, "ping");
      const child = start({ offload });
      await child.next("ready");
      ping(1); // so that the neighbour is known
      const send = `s.send(Buffer.alloc(900), 9, "${OURS}", () => s.close())`;
      const script = `const s = require("dgram").createSocket("udp4"); ${send}`;
      namespace.runNode([process.execPath, "-e", script]);
      expect(await child.next("udp")).to.deep.equal({ event: "udp", offloaded: offload, octets: 942 });
    });
  }

  it("is set up as asked, and its descriptor is not inherited by other programs", async () => {
    const child = start({ mtu: 9000, queueLength: 777 });
    await child.next("ready");
    const [link] = JSON.parse(inNamespace("ip -json addr show tap9")) as [Record<string, unknown>];
    expect(link).to.include({ mtu: 9000, txqlen: 777 });
    expect(link["flags"]).to.include("UP");
    const addresses = link["addr_info"] as Record<string, unknown>[];
    const four = addresses.find((each) => each["family"] === "inet");
    expect(four).to.include({ local: "10.98.7.1", prefixlen: 24, broadcast: "10.98.7.255" });
    const pid = child.process.pid; // `ip netns exec` has become the program that it runs
    const tun = readdirSync(`/proc/${pid}/fd`).filter(
      (fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === "/dev/net/tun",
    );
    expect(tun).to.have.length(1);
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${tun[0]}`, "utf8"))?.[1];
    const O_CLOEXEC = 0o2000000;
    expect(Number.parseInt(flags ?? "0", 8) & O_CLOEXEC).to.equal(O_CLOEXEC);
  });

  it("that is deleted while in use fails the link, without a crash or a hang", async function () {
    need(this, "ping");
    const child = start({});
    await child.next("ready");
    ping(3);
    inNamespace("ip link delete tap9");
    expect(await child.next("failed")).to.deep.equal({
      event: "failed",
      reason: "the device tap9 is gone",
      outstanding: 0,
    });
    expect(await child.exited).to.equal(0);
  });

  it("that goes down and up again is used on", async function () {
    need(this, "ping");
    const child = start({});
    await child.next("ready");
    ping(3);
    inNamespace("ip link set tap9 down");
    inNamespace("ip link set tap9 up");
    expect(ping(3)).to.include("3 packets transmitted, 3 received");
    child.tell("close");
    await child.next("closed");
  });

  it("does not keep the process alive once it is unref'd, and goes with it", async () => {
    const child = start({});
    await child.next("ready");
    child.tell("unref");
    expect(await child.exited).to.equal(0);
    expect(namespace.devices()).to.deep.equal(["lo"]);
  });

  it("goes with a process that is killed", async () => {
    const child = start({});
    await child.next("ready");
    child.process.kill("SIGKILL");
    await child.exited;
    expect(namespace.devices()).to.deep.equal(["lo"]);
  });

  describe("that was there before", () => {
    afterEach(() => {
      // A test that was skipped has not made it.
      if (namespace.devices().includes("tap9")) inNamespace("ip link delete tap9");
    });

    it("is attached to, and left as it was but for the address added", async function () {
      need(this, "ping");
      inNamespace("ip tuntap add tap9 mode tap");
      inNamespace("ip addr add 10.55.0.1/16 dev tap9");
      const child = start({});
      await child.next("ready");
      expect(ping(3)).to.include("3 packets transmitted, 3 received");
      child.tell("close");
      await child.next("closed");
      expect(await child.exited).to.equal(0);
      expect(inNamespace("ip -4 -o addr show tap9"))
        .to.include("10.55.0.1/16")
        .and.not.to.include("10.98.7.1");
    });

    it("keeps an address that it had already", async () => {
      inNamespace("ip tuntap add tap9 mode tap");
      inNamespace("ip addr add 10.98.7.1/24 dev tap9");
      const child = start({});
      await child.next("ready");
      child.tell("close");
      await child.next("closed");
      expect(inNamespace("ip -4 -o addr show tap9")).to.include("10.98.7.1/24");
    });

    it("is attached to though it has several queues", async function () {
      need(this, "ping");
      inNamespace("ip tuntap add tap9 mode tap multi_queue");
      const child = start({});
      await child.next("ready");
      expect(ping(3)).to.include("3 packets transmitted, 3 received");
    });

    it("and is used by another process is refused", async () => {
      const first = start({});
      await first.next("ready");
      const second = start({});
      expect(await second.next("ready").catch(String)).to.match(
        /tap9 is in use by another process.*\(EBUSY\)/,
      );
      expect(await second.exited).to.equal(0);
    });

    it("and is no TAP is refused", async () => {
      inNamespace("ip tuntap add tap9 mode tun");
      expect(await start({}).next("ready").catch(String)).to.match(
        /tap9 exists and is not a TAP.*\(EINVAL\)/,
      );
    });
  });

  it("is refused a name that is too long, or no name at all", async () => {
    for (const name of ["sixteen-letters!", "", "a/b", "a b"]) {
      expect(await start({ name }).next("ready").catch(String)).to.match(/no name for a device.*\(EINVAL\)/);
    }
  });

  it("is refused an address that another device's network covers", async () => {
    inNamespace("ip addr add 10.98.7.9/25 dev lo");
    try {
      expect(await start({}).next("ready").catch(String)).to.match(/lo has 10\.98\.7\.9\/25.*\(EADDRINUSE\)/);
    } finally {
      inNamespace("ip addr delete 10.98.7.9/25 dev lo");
    }
    expect(namespace.devices()).to.deep.equal(["lo"]);
  });

  it("is refused to a user without the right, who is told which one", async () => {
    const child = start({}, "65534");
    const available = await child.next("available");
    expect(available["ok"]).to.equal(false);
    expect(available["reason"]).to.include("CAP_NET_ADMIN");
    expect(await child.next("ready").catch(String)).to.match(/CAP_NET_ADMIN.*\((EPERM|EACCES)\)/);
    expect(await child.exited).to.equal(0);
  });

  it("is refused where there is no /dev/net/tun, and the message says how to get it", async () => {
    const hide = 'mount -t tmpfs none /dev/net && exec "$@"';
    const words = ["unshare", "--mount", "sh", "-c", hide, "sh", process.execPath, CHILD, "{}", OURS];
    const [available, refused] = namespace.runNode(words).trim().split("\n").map(String);
    expect(available).to.include('"ok":false').and.to.include("modprobe tun");
    expect(refused).to.include('"code":"ENOENT"').and.to.include("--device /dev/net/tun");
  });

  it("is refused without koffi, and the message says what to install", async () => {
    const missing = `export const resolve = (name, context, next) => {
      if (name === "koffi") throw new Error("not found");
      return next(name, context);
    };`;
    const register = `import { register } from "node:module"; register(${JSON.stringify(dataUrl(missing))});`;
    const words = [process.execPath, "--import", dataUrl(register), CHILD, "{}", OURS];
    const [available, refused] = namespace.runNode(words).trim().split("\n").map(String);
    expect(available).to.include('"ok":false').and.to.include("npm install koffi");
    expect(refused).to.include('"code":"ENOKOFFI"');
  });
});

function dataUrl(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
