/** Each MTU that a link may have carries a stream with all options, over a bad line, whatever fits into a segment. */
import { expect } from "chai";
import { milliseconds, seconds, Xoshiro128 } from "../../src/stack/index.ts";
import { at, type Manner, Talker, twoHosts } from "../support/net.ts";

const OCTETS = 6_000;
const LEAST = 68; // RFC 791 §3.2

/** Both ends send and receive, on a line that loses, doubles and reorders; how many fragments the hosts have made. */
function converse(mtu: number): number {
  const seed = mtu;
  const { lab, alice, bob, cable } = twoHosts(seed, { impairments: "delay=3ms", mtu });
  const manner: Manner = {
    sends: OCTETS,
    sendKey: 1,
    receives: OCTETS,
    receiveKey: 1,
    writeMost: 5_000,
    readMost: 5_000,
    pause: 0.05,
    pauseMost: milliseconds(100),
    finishesFirst: true,
  };
  const listener = bob.stack.openTcp();
  listener.bind(at(bob, 80));
  listener.listen(1);
  const random = new Xoshiro128(seed);
  const active = alice.stack.openTcp();
  const talkers = [new Talker(active, lab.time, random.fork("left"), manner)];
  listener.onChange(() => {
    const accepted = listener.accept();
    if (accepted === undefined) return;
    const right = new Talker(accepted, lab.time, random.fork("right"), manner);
    talkers.push(right);
    right.talk();
  });
  active.connect(at(bob, 80));
  lab.time.elapseUntil(() => active.connected);
  expect(active.info()).to.deep.include({ timestamps: true, sack: true });
  cable.impaired?.change("delay=3ms,loss=5%,duplicate=5%,reorder=20%:8ms");
  const over = (): boolean => talkers.length === 2 && talkers.every(({ done }) => done);
  const trouble = (): boolean => talkers.some((talker) => talker.trouble !== undefined);
  lab.time.elapseUntil(() => over() || trouble() || lab.time.now() > seconds(3600));
  const story = `seed and MTU ${mtu}: ${talkers.join("; ")}`;
  expect(trouble(), story).to.equal(false);
  expect(over(), story).to.equal(true);
  const fragments = [alice, bob].map(({ stack }) => stack.counters.ip.ipFragCreates);
  lab.close();
  return Math.max(...fragments);
}

describe("a stream with timestamps and SACK", () => {
  for (let first = LEAST; first <= 104; first += 4) {
    it(`goes through MTUs from ${first} to ${first + 3}, in no fragments`, () => {
      for (let mtu = first; mtu < first + 4; mtu++) expect(converse(mtu), `MTU ${mtu}`).to.equal(0);
    });
  }

  it("goes through the larger ones, in no fragments", () => {
    for (const mtu of [128, 296, 552, 576, 1006, 1280, 1492]) expect(converse(mtu), `MTU ${mtu}`).to.equal(0);
  });
});
