/** Neighbour Discovery: RFC 4861 §7, its states in virtual time; duplicate address detection: RFC 4862 §5.4, RFC 7527. */
import { expect } from "chai";
import { milliseconds, seconds } from "../../../../src/stack/index.ts";
import { bytes } from "../../../support/frames.ts";
import {
  ALL_NODES,
  advertisement,
  describeFrame6,
  linkOption,
  OUR_IP6,
  PEER_IP6,
  solicitation,
} from "../../../support/frames6.ts";
import { address, WireRig } from "../../../support/wire-rig.ts";

const OTHER = "02:00:00:00:00:99";
const ASK = `${OUR_IP6} > ff02::1:ff00:1 hlim 255 icmp6 135/0 ${PEER_IP6}`;
const PROBE = `${OUR_IP6} > ${PEER_IP6} hlim 255 icmp6 135/0 ${PEER_IP6}`;
const DATA = `${OUR_IP6} > ${PEER_IP6} hlim 64 udp`;

function start(): {
  rig: WireRig;
  send: () => void;
  sent: () => string[];
  state: () => string;
  failure: () => unknown;
} {
  const rig = new WireRig({ addresses: [`${OUR_IP6}/64`] });
  rig.run(seconds(2));
  rig.taken();
  const socket = rig.stack.openUdp();
  socket.connect({ address: address(PEER_IP6), port: 9 });
  return {
    rig,
    send: () => void socket.send(bytes("x")),
    sent: () =>
      rig
        .taken()
        .map(describeFrame6)
        .map((line) => line.replace(/ udp .*/, " udp")),
    state: () => {
      const found = rig.stack
        .neighbours()
        .get("eth0")
        ?.find((one) => one.address.equals(address(PEER_IP6)));
      return found === undefined ? "none" : `${found.state} ${found.mac ?? "?"}`;
    },
    failure: () => socket.takeFailure(),
  };
}

const PEER_MAC = "02:77:00:00:00:01";

describe("a neighbour (RFC 4861 §7.3.2)", () => {
  it("is asked for three times, a second apart, before what waits is given up", () => {
    const { rig, send, sent, state, failure } = start();
    send();
    expect([state(), ...sent()]).to.deep.equal(["incomplete ?", ASK]);
    rig.run(milliseconds(999));
    expect(sent()).to.deep.equal([]);
    rig.run(seconds(1));
    expect(sent()).to.deep.equal([ASK]);
    rig.run(seconds(1));
    expect(sent()).to.deep.equal([ASK]);
    rig.run(seconds(1));
    expect([state(), failure(), ...sent()]).to.deep.equal(["none", "host-unreachable"]);
    send();
    expect(sent(), "and asked anew").to.deep.equal([ASK]);
    rig.run(seconds(4));
    rig.close();
  });

  it("is REACHABLE by a solicited answer, STALE after a while, DELAY when used, and PROBE 5 s later", () => {
    const { rig, send, sent, state } = start();
    send();
    rig.receive(advertisement());
    expect([state(), ...sent()]).to.deep.equal([`reachable ${PEER_MAC}`, ASK, DATA]);
    rig.run(seconds(14));
    expect(state()).to.equal(`reachable ${PEER_MAC}`); // at least half of REACHABLE_TIME
    rig.run(seconds(32));
    expect(state()).to.equal(`stale ${PEER_MAC}`);
    send();
    expect([state(), ...sent()]).to.deep.equal([`delay ${PEER_MAC}`, DATA]);
    rig.run(milliseconds(5_001));
    expect([state(), ...sent()]).to.deep.equal([`probe ${PEER_MAC}`, PROBE]);
    rig.receive(advertisement(PEER_IP6, 0x40, bytes()));
    expect(state()).to.equal(`reachable ${PEER_MAC}`);
  });

  it("that no longer answers is probed three times, and forgotten", () => {
    const { rig, send, sent, state } = start();
    rig.receive(solicitation());
    sent();
    expect(state()).to.equal(`stale ${PEER_MAC}`);
    send();
    rig.run(seconds(9));
    expect([state(), ...sent()]).to.deep.equal(["none", DATA, PROBE, PROBE, PROBE]);
  });

  it("is confirmed by what only it can have answered (§7.3.1)", () => {
    const { rig, send, state } = start();
    rig.receive(solicitation());
    send();
    expect(state()).to.equal(`delay ${PEER_MAC}`);
    rig.context.route(address(PEER_IP6))?.confirm();
    expect(state()).to.equal(`reachable ${PEER_MAC}`);
  });

  for (const [what, flags, mac, before, after] of [
    ["an unsolicited one that overrides", 0x20, OTHER, "reachable", `stale ${OTHER}`],
    ["a solicited one that overrides", 0x60, OTHER, "reachable", `reachable ${OTHER}`],
    ["one that does not override", 0x40, OTHER, "reachable", `stale ${PEER_MAC}`],
    ["one that does not override", 0x40, OTHER, "stale", `stale ${PEER_MAC}`],
    ["an unsolicited one with the same address", 0x20, PEER_MAC, "reachable", `reachable ${PEER_MAC}`],
    ["a solicited one with the same address", 0x40, PEER_MAC, "stale", `reachable ${PEER_MAC}`],
  ] as const) {
    it(`that is ${before}: ${what} makes it ${after} (§7.2.5)`, () => {
      const { rig, send, state } = start();
      if (before === "reachable") {
        send();
        rig.receive(advertisement());
      } else rig.receive(solicitation());
      expect(state()).to.equal(`${before} ${PEER_MAC}`);
      rig.receive(advertisement(PEER_IP6, flags, linkOption(2, mac)));
      expect(state()).to.equal(after);
    });
  }

  it("that is INCOMPLETE is STALE by an unsolicited answer, and gets what waits", () => {
    const { rig, send, sent, state } = start();
    send();
    rig.receive(advertisement(PEER_IP6, 0x20, linkOption(2), { to: ALL_NODES }));
    expect([state(), ...sent()]).to.deep.equal([`stale ${PEER_MAC}`, ASK, DATA]);
  });

  it("is answered: to its address, solicited and overriding, with a hop limit of 255 (§7.2.4)", () => {
    const { rig, sent } = start();
    rig.receive(solicitation());
    expect(sent()).to.deep.equal([`${OUR_IP6} > ${PEER_IP6} hlim 255 icmp6 136/0 ${OUR_IP6} flags 60`]);
    rig.receive(solicitation(OUR_IP6, bytes(), { to: OUR_IP6 }));
    expect(sent(), "a unicast one needs no option").to.deep.equal([
      `${OUR_IP6} > ${PEER_IP6} hlim 255 icmp6 136/0 ${OUR_IP6} flags 60`,
    ]);
  });

  it("only one of 64 packets waits too long, and a flood of strangers displaces no friend", () => {
    const { rig, send, sent, state } = start();
    for (let i = 0; i < 70; i++) send();
    sent();
    rig.receive(advertisement());
    expect(sent().length).to.equal(64);
    for (let i = 0; i < 2000; i++)
      rig.receive(solicitation(OUR_IP6, linkOption(1), { from: `fd77::9:${i.toString(16)}` }));
    expect(state()).to.equal(`reachable ${PEER_MAC}`);
    expect(rig.stack.neighbours().get("eth0")?.length).to.be.at.most(1 + 256);
    rig.close();
  });
});

describe("an address of our own (RFC 4862 §5.4)", () => {
  const tentative = (): { rig: WireRig; states: () => string[]; sent: () => string[] } => {
    const rig = new WireRig({ addresses: [`${OUR_IP6}/64`], interface: { claim: "probe" } });
    return {
      rig,
      states: () => rig.eth0.addresses.map(({ state }) => state),
      sent: () =>
        rig
          .taken()
          .map(describeFrame6)
          .filter((line) => line.includes("icmp6 135") && line.includes(OUR_IP6)),
    };
  };
  const FIRST = `:: > ff02::1:ff00:2 hlim 255 icmp6 135/0 ${OUR_IP6}`;

  it("is used when nobody has answered for a second, after a delay of up to another", () => {
    const { rig, states, sent } = tentative();
    expect(states()).to.deep.equal(["tentative", "tentative"]);
    rig.run(seconds(1));
    expect(sent()).to.deep.equal([FIRST]);
    rig.run(seconds(1));
    expect(states()).to.deep.equal(["preferred", "preferred"]);
    expect(`${rig.eth0.addresses[1]?.address}`).to.match(/^fe80::/);
  });

  it("is given up when somebody has it, or asks for it as well", () => {
    for (const frame of [
      advertisement(OUR_IP6, 0x20, linkOption(2), { to: ALL_NODES }),
      solicitation(OUR_IP6, bytes(), { from: "::" }),
      solicitation(OUR_IP6, bytes(14, 1, 6, 5, 4, 3, 2, 1), { from: "::" }),
    ]) {
      const { rig, states } = tentative();
      rig.run(seconds(1));
      rig.receive(frame);
      rig.run(seconds(3));
      expect(states()).to.deep.equal(["duplicate", "preferred"]);
      expect(rig.eth0.ndCounters.ndConflicts).to.equal(1);
      rig.close();
    }
  });

  it("is not given up because our own question comes back, and is asked for thrice more (RFC 7527)", () => {
    const { rig, states, sent } = tentative();
    rig.run(seconds(1));
    for (const frame of rig.taken()) rig.receive(frame);
    rig.run(seconds(2));
    expect(states()[0]).to.equal("tentative");
    rig.run(seconds(3));
    expect(sent()).to.deep.equal([FIRST, FIRST, FIRST]);
    expect(states()).to.deep.equal(["preferred", "preferred"]);
  });

  it("that is link-local and taken is replaced by another, three times (RFC 7217 §6)", () => {
    const { rig } = tentative();
    const seen = new Set<string>();
    for (let i = 0; i < 5; i++) {
      const own = rig.eth0.addresses.find(({ address: one }) => one.isLinkLocal);
      if (own?.state !== "tentative") break;
      seen.add(`${own.address}`);
      rig.receive(advertisement(`${own.address}`, 0x20, linkOption(2), { to: ALL_NODES }));
    }
    expect(seen.size).to.equal(4);
    rig.run(seconds(3));
    expect(rig.eth0.addresses.map(({ state }) => state)).to.include("duplicate");
  });

  it("in use is defended: who asks whether it is free is told so, with all nodes", () => {
    const rig = new WireRig({ addresses: [`${OUR_IP6}/64`] });
    rig.taken();
    rig.receive(solicitation(OUR_IP6, bytes(), { from: "::" }));
    expect(rig.taken().map(describeFrame6)).to.deep.equal([
      `${OUR_IP6} > ff02::1 hlim 255 icmp6 136/0 ${OUR_IP6} flags 20`,
    ]);
  });

  it("is the same for the same secret, prefix and station, and another otherwise (RFC 7217)", () => {
    const linkLocal = (seed: number, mac?: string): string => {
      void mac;
      const rig = new WireRig({ addresses: [`${OUR_IP6}/64`], seed });
      return `${rig.eth0.addresses[1]?.address}`;
    };
    expect(linkLocal(1)).to.equal(linkLocal(1));
    expect(linkLocal(1)).to.not.equal(linkLocal(2));
  });
});
