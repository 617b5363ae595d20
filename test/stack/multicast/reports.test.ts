/**
 * What routers are told of groups and sources: IGMPv3 (RFC 3376) and MLDv2 (RFC 3810), which have one module. Every row
 * runs for both families; `1`, `2`, `3` stand for sources.
 */
import { expect } from "chai";
import { seconds } from "../../../src/stack/index.ts";
import { bytes } from "../../support/frames.ts";
import { ANY, GroupHost, V4, V6 } from "../../support/group-host.ts";
import { address } from "../../support/wire-rig.ts";

/** What the members do, one after the other, and what is told of the last: RFC 3376 §3.2 and §5.1, RFC 3810 §4.2 and §6.1. */
const CHANGES: readonly (readonly [steps: readonly string[], told: string])[] = [
  [["0 exclude"], "to_ex { }"],
  [["0 include 1"], "allow { 1 }"],
  [["0 exclude", "0 leave"], "to_in { }"],
  [["0 include 1", "0 leave"], "block { 1 }"],
  // Table of §5.1, old state by new.
  [["0 include 1 2", "0 include 2 3"], "allow { 3 }, block { 1 }"],
  [["0 include 1 2", "0 include 1 2 3"], "allow { 3 }"],
  [["0 include 1 2", "0 include 1"], "block { 2 }"],
  [["0 exclude 1 2", "0 exclude 2 3"], "allow { 1 }, block { 3 }"],
  [["0 exclude 1", "0 exclude"], "allow { 1 }"],
  [["0 exclude", "0 exclude 1"], "block { 1 }"],
  [["0 include 1 2", "0 exclude 3"], "to_ex { 3 }"],
  [["0 exclude 3", "0 include 1 2"], "to_in { 1 2 }"],
  // Several members.
  [["0 include 1", "1 include 2"], "allow { 2 }"],
  [["0 include 1", "1 include 1"], ""],
  [["0 include 1", "1 include 1", "0 leave"], ""],
  [["0 include 1 2", "1 include 2 3", "0 leave"], "block { 1 }"],
  [["0 exclude 1 2", "1 include 3", "1 exclude 2 3"], "allow { 1 }"],
  [["0 exclude 1 2", "1 include 3", "1 exclude 2 3", "0 leave"], "block { 3 }"],
  [["0 exclude 1 2", "1 include 1"], "allow { 1 }"],
  [["0 exclude 1 2", "1 include 3"], ""],
  [["0 exclude 1 2", "1 include 1", "1 leave"], "block { 1 }"],
  [["0 exclude 1", "1 exclude"], "allow { 1 }"],
  [["0 exclude 1", "1 exclude", "1 leave"], "block { 1 }"],
  [["0 exclude 1", "1 include 2", "0 leave"], "to_in { 2 }"],
  [["0 include 2", "1 include 2", "1 exclude 1"], "to_ex { 1 }"],
  [["0 include 1", "1 include 1", "1 exclude 1"], "to_ex { }"],
  [["0 exclude", "1 exclude", "0 leave"], ""],
];

/** State, a query for some sources ("" is the whole group), and the answer: RFC 3376 §5.2, RFC 3810 §6.3. */
const ANSWERS: readonly (readonly [state: string, asked: string, told: string])[] = [
  ["0 include 1 2", "", "is_in { 1 2 }"],
  ["0 exclude 1 2", "", "is_ex { 1 2 }"],
  ["0 exclude", "", "is_ex { }"],
  ["0 include 1 2", "2 3", "is_in { 2 }"],
  ["0 exclude 1 2", "2 3", "is_in { 3 }"],
  ["0 exclude", "2 3", "is_in { 2 3 }"],
  ["0 include 1", "2 3", ""],
  ["0 exclude 1 2", "1 2", ""],
];

for (const family of [V4, V6]) {
  describe(`reports of ${family.name}`, () => {
    let host: GroupHost;
    beforeEach(() => {
      host = new GroupHost(family);
    });
    afterEach(() => host.rig.close());

    for (const [steps, told] of CHANGES) {
      it(`tell of ${steps.join(", then ")}`, () => {
        for (const step of steps.slice(0, -1)) {
          host.does(step);
          host.settle();
        }
        host.does(steps.at(-1) as string);
        expect(host.told(), "at once").to.deep.equal(told === "" ? [] : [told]);
        host.rig.run(seconds(1));
        expect(host.told(), "and once more within a second").to.deep.equal(told === "" ? [] : [told]);
        host.rig.run(seconds(60));
        expect(host.told()).to.deep.equal([]);
      });
    }

    for (const [state, asked, told] of ANSWERS) {
      it(`answer of ${state} when asked about ${asked === "" ? "the group" : `sources ${asked}`}`, () => {
        host.does(state);
        host.settle();
        host.asked(10, asked);
        expect(host.told()).to.deep.equal([]);
        host.rig.run(seconds(1));
        expect(host.told()).to.deep.equal(told === "" ? [] : [told]);
        host.rig.run(seconds(60));
        expect(host.told()).to.deep.equal([]);
      });
    }

    it("answer a query about all groups in one message", () => {
      host.does("0 include 1");
      const other = family === V4 ? "239.9.9.9" : "ff05::999";
      host.members[0]?.joinGroup(address(other), "eth0");
      host.settle();
      host.askedAll(10);
      host.rig.run(seconds(1));
      expect(host.told()).to.deep.equal([`is_in { 1 }, is_ex ${other} { }`]);
    });

    it("answer a query for the group not by itself when all groups are told of before (§5.2, rule 1)", () => {
      host.does("0 include 1");
      host.settle();
      host.askedAll(1);
      host.asked(100, "");
      host.rig.run(seconds(30));
      expect(host.told()).to.deep.equal(["is_in { 1 }"]);
    });

    it("put several queries for sources together, and take the whole group when one asks for that (rules 4, 5)", () => {
      host.does("0 exclude 9");
      host.settle();
      host.asked(100, "1");
      host.asked(100, "2 1");
      host.rig.run(seconds(30));
      expect(host.told()).to.deep.equal(["is_in { 1 2 }"]);
      host.asked(100, "1");
      host.asked(100, "");
      host.asked(100, "2");
      host.rig.run(seconds(30));
      expect(host.told()).to.deep.equal(["is_ex { 9 }"]);
    });

    it("tell of two changes in a burst what holds, each as often as it should be (§5.1)", () => {
      host.does("0 include 1");
      host.does("0 include 1 2");
      expect(host.told()).to.deep.equal(["allow { 1 }", "allow { 1 2 }"]);
      host.rig.run(seconds(1));
      expect(host.told()).to.deep.equal(["allow { 2 }"]);
      host.does("0 include 2");
      host.does("0 include 1 2");
      expect(host.told()).to.deep.equal(["block { 1 }", "allow { 1 }"]);
      host.rig.run(seconds(60));
      expect(host.told(), "what has been taken back is not told").to.deep.equal(["allow { 1 }"]);
    });

    it("join and leave in a burst: the last word is that nobody listens", () => {
      host.does("0 exclude");
      host.does("0 leave");
      expect(host.told()).to.deep.equal(["to_ex { }", "to_in { }"]);
      host.rig.run(seconds(60));
      expect(host.told()).to.deep.equal(["to_in { }"]);
      host.askedAll(10);
      host.asked(10, "");
      host.rig.run(seconds(60));
      expect(host.told()).to.deep.equal([]);
    });

    it("are repeated as often as the querier's Robustness Variable says (§4.1.6, §5.1.8)", () => {
      host.does("0 exclude");
      host.settle();
      host.rig.receive(family.query(10, ANY[family.name] as string, [], bytes(4, 125)));
      host.settle();
      host.does("0 leave");
      host.rig.run(seconds(60));
      expect(host.told()).to.deep.equal(["to_in { }", "to_in { }", "to_in { }", "to_in { }"]);
    });

    it("are not silenced by a report of another host", () => {
      host.does("0 exclude");
      host.settle();
      host.asked(100, "");
      host.rig.receive(family.oldReport(family.group));
      host.rig.run(seconds(30));
      expect(host.told()).to.deep.equal(["is_ex { }"]);
    });

    it("know members, but no sources, beside an older router; and go back when it has gone (§7.2.1, §8.2.1)", () => {
      const [report, leave] = family === V4 ? ["16 239.1.2.3", "17 239.1.2.3"] : ["131", "132"];
      host.does("0 include 1");
      host.settle();
      host.rig.receive(family.oldQuery(10, ANY[family.name] as string));
      host.rig.run(seconds(1));
      const of = (line: string): boolean => line === report || line === leave;
      expect(host.told().filter(of)).to.include(report);
      host.told();
      host.does("0 include 1 2");
      host.rig.run(seconds(20));
      expect(host.told(), "of sources nothing can be said").to.deep.equal([]);
      host.does("0 leave");
      host.rig.run(seconds(20));
      expect(host.told()).to.deep.equal([leave]);
      host.rig.run(seconds(260));
      host.does("0 include 3");
      expect(host.told()).to.deep.equal(["allow { 3 }"]);
    });

    it("forget what was due when an older router appears", () => {
      host.does("0 exclude");
      host.told();
      host.rig.receive(family.oldQuery(100, family.group));
      host.rig.run(seconds(60));
      expect(host.told()).to.deep.equal([family === V4 ? "16 239.1.2.3" : "131"]);
    });

    it("split long lists over several messages, but cut that of an EXCLUDE off (RFC 3376 §4.2.16)", () => {
      const count = family === V4 ? 500 : 120;
      const group = address(family.group);
      const source = (i: number): string =>
        family === V4 ? `10.1.${i >> 8}.${i & 255}` : `2001:db8::${i.toString(16)}`;
      for (let i = 0; i < count; i++) {
        const member = host.rig.stack.openUdp();
        member.memberships?.changeSource("join", group, address(source(i)), "eth0");
      }
      host.settle();
      host.asked(10, "");
      host.rig.run(seconds(1));
      const lines = host.told();
      expect(lines.length).to.be.greaterThan(1);
      const told = lines.join(" ").match(family === V4 ? /10\.1\.\d+\.\d+/g : /[0-9a-f]+(?= )/g) ?? [];
      expect(new Set(told).size).to.be.at.least(family === V4 ? count : 100);
      for (const line of lines) expect(line).to.match(/^is_in /);
    });

    it("go on with random members as if each change were told alone", () => {
      for (let seed = 1; seed <= 20; seed++) {
        const one = new GroupHost(family, seed);
        let state = { mode: "include", sources: new Set<string>() };
        let random = seed;
        const next = (below: number): number => {
          random = (Math.imul(random, 1103515245) + 12345) & 0x7fff_ffff;
          return (random >>> 8) % below;
        };
        for (let step = 0; step < 30; step++) {
          const digits = ["1", "2", "3", "4"].filter(() => next(2) === 0).join(" ");
          const what = ["include", "exclude", "leave"][next(3)];
          if (what === "include" && digits === "") continue;
          one.does(`${next(3)} ${what === "leave" ? what : `${what} ${digits}`}`.trim());
          if (next(3) === 0) one.rig.run(seconds(next(3)));
          for (const line of one.told()) state = heard(state, line);
        }
        one.rig.run(seconds(10));
        for (const line of one.told()) state = heard(state, line);
        // A router that has believed every report knows what a query would tell it.
        one.asked(10, "");
        one.rig.run(seconds(1));
        const nobody = state.mode === "include" && state.sources.size === 0;
        const list = [...state.sources].sort().join(" ");
        const record = `is_${state.mode === "include" ? "in" : "ex"} { ${list === "" ? "" : `${list} `}}`;
        expect(one.told(), `seed ${seed}`).to.deep.equal(nobody ? [] : [record]);
        one.rig.close();
      }
    });
  });
}

/** What a router that hears this host alone knows after a report (RFC 3376 §6.4, as far as one host goes). */
function heard(
  before: { mode: string; sources: Set<string> },
  line: string,
): { mode: string; sources: Set<string> } {
  let { mode, sources } = before;
  for (const record of line.split(", ")) {
    const [, type = "", list = ""] = /^(\w+) \{ ?(.*?) ?\}$/.exec(record) ?? [];
    const named = list === "" ? [] : list.split(" ");
    if (type === "to_in" || type === "to_ex")
      [mode, sources] = [type === "to_in" ? "include" : "exclude", new Set(named)];
    const adds = (type === "allow") === (mode === "include");
    if (type === "allow" || type === "block") {
      sources = new Set(sources);
      for (const one of named) adds ? sources.add(one) : sources.delete(one);
    }
  }
  return { mode, sources };
}
