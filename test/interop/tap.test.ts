/** The TAP driver against the Linux kernel, in a network namespace of its own. */
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import type { TapOptions } from "../../src/drivers/node/index.ts";
import { need, skipIf } from "../support/peers.ts";
import { type Child, Namespace } from "./namespace.ts";

const CHILD = fileURLToPath(new URL("./tap-child.js", import.meta.url));
const OURS = "10.98.7.2";
const DEVICE: TapOptions = { name: "tap9", hostAddress: "10.98.7.1/24" };
const TAP9 = JSON.stringify(DEVICE);

describe("a TAP of the Linux kernel", () => {
  const namespace = new Namespace("tap");
  const copies: string[] = [];
  const inNamespace = (command: string): string => namespace.run(command);

  function start(options: TapOptions): Child {
    return namespace.start(CHILD, JSON.stringify({ ...DEVICE, ...options }), OURS);
  }

  before(async function () {
    skipIf(this, await namespace.open());
  });

  afterEach(() => namespace.killAll());

  after(() => {
    namespace.close();
    for (const folder of copies) rmSync(folder, { recursive: true, force: true });
  });

  /** The echo requests, of so many, that were never answered. */
  function unanswered(count: number): unknown {
    return namespace.python("pings", OURS, count, 56)["missing"];
  }

  for (const offload of [true, false]) {
    it(`is pinged, and leaves nothing when closed (offload ${offload})`, async function () {
      need(this, "ping", "python3");
      const child = start({ offload });
      const { capabilities } = await child.next("ready");
      expect(capabilities).to.include({ mtu: 1500, fillsChecksums: offload, verifiesChecksums: offload });
      expect(unanswered(50)).to.deep.equal([]);
      expect(inNamespace(`ping -q -w 30 -c 1 ${OURS}`)).to.include("1 received");
      child.tell("close");
      const closed = await child.next("closed");
      expect(closed["outstanding"], "packets not given back").to.equal(0);
      expect(closed["statistics"]).to.include({ sendErrors: 0, truncated: 0, badHeaders: 0 });
      expect(namespace.devices()).to.deep.equal(["lo"]);
      expect(await child.exited, "nothing keeps the process alive").to.equal(0);
    });

    it(`says of datagrams from the kernel whether they need be verified (offload ${offload})`, async function () {
      need(this, "python3");
      const child = start({ offload });
      await child.next("ready");
      unanswered(1); // so that the neighbour is known
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
    need(this, "python3");
    const child = start({});
    await child.next("ready");
    unanswered(3);
    inNamespace("ip link delete tap9");
    expect(await child.next("failed")).to.deep.equal({
      event: "failed",
      reason: "the device tap9 is gone",
      outstanding: 0,
    });
    expect(await child.exited).to.equal(0);
  });

  it("that goes down and up again is used on", async function () {
    need(this, "python3");
    const child = start({});
    await child.next("ready");
    unanswered(3);
    inNamespace("ip link set tap9 down");
    inNamespace("ip link set tap9 up");
    expect(unanswered(3)).to.deep.equal([]);
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
      need(this, "python3");
      inNamespace("ip tuntap add tap9 mode tap");
      inNamespace("ip addr add 10.55.0.1/16 dev tap9");
      const child = start({});
      await child.next("ready");
      expect(unanswered(3)).to.deep.equal([]);
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
      need(this, "python3");
      inNamespace("ip tuntap add tap9 mode tap multi_queue");
      const child = start({});
      await child.next("ready");
      expect(unanswered(3)).to.deep.equal([]);
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

  it("is refused an address that the network of a device without carrier covers", async () => {
    // Nothing is attached to it, so it has no carrier; the kernel routes to it all the same once it is up.
    inNamespace("ip tuntap add tap8 mode tap");
    inNamespace("ip addr add 10.98.7.9/24 dev tap8");
    try {
      for (const state of ["down", "up"]) {
        inNamespace(`ip link set tap8 ${state}`);
        const refused = await start({}).next("ready").catch(String);
        expect(refused, state).to.match(/tap8 has 10\.98\.7\.9\/24.*\(EADDRINUSE\)/);
      }
    } finally {
      inNamespace("ip link delete tap8");
    }
    expect(namespace.devices()).to.deep.equal(["lo"]);
  });

  it("is refused to a user without the right, who is told which one", async () => {
    // That user may not be allowed to read this repository: below root's home, for one.
    const copied = copyOfChild("koffi", "@koromix");
    const child = namespace.start(copied, TAP9, OURS, "65534");
    const available = await child.next("available");
    expect(available["ok"]).to.equal(false);
    expect(available["reason"]).to.include("CAP_NET_ADMIN");
    expect(await child.next("ready").catch(String)).to.match(/CAP_NET_ADMIN.*\((EPERM|EACCES)\)/);
    expect(await child.exited).to.equal(0);
  });

  it("of one's own needs no rights, where everybody may open /dev/net/tun and it is set up", async () => {
    const shared =
      'mount -t tmpfs none /dev/net && mknod /dev/net/tun c 10 200 && chmod "$0" /dev/net/tun && exec "$@"';
    const owner = "65534";
    const copied = copyOfChild("koffi", "@koromix");
    const attach = (mode: string): Child => {
      const words = [
        "unshare",
        "--mount",
        "sh",
        "-c",
        shared,
        mode,
        process.execPath,
        copied,
        TAP9,
        OURS,
        owner,
      ];
      return namespace.startProgram(...words);
    };
    inNamespace(`ip tuntap add tap9 mode tap user ${owner}`);
    try {
      const closed = attach("600");
      expect((await closed.next("available"))["reason"]).to.match(
        /tun, whose mode is 0600: .*chmod 666.*\(EACCES\)/,
      );
      const down = await attach("666").next("ready").catch(String);
      expect(down).to.match(/may not set .* set it up before, with address/);
      inNamespace("ip addr add 10.98.7.1/24 dev tap9");
      inNamespace("ip link set tap9 up");
      const child = attach("666");
      await child.next("ready");
      expect(unanswered(3)).to.deep.equal([]);
      child.tell("close");
      await child.next("closed");
      expect(inNamespace("ip -4 -o addr show tap9"), "it is left as it was").to.include("10.98.7.1/24");
    } finally {
      inNamespace("ip link delete tap9");
    }
  });

  it("tells a user who may not read koffi that, and not to install it", async () => {
    const copied = copyOfChild("koffi", "@koromix");
    chmodSync(join(dirname(copied), "../../../node_modules"), 0o700);
    const child = namespace.start(copied, TAP9, OURS, "65534");
    expect((await child.next("available"))["reason"]).to.match(
      /may not read \S+node_modules\S*koffi.*\(EKOFFI\)/,
    );
  });

  it("is refused where there is no /dev/net/tun, and the message says how to get it", async () => {
    const hide = 'mount -t tmpfs none /dev/net && exec "$@"';
    const words = ["unshare", "--mount", "sh", "-c", hide, "sh", process.execPath, CHILD, "{}", OURS];
    const [available, refused] = namespace.runNode(words).trim().split("\n").map(String);
    expect(available).to.include('"ok":false').and.to.include("modprobe tun");
    expect(refused).to.include('"code":"ENOENT"').and.to.include("--device /dev/net/tun");
  });

  it("is refused without koffi, and the message says what to install", async () => {
    const child = namespace.start(copyOfChild(), TAP9, OURS);
    expect((await child.next("available"))["reason"]).to.include("npm install koffi");
    expect(await child.next("ready").catch(String)).to.include("(ENOKOFFI)");
  });

  it("is refused with a koffi that does not load, and the message says why", async () => {
    const bare = namespace.start(copyOfChild("koffi"), TAP9, OURS);
    expect((await bare.next("available"))["reason"]).to.match(/without its binary for linux-.*\(EKOFFI\)/);
    const copied = copyOfChild("koffi", "@koromix");
    const modules = join(dirname(copied), "../../../node_modules");
    for (const file of readdirSync(modules, { recursive: true, encoding: "utf8" }))
      if (file.endsWith(".node")) writeFileSync(join(modules, file), "damaged");
    const damaged = namespace.start(copied, TAP9, OURS);
    expect((await damaged.next("available"))["reason"]).to.match(
      /does not load: .*koffi\.node: .*\(EKOFFI\)/,
    );
    const whole = copyOfChild("koffi", "@koromix");
    const permission = process.allowedNodeEnvironmentFlags.has("--permission")
      ? "--permission"
      : "--experimental-permission";
    const words = [process.execPath, permission, "--allow-fs-read=*", whole, TAP9, OURS];
    const forbidden = namespace.startProgram(...words);
    expect((await forbidden.next("available"))["reason"]).to.match(/--allow-addons.*\(EKOFFI\)/);
  });

  /** What the child needs, where everybody can read it, with these packages only; the path of the child. */
  function copyOfChild(...packages: readonly string[]): string {
    const folder = mkdtempSync(join(tmpdir(), "tapstack-tap-"));
    copies.push(folder);
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, "node_modules"));
    cpSync("package.json", join(folder, "package.json"));
    cpSync("build/src", join(folder, "build/src"), { recursive: true });
    const child = "build/test/interop/tap-child.js";
    cpSync(child, join(folder, child));
    for (const name of packages)
      cpSync(join("node_modules", name), join(folder, "node_modules", name), { recursive: true });
    return join(folder, child);
  }
});
