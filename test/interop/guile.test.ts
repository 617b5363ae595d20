/**
 * Guile talks to us: its own socket calls over the kernel's stack at one end of a TAP, the same calls over our
 * stack at the other. What each side receives is compared with what the other sent, octet for octet.
 */
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { skipIf } from "../support/peers.ts";
import type { Part } from "./guile-child.ts";
import { type Child, Namespace } from "./namespace.ts";

const CHILD = fileURLToPath(new URL("./guile-child.js", import.meta.url));
const OURS = "10.98.7.2";
const THEIRS = "10.98.7.1";
const PORT = 7007;

/** Octets of a stream, there and back: several of the largest super-segments, and different on each way. */
const SENT = 300_000;
const ANSWERED = 400_000;

/** Datagrams: empty, of one octet, the largest in one packet, the smallest in two, and the largest there is. */
const SIZES: readonly number[] = [0, 1, 1472, 1473, 20_000, 65_507];
const ALL_SIZES = SIZES.reduce((sum, size) => sum + size, 0);

describe("Guile over the kernel's stack, and we at the other end of the TAP", () => {
  const namespace = new Namespace("guile");

  before(async function () {
    skipIf(this, await namespace.open("guile"));
  });

  afterEach(() => namespace.killAll());

  after(() => namespace.close());

  function guile(role: Part["role"], ...words: readonly unknown[]): Child {
    const file = `test/interop/guile/${role}.scm`;
    return namespace.startProgram("guile", "--no-auto-compile", file, ...words.map(String));
  }

  function ours(role: Part["role"], style: Part["style"], count: number): Child {
    const part: Part = { role, style, ours: OURS, theirs: THEIRS, port: PORT, count, sizes: SIZES };
    return namespace.start(CHILD, JSON.stringify(part));
  }

  /** Both have received what the other sent, and end in order. */
  async function agree(child: Child, weReceive: number, peer: Child, theyReceive: number): Promise<void> {
    const { received, wrong, seed } = await child.next("done");
    expect({ received, wrong }, `ours, seed ${seed}`).to.deep.equal({ received: weReceive, wrong: -1 });
    expect(await peer.next("done"), `Guile's, seed ${seed}`).to.include({ received: theyReceive, wrong: -1 });
    expect(await peer.exited, "Guile's exit").to.equal(0);
    child.tell("close");
    expect(await child.next("closed")).to.include({ outstanding: 0 });
    expect(await child.exited, "our exit").to.equal(0);
  }

  it("exchanges a stream as the client of our server", async () => {
    const child = ours("server", "stream", ANSWERED);
    await child.next("listening");
    await agree(child, SENT, guile("client", "stream", OURS, PORT, SENT), ANSWERED);
  });

  it("exchanges a stream as the server of our client", async () => {
    const peer = guile("server", "stream", PORT, ANSWERED);
    await peer.next("listening");
    await agree(ours("client", "stream", SENT), ANSWERED, peer, SENT);
  });

  it("exchanges datagrams as the client of our server", async () => {
    const child = ours("server", "datagram", 0);
    await child.next("listening");
    await agree(child, ALL_SIZES, guile("client", "datagram", OURS, PORT, ...SIZES), ALL_SIZES);
  });

  it("exchanges datagrams as the server of our client", async () => {
    const peer = guile("server", "datagram", PORT, SIZES.length);
    await peer.next("listening");
    await agree(ours("client", "datagram", 0), ALL_SIZES, peer, ALL_SIZES);
  });
});
