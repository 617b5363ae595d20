/** A host that joins a group and filters its sources, and what it tells of that: for both families, in the words of the RFCs. */
import { expect } from "chai";
import type { FilterMode, UdpEndpoint } from "../../src/stack/index.ts";
import { seconds } from "../../src/stack/index.ts";
import { type Bytes, bytes, describeFrame, igmpFrame, ip } from "./frames.ts";
import { describeRecords6, ip6, mldFrame, OUR_IP6 } from "./frames6.ts";
import { address, WireRig } from "./wire-rig.ts";

/** One family, as tests of groups speak of it. */
export interface Family {
  readonly name: string;
  readonly ours: string;
  readonly group: string;
  source(digit: string): string;
  query(maxTenths: number, group: string, sources: readonly string[], more?: Bytes): Bytes;
  oldQuery(maxTenths: number, group: string): Bytes;
  oldReport(group: string): Bytes;
  /** The records that a frame tells, or what an old report or leave says; undefined for other frames. */
  told(frame: Bytes): string | undefined;
}

export const V4: Family = {
  name: "IGMPv3",
  ours: "10.77.0.2/24",
  group: "239.1.2.3",
  source: (digit) => `192.0.2.${digit}`,
  query: (tenths, group, sources, more = bytes(2, 125)) =>
    igmpFrame(0x11, tenths, group, { more: bytes(more, 0, sources.length, ...sources.map(ip)) }),
  oldQuery: (tenths, group) => igmpFrame(0x11, tenths, group),
  oldReport: (group) => igmpFrame(0x16, 0, group),
  told: (frame) => / igmp (.*)/.exec(describeFrame(frame))?.[1]?.replace(/^22 /, ""),
};

export const V6: Family = {
  name: "MLDv2",
  ours: `${OUR_IP6}/64`,
  group: "ff05::123",
  source: (digit) => `2001:db8::${digit}`,
  query: (tenths, group, sources, more = bytes(2, 125)) =>
    mldFrame(130, tenths * 100, group, {}, bytes(more, 0, sources.length, ...sources.map(ip6))),
  oldQuery: (tenths, group) => mldFrame(130, tenths * 100, group),
  oldReport: (group) => mldFrame(131, 0, group),
  told: (frame) => {
    if (frame[20] !== 0 || frame[54] !== 58) return undefined;
    const type = frame[62] ?? 0;
    if (type !== 143) return `${type}`;
    const records = describeRecords6(frame.subarray(62)).split(", ");
    return records.filter((one) => !one.includes("ff02::1:ff")).join(", ") || undefined;
  },
};

/** Of queries about all groups. */
export const ANY: Readonly<Record<string, string>> = { IGMPv3: "0.0.0.0", MLDv2: "::" };

/** A host on a link, with one group and some members. */
export class GroupHost {
  readonly rig: WireRig;
  readonly family: Family;
  readonly members: UdpEndpoint[] = [];

  constructor(family: Family, seed: number = 1) {
    this.family = family;
    this.rig = new WireRig({ addresses: [family.ours], seed });
    this.rig.run(seconds(3));
    this.rig.taken();
  }

  /** `3 include 1 2`: the fourth member hears just these; `exclude`: all but these; `leave`. To join is a call of its own. */
  does(line: string): void {
    const [which = "", what = "", ...digits] = line.split(" ");
    const member = this.#member(Number(which));
    const group = address(this.family.group);
    if (what === "leave") {
      member.leaveGroup(group, "eth0");
      return;
    }
    if (member.memberships?.filterOf(group, "eth0") === undefined) {
      const [first] = digits;
      if (what === "exclude") member.joinGroup(group, "eth0");
      else member.memberships?.changeSource("join", group, address(this.family.source(first ?? "")), "eth0");
      if (digits.length === (what === "exclude" ? 0 : 1)) return;
    }
    const sources = digits.map((digit) => address(this.family.source(digit)));
    expect(member.memberships?.setFilter(group, what as FilterMode, sources, "eth0")).to.equal(undefined);
  }

  #member(which: number): UdpEndpoint {
    while (this.members.length <= which) this.members.push(this.rig.stack.openUdp());
    return this.members[which] as UdpEndpoint;
  }

  /** What was told since the last look. */
  told(): string[] {
    return toldBy(this.family, this.rig.taken());
  }

  /** Lets all repetitions pass. */
  settle(): void {
    this.rig.run(seconds(30));
    this.rig.taken();
  }

  asked(tenths: number, digits: string, group: string = this.family.group): void {
    const sources = digits === "" ? [] : digits.split(" ").map((digit) => this.family.source(digit));
    this.rig.receive(this.family.query(tenths, group, sources));
  }

  askedAll(tenths: number): void {
    this.asked(tenths, "", ANY[this.family.name] as string);
  }
}

/** What frames tell, in short: `to_ex { 1 }`, of the one group; another group by its address. */
export function toldBy(family: Family, frames: readonly Bytes[]): string[] {
  const lines = frames.map((frame) => family.told(frame));
  const short = (text: string): string =>
    text
      .replaceAll(`${family.group} `, "")
      .replaceAll(family.source(""), "")
      .replaceAll(/\{ ([0-9 ]+) \}/g, (_, list: string) => `{ ${list.split(" ").sort().join(" ")} }`);
  return lines.filter((line) => line !== undefined).map(short);
}
