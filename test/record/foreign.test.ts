import { expect } from "chai";
import { AF_INET, type createSockets, INADDR_ANY, SOCK_STREAM } from "../../src/api/index.ts";
import { readCapture } from "../../src/drivers/observe/index.ts";
import { Lab, type LabHost } from "../../src/lab/index.ts";
import { type Comparison, compareCapture } from "../../src/record/index.ts";

/** What one end saw: `there` octets to bob, `back` from him, over a line. */
async function conversation(
  line: string,
  there: number,
  back: number,
  sack = true,
  seenBy: "alice" | "bob" = "bob",
): Promise<Uint8Array> {
  const lab = new Lab({ seed: 4, capture: true });
  const tcp = { config: { sack } };
  const [alice, bob] = [lab.host("alice", "10.0.0.1/24", { tcp }), lab.host("bob", "10.0.0.2/24", { tcp })];
  lab.link(alice, bob, { impairments: line });
  const listener = bob.sockets.socket(AF_INET, SOCK_STREAM);
  bob.sockets.bind(listener, AF_INET, INADDR_ANY, 7);
  bob.sockets.listen(listener, 1);
  const client = alice.sockets.socket(AF_INET, SOCK_STREAM);
  const [[server]] = await lab.run(
    Promise.all([bob.sockets.accept(listener), alice.sockets.connect(client, bob.at(7))]),
  );
  await lab.run(moved(alice, client, bob, server, there));
  await lab.run(moved(bob, server, alice, client, back));
  await alice.sockets.close(client);
  await bob.sockets.close(server);
  await lab.runFor("5s");
  const bytes = lab.capture(seenBy === "bob" ? bob : alice);
  lab.close();
  return bytes;
}

type Socket = Parameters<ReturnType<typeof createSockets>["close"]>[0];

async function moved(from: LabHost, out: Socket, to: LabHost, into: Socket, octets: number): Promise<void> {
  const text = new Uint8Array(octets).map((_, at) => at * 11);
  const sending = (async () => {
    for (let at = 0; at < octets; ) at += await from.sockets.send(out, text.subarray(at));
  })();
  const buffer = new Uint8Array(65_536);
  for (let got = 0; got < octets; ) got += await to.sockets.recvInto(into, buffer);
  await sending;
}

function only(capture: Uint8Array, as: "client" | "server"): Comparison {
  const [comparison, ...others] = compareCapture(readCapture(capture), as);
  expect(others).to.deep.equal([]);
  if (comparison === undefined) throw new Error("no conversation was found");
  return comparison;
}

describe("a capture that is replayed against our TCP", () => {
  for (const sack of [true, false]) {
    it(`that ours has made itself has no differences, as the server${sack ? "" : ", without SACK"}`, async () => {
      const comparison = only(await conversation("delay=10ms", 20_000, 40_000, sack), "server");
      const { name, as, same, onlyTheirs, onlyOurs, received, toReceive } = comparison;
      expect(name).to.match(/^10\.0\.0\.1:\d+ > 10\.0\.0\.2:7$/);
      expect(as).to.equal("server");
      expect(comparison.rows.filter(({ who }) => who !== "both")).to.deep.equal([]);
      expect([onlyTheirs, onlyOurs]).to.deep.equal([0, 0]);
      expect(same).to.be.greaterThan(25);
      expect([received, toReceive]).to.deep.equal([20_000, 20_000]);
    });
  }

  it("has none as the client either: ours connects, writes and closes when that did", async () => {
    const comparison = only(await conversation("delay=10ms", 20_000, 40_000, true, "alice"), "client");
    expect(comparison.rows.filter(({ who }) => who !== "both")).to.deep.equal([]);
    expect([comparison.received, comparison.toReceive]).to.deep.equal([40_000, 40_000]);
  });

  it("with loss gives every octet to the application, and says why ours sends what it sends", async () => {
    const comparison = only(await conversation("loss=3%,delay=10ms", 100_000, 100_000), "server");
    expect([comparison.received, comparison.toReceive]).to.deep.equal([100_000, 100_000]);
    const ours = comparison.rows.filter(({ reason }) => reason !== undefined);
    expect(ours.length).to.be.greaterThan(50);
    expect(ours.filter(({ reason }) => reason === "unknown")).to.deep.equal([]);
    const times = comparison.rows.flatMap(({ theirsAt }) => (theirsAt === undefined ? [] : [theirsAt]));
    expect(times).to.deep.equal([...times].sort((one, other) => one - other));
  });

  it("shows what another TCP has sent that ours would not", async () => {
    const bytes = Buffer.from(await conversation("delay=10ms", 1_000, 3_000));
    const { rows } = only(acknowledgingLess(bytes), "server");
    const theirs = rows.filter(({ who }) => who === "theirs").map(({ segment }) => segment);
    const ours = rows.filter(({ who }) => who === "ours").map(({ segment, reason }) => [segment, reason]);
    expect(theirs).to.deep.include(". 1:1449(1448) ack 501");
    expect(ours).to.deep.include([". 1:1449(1448) ack 1001", "newText"]);
  });

  it("is of no conversation where nothing of TCP is in it", () => {
    const empty = Buffer.from("a1b2c3d40002000400000000000000000000ffff00000001", "hex");
    expect(compareCapture(readCapture(empty), "client")).to.deep.equal([]);
  });
});

/** As if the server acknowledged 500 octets less with its text than it did. */
function acknowledgingLess(capture: Buffer): Uint8Array {
  const copy = Buffer.from(capture);
  const marker = Buffer.from([0, 11, 22, 33, 44, 55, 66]);
  for (let at = copy.indexOf(marker); at >= 0; at = copy.indexOf(marker, at + 1)) {
    // Acknowledgment number of the header that ends right before the text, 32 octets long.
    const header = at - 32;
    if (copy.readUInt16BE(header) === 7)
      copy.writeUInt32BE((copy.readUInt32BE(header + 8) - 500) >>> 0, header + 8);
  }
  return copy;
}
