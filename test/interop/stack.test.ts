/** The whole stack on a TAP, with the Linux kernel's own TCP and UDP as its peer. */
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import type { TapOptions } from "../../src/drivers/node/index.ts";
import type { TcpSettings } from "../../src/stack/index.ts";
import { skipIf } from "../support/peers.ts";
import { THOROUGH, thorough } from "../support/thorough.ts";
import { type Child, Namespace } from "./namespace.ts";

const CHILD = fileURLToPath(new URL("./stack-child.js", import.meta.url));
const CLIENT = fileURLToPath(new URL("./kernel-client.js", import.meta.url));
const OURS = "10.98.8.2";

describe("the stack on a TAP of the Linux kernel", () => {
  const namespace = new Namespace("stack");

  function start(options: TapOptions, tcp: TcpSettings = {}): Child {
    return namespace.start(
      CHILD,
      JSON.stringify({ name: "tap9", hostAddress: "10.98.8.1/24", ...options }),
      OURS,
      JSON.stringify(tcp),
    );
  }

  before(async function () {
    skipIf(this, await namespace.open("python3"));
  });

  afterEach(() => namespace.killAll());

  after(() => namespace.close());

  /** What the kernel's side of an echo saw. */
  async function echo(protocol: "tcp" | "udp", octets: number): Promise<void> {
    const client = namespace.start(CLIENT, protocol, OURS, String(octets));
    const done = await client.next("echoed");
    expect(done["received"]).to.deep.equal(done["sent"]);
  }

  it("is connected to by way of SYN cookies, window scale and SACK included (RFC 4987 §3.6)", async () => {
    const child = start({ mtu: 1500, batching: "thread" }, { config: { synCookies: "always" } });
    await child.next("ready");
    await echo("tcp", 4_000_000);
    child.tell("close");
    const { tcp } = await child.next("closed");
    expect(tcp).to.deep.include({
      synCookiesSent: 1,
      synCookiesReceived: 1,
      synCookiesFailed: 0,
      passiveOpens: 1,
    });
  });

  // Of each kind where somebody waits; all of them where CI is set.
  const cases = thorough([true], [true, false]).flatMap((offload) => [
    ...[1500, 576, 9000].map((mtu): TapOptions => ({ offload, mtu, batching: "thread" })),
    ...(["batch", "single"] as const).map((batching): TapOptions => ({ offload, mtu: 1500, batching })),
  ]);
  if (!THOROUGH) cases.push({ offload: false, mtu: 1500, batching: "batch" });
  for (const options of cases) {
    const { mtu, offload, batching } = options;
    const how = `MTU ${mtu}, offload ${offload}, ${batching}`;
    it(`answers pings, and echoes TCP and UDP octet for octet (${how})`, async () => {
      const child = start(options);
      const { failure, seed } = await child.next("ready");
      expect(failure, `seed ${seed}`).to.equal(undefined);
      expect(namespace.python("pings", OURS, 20, 4000)).to.deep.equal({ missing: [] });
      await echo("udp", 20_000);
      await echo("tcp", 4_000_000);
      child.tell("close");
      const { outstanding, statistics, tcp, ticks, due } = await child.next("closed");
      expect(outstanding).to.equal(0);
      // On a machine with nothing else to do nearly all of them come; without turns, none.
      expect(Number(ticks), `of ${due} ticks of the program's own timer`).to.be.above(Number(due) / 20);
      expect(statistics).to.include({ truncated: 0, badHeaders: 0, sendErrors: 0 });
      expect(tcp).to.include({ inErrs: 0, inCsumErrors: 0 });
      const { framesReceived, framesSent } = statistics as Record<string, number>;
      const { inSegs, outSegs } = tcp as Record<string, number>;
      // A super-segment counts as the segments that it is cut into; ping and UDP have a few frames of their own.
      expect(Number(inSegs) > Number(framesReceived), "super-segments came").to.equal(offload);
      expect(Number(outSegs) > Number(framesSent), "super-segments went").to.equal(offload);
      expect(namespace.devices()).to.deep.equal(["lo"]);
      expect(await child.exited).to.equal(0);
    });
  }
});
