/**
 * Hundreds of small networks, each from one seed: everything that may go wrong on a line does, and every
 * octet must still arrive once and in order, every connection end, and nothing be left behind.
 *
 * `SOAK_SEEDS=n` runs n seeds instead of the everyday number, `SEED=k` only that one.
 */
import { expect } from "chai";
import type { Lab, LabHost } from "../../src/lab/index.ts";
import {
  type Duration,
  milliseconds,
  type Random,
  seconds,
  type TcpOptions,
  type TcpSettings,
  Xoshiro128,
} from "../../src/stack/index.ts";
import { insideOf } from "../../src/stack/stack.ts";
import type { Tcp } from "../../src/stack/tcp/tcp.ts";
import { at, type Manner, Talker, twoHosts } from "../support/net.ts";
import { between, chance, pick, trouble } from "../support/soak/trouble.ts";
import { thorough } from "../support/thorough.ts";

const EVERYDAY: number = thorough(150, 1000);
const { SEED, SOAK_SEEDS } = process.env;
const FIRST = SEED === undefined ? 1 : Number(SEED);
const COUNT = SEED === undefined ? Number(SOAK_SEEDS ?? EVERYDAY) : 1;

/** Seeds per mocha test, so that none takes long. */
const BATCH = 25;

/** No run may take longer than this, in its own time. */
const LONGEST = seconds(4 * 3600);

function settings(random: Random): TcpSettings {
  return {
    config: {
      sack: chance(random, 0.75),
      timestamps: chance(random, 0.75),
      windowScaling: chance(random, 0.75),
    },
  };
}

function options(random: Random): Partial<TcpOptions> {
  return {
    sendBuffer: between(random, 2_000, 100_000),
    receiveBuffer: between(random, 2_000, 100_000),
    noDelay: chance(random, 0.3),
    congestion: pick(random, ["cubic", "newreno"]),
  };
}

/** The manners of the two ends of connection `index`. */
function manners(random: Random, index: number): [Manner, Manner] {
  const most = pick(random, [20_000, 100_000, 400_000]);
  const one = chance(random, 0.1) ? 0 : between(random, 1, most);
  const other = chance(random, 0.2) ? 0 : between(random, 1, most);
  const manner = (sends: number, sendKey: number, receives: number, receiveKey: number): Manner => ({
    sends,
    sendKey,
    receives,
    receiveKey,
    writeMost: pick(random, [1_000, 5_000, 20_000]),
    readMost: pick(random, [500, 5_000, 50_000]),
    pause: pick(random, [0, 0.05, 0.3]),
    pauseMost: pick(random, [milliseconds(1), milliseconds(100), seconds(3)]),
    finishesFirst: chance(random, 0.7),
  });
  const keys = [2 * index + 1, 2 * index + 2].map((key) => Math.imul(key, 0x2545f491));
  const [a = 0, b = 0] = keys;
  const pair: [Manner, Manner] = [manner(one, a, other, b), manner(other, b, one, a)];
  // Two that both wait for the other's end would wait forever, if neither had anything to send.
  return pair[0].finishesFirst ? pair : [{ ...pair[0], finishesFirst: true }, pair[1]];
}

/** Opens connection `index` at both ends; what is to be added when the passive end accepts. */
function connect(lab: Lab, random: Random, index: number, alice: LabHost, bob: LabHost): () => Talker[] {
  const [left, right] = manners(random, index);
  const talk = (endpoint: Parameters<typeof newTalker>[1], manner: Manner, who: string): Talker =>
    newTalker(lab, endpoint, random.fork(`${who} ${index}`), manner);
  const active = alice.stack.openTcp();
  active.configure(options(random));
  expect(active.bind(at(alice, 5000 + index))).to.equal(undefined);
  if (chance(random, 0.15)) {
    const other = bob.stack.openTcp();
    other.configure(options(random));
    expect(other.bind(at(bob, 80 + index))).to.equal(undefined);
    expect(other.connect(at(alice, 5000 + index))).to.equal(undefined);
    expect(active.connect(at(bob, 80 + index))).to.equal(undefined);
    const talkers = [talk(active, left, "left"), talk(other, right, "right")];
    return () => talkers;
  }
  const listener = bob.stack.openTcp();
  listener.configure(options(random));
  expect(listener.bind(at(bob, 80 + index))).to.equal(undefined);
  expect(listener.listen(5)).to.equal(undefined);
  const talkers = [talk(active, left, "left")];
  listener.onChange(() => {
    const accepted = listener.accept();
    if (accepted === undefined) return;
    talkers.push(talk(accepted, right, "right"));
    listener.close();
    talkers.at(-1)?.talk();
  });
  expect(active.connect(at(bob, 80 + index))).to.equal(undefined);
  return () => talkers;
}

function newTalker(
  lab: Lab,
  endpoint: ConstructorParameters<typeof Talker>[0],
  random: Random,
  manner: Manner,
): Talker {
  return new Talker(endpoint, lab.time, random, manner);
}

/** One network, from its seed alone. */
function soak(seed: number): void {
  const random = new Xoshiro128(seed).fork("soak");
  const impairments = trouble(random);
  const mtu = pick(random, [576, 1500, 1500, 1500, 9000]);
  const tcp = { alice: settings(random), bob: settings(random) };
  const offloads = chance(random, 0.1); // a good line then, with super-segments and partial checksums
  const line = offloads ? { offloads, mtu } : { impairments: "", mtu };
  const { lab, alice, bob, cable } = twoHosts(seed, line, tcp);
  meet(lab, alice, bob);
  // Bad phases come later: a host whose three ARP requests are all lost in one is rightly unreachable.
  cable.impaired?.change(impairments.replace(/burst=[^,]*,?/, "").replace(/,$/, ""));
  const connections: (() => Talker[])[] = [];
  for (let i = between(random, 1, 3); i > 0; i--) connections.push(connect(lab, random, i, alice, bob));
  const talkers = (): Talker[] => connections.flatMap((both) => both());
  const complaint = (): string | undefined => talkers().find(({ trouble }) => trouble !== undefined)?.trouble;
  const over = (): boolean =>
    talkers().length === 2 * connections.length && talkers().every(({ done }) => done);
  const story = (): string =>
    `line ${offloads ? "with offloads" : impairments || "good"}, mtu ${mtu}; ${talkers().join("; ")}`;
  const begun = (): boolean =>
    talkers().length === 2 * connections.length && talkers().every(({ begun }) => begun);
  lab.time.elapseUntil(() => begun() || complaint() !== undefined);
  cable.impaired?.change(impairments);
  lab.time.elapseUntil(() => over() || complaint() !== undefined || lab.time.now() > LONGEST);
  expect(complaint(), story()).to.equal(undefined);
  expect(over(), `all connections over; ${story()}`).to.equal(true);
  for (const talker of talkers()) expect(talker.received, story()).to.equal(talker.manner.receives);
  expectNothingLeft(lab, [alice, bob], story);
  lab.close();
}

/** The hosts learn each other's link addresses while the line is good: three lost ARP requests are no fault of TCP. */
function meet(lab: Lab, alice: LabHost, bob: LabHost): void {
  const udp = alice.stack.openUdp();
  udp.send(new Uint8Array(1), at(bob, 9));
  lab.time.elapse(seconds(3));
  udp.close();
}

/** Orphans finish what they have to send; TIME-WAIT passes; then nothing of TCP is left. */
function expectNothingLeft(lab: Lab, hosts: readonly LabHost[], story: () => string): void {
  const connections = (): string[] =>
    hosts.flatMap((host) => host.stack.connections().map(({ state }) => state));
  lab.time.elapse((15 * 60 * 1_000_000) as Duration);
  expect(connections(), `left over; ${story()}`).to.deep.equal([]);
  for (const host of hosts) {
    expect(
      host.stack.contextFor("test").pool.outstanding,
      `packets of ${host.name} left; ${story()}`,
    ).to.equal(0);
    expect(
      (insideOf(host.stack).tcp as Tcp).rings.outstanding,
      `buffers of ${host.name} left; ${story()}`,
    ).to.equal(0);
  }
}

describe("soak: TCP over lines on which everything goes wrong", () => {
  for (let first = FIRST; first < FIRST + COUNT; first += BATCH) {
    const last = Math.min(first + BATCH, FIRST + COUNT) - 1;
    it(`delivers every octet once and in order, and leaves nothing behind: seeds ${first} to ${last}`, function () {
      this.timeout(600_000);
      for (let seed = first; seed <= last; seed++) {
        try {
          soak(seed);
        } catch (error) {
          throw new Error(`seed ${seed} (alone: SEED=${seed} npx mocha build/test/simulation/soak.test.js)`, {
            cause: error,
          });
        }
      }
    });
  }
});
