import { createHash } from "node:crypto";
import { expect } from "chai";
import { AF_INET, inetSockaddr, SHUT_WR, SOCK_STREAM } from "../../src/api/index.ts";
import { Lab, type LabHost } from "../../src/lab/index.ts";

const LINE = "loss=3%,delay=5ms,jitter=1ms,reorder=10%,duplicate=1%,corrupt=1%,rate=20mbit";
const OCTETS = 200_000;

/** Sends a file over a bad line by the socket calls; the captures of both hosts. */
async function run(seed: number, drain?: () => Promise<unknown>): Promise<Uint8Array[]> {
  const lab = new Lab({ seed, capture: true, ...(drain && { drain }) });
  const alice = lab.host("alice", "10.0.0.1/24");
  const bob = lab.host("bob", "10.0.0.2/24");
  lab.link(alice, bob, { impairments: LINE });
  const [received] = await lab.run(Promise.all([receive(bob), send(alice, bob)]));
  expect(received).to.equal(OCTETS);
  const captures = [lab.capture(alice), lab.capture(bob)];
  lab.close();
  return captures;
}

async function receive({ sockets }: LabHost): Promise<number> {
  const listener = sockets.socket(AF_INET, SOCK_STREAM);
  sockets.bind(listener, inetSockaddr(0, 7));
  sockets.listen(listener, 1);
  const [connection] = await sockets.accept(listener);
  const buffer = new Uint8Array(10_000);
  let octets = 0;
  for (;;) {
    const count = await sockets["recv!"](connection, buffer);
    if (count === 0) break;
    octets += count;
  }
  await sockets.close(connection);
  await sockets.close(listener);
  return octets;
}

async function send({ sockets }: LabHost, to: LabHost): Promise<void> {
  const socket = sockets.socket(AF_INET, SOCK_STREAM);
  await sockets.connect(socket, to.at(7));
  await sockets.send(
    socket,
    Uint8Array.from({ length: OCTETS }, (_, i) => (i * 7) & 255),
  );
  sockets.shutdown(socket, SHUT_WR);
  expect(await sockets["recv!"](socket, new Uint8Array(1))).to.equal(0);
  await sockets.close(socket);
}

const digest = (captures: Uint8Array[]): string[] =>
  captures.map((bytes) => createHash("sha256").update(bytes).digest("hex"));

describe("a run in virtual time", () => {
  it("is the same, octet for octet, each time that it starts from the same seed", async () => {
    for (const seed of [1, 2, 3]) {
      const first = await run(seed);
      const second = await run(seed);
      expect(first[0]?.length).to.be.above(OCTETS);
      expect(
        Buffer.compare(first[0] ?? new Uint8Array(), second[0] ?? new Uint8Array()),
        `seed ${seed}`,
      ).to.equal(0);
      expect(digest(first), `seed ${seed}`).to.deep.equal(digest(second));
    }
  });

  it("does not depend on how the host lets promises settle", async () => {
    expect(digest(await run(4))).to.deep.equal(digest(await run(4, () => new Promise(setImmediate))));
  });

  it("is another one from another seed", async () => {
    expect(digest(await run(5))).to.not.deep.equal(digest(await run(6)));
  });
});
