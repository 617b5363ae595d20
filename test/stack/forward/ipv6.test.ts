/** A router and a filter with IPv6: RFC 8200, RFC 4443. */
import { expect } from "chai";
import { pipe } from "../../../src/drivers/memory/index.ts";
import { VirtualTime } from "../../../src/drivers/simulation/index.ts";
import {
  type Duration,
  type EchoReply,
  Firewall,
  type IpAddress,
  parseIp,
  type Ruleset,
  Stack,
  seconds,
  Xoshiro128,
} from "../../../src/stack/index.ts";

const ip = (text: string): IpAddress => parseIp(text) as IpAddress;
const at = (text: string): { address: IpAddress; prefixLength: number } => ({
  address: ip(text),
  prefixLength: 64,
});

interface Net {
  readonly time: VirtualTime;
  readonly alice: Stack;
  readonly router: Stack;
  readonly bob: Stack;
}

/** alice fd00:1::1 ─ fd00:1::fe router fd00:2::fe ─ bob fd00:2::1; a global network of bob's, fd00:3::/64, too. */
function net(mtu = 1500, rules?: Ruleset): Net {
  const time = new VirtualTime({ limit: seconds(1000) });
  const [alice, router, bob] = ["alice", "router", "bob"].map((name, index) => {
    const stack = new Stack({ clock: time, random: new Xoshiro128(index + 1), wakeAt: () => undefined });
    time.join(name, stack);
    return stack;
  }) as [Stack, Stack, Stack];
  const [a, ra] = pipe(time, { mtu: 1500 });
  const [b, rb] = pipe(time, { mtu });
  const off = { claim: "off" } as const;
  alice.addInterface("eth0", a, [at("fd00:1::1")], { ...off, gateway: ip("fd00:1::fe") });
  bob.addInterface("eth0", b, [at("fd00:2::1")], { ...off, gateway: ip("fd00:2::fe") });
  router.addInterface("eth0", ra, [at("fd00:1::fe")], off);
  router.addInterface("eth1", rb, [at("fd00:2::fe")], off);
  const made = router.startRouter({ reversePath: "strict" });
  if (rules !== undefined) new Firewall(made, rules);
  return { time, alice, router, bob };
}

async function ping({ time, alice }: Net, to: string, octets = 8, hopLimit = 0): Promise<string> {
  const echo = alice.openEcho();
  const failure = echo.request(ip(to), 1, new Uint8Array(octets).fill(5), hopLimit);
  if (failure !== undefined) return failure;
  await time.runFor(seconds(4) as Duration);
  const reply: EchoReply | undefined = echo.reply();
  echo.close();
  if (reply === undefined) return "nothing";
  return `${reply.from} ${reply.failure ?? `${reply.data.length} octets`}`;
}

function close({ alice, router, bob }: Net): void {
  for (const stack of [alice, router, bob]) {
    stack.close();
    expect(stack.contextFor("test").pool.outstanding).to.equal(0);
  }
}

describe("a router of IPv6", () => {
  it("passes datagrams on, and tells who it is when the hop limit ends", async () => {
    const made = net();
    expect(await ping(made, "fd00:2::1")).to.equal("fd00:2::1 8 octets");
    expect(await ping(made, "fd00:2::1", 8, 1)).to.equal("fd00:1::fe host-unreachable");
    expect(made.router.counters.forward?.drops.toJSON()).to.deep.equal({ hopLimitExceeded: 1 });
    close(made);
  });

  it("says that there is no route, and that a host does not answer (RFC 4443 §3.1)", async () => {
    const made = net();
    expect(await ping(made, "2001:db8::1")).to.equal("fd00:1::fe network-unreachable");
    expect(await ping(made, "fd00:2::77")).to.equal("fd00:1::fe host-unreachable");
    close(made);
  });

  it("does not cut up, but tells the MTU (RFC 4443 §3.2)", async () => {
    const made = net(1300);
    expect(await ping(made, "fd00:2::1", 1400)).to.equal("fd00:1::fe message-too-long");
    expect(made.router.counters.forward?.ipFragOKs).to.equal(0);
    close(made);
  });

  it("sends on fragments as they come, and what a filter has put together in pieces again", async () => {
    const plain = net();
    expect(await ping(plain, "fd00:2::1", 5000)).to.equal("fd00:2::1 5000 octets");
    expect(plain.router.counters.forward?.ipOutForwDatagrams).to.equal(8);
    close(plain);
    const filtered = net(1500, { forward: { rules: [{ protocol: "icmpv6", state: "new", do: "accept" }] } });
    expect(await ping(filtered, "fd00:2::1", 5000)).to.equal("fd00:2::1 5000 octets");
    expect(filtered.router.counters.forward?.ipOutForwDatagrams).to.equal(2);
    close(filtered);
  });

  it("hides hosts behind one address (NAT66), errors and their quotes included", async () => {
    const made = net(1500, { nat: [{ do: "masquerade", out: "eth1" }] });
    expect(await ping(made, "fd00:2::1", 3000)).to.equal("fd00:2::1 3000 octets");
    const socket = made.alice.openUdp();
    socket.connect({ address: ip("fd00:2::1"), port: 4444 });
    socket.send(new Uint8Array(4));
    await made.time.runFor(seconds(1));
    expect(socket.takeFailure()).to.equal("refused");
    socket.close();
    close(made);
  });

  it("lets answers in through a filter, and nothing else", async () => {
    const made = net(1500, {
      forward: {
        policy: "drop",
        rules: [
          { state: ["established", "related"], do: "accept" },
          { in: "eth0", state: "new", do: "accept" },
        ],
      },
    });
    expect(await ping(made, "fd00:2::1")).to.equal("fd00:2::1 8 octets");
    expect(await ping({ ...made, alice: made.bob }, "fd00:1::1")).to.equal("nothing");
    close(made);
  });
});
