/**
 * What the kernel tells of groups and sources on its interface, record by record beside what we tell of the same: IGMPv3
 * (RFC 3376), MLDv2 (RFC 3810), and the older versions once a router of those has asked.
 */
import { expect } from "chai";
import { seconds } from "../../src/stack/index.ts";
import { ANY, type Family, GroupHost, toldBy, V4, V6 } from "../support/group-host.ts";
import { hex, octets } from "../support/octets.ts";
import { Namespace } from "./namespace.ts";

/** So long is listened after each step: a change is told again within a second. */
const SPAN = 1.4;

/** `0 include 1`: a member and its filter; `ask`: a query about all groups, the group, or sources of it. */
const STEPS: readonly string[] = [
  "0 exclude",
  "0 exclude 1",
  "0 exclude 2 3",
  "ask",
  "ask 1 2",
  "1 exclude",
  "1 exclude 3",
  "1 leave",
  "0 include 1 2",
  "ask group",
  "ask 2 3",
  "ask 3",
  "1 include 3",
  "1 include 2",
  "1 leave",
  "0 include 4",
  "0 exclude 4",
  "0 leave",
  "ask",
  "0 include 1",
  "old ask",
  "1 include 2",
  "1 leave",
  "0 leave",
];

function frameOf(family: Family, words: readonly string[]): Uint8Array {
  const any = ANY[family.name] as string;
  const [first, ...rest] = words;
  if (first === "old") return family.oldQuery(10, any);
  if (rest[0] === undefined) return family.query(10, any, []);
  return family.query(10, family.group, rest[0] === "group" ? [] : rest.map(family.source));
}

const isQuery = (words: readonly string[]): boolean => words[0] === "ask" || words[0] === "old";

/**
 * Asked about sources of a group in mode EXCLUDE, Linux tells its whole state; RFC 3376 §5.2 and RFC 3810 §6.3 want those of
 * the sources that are heard.
 */
const LINUX: Readonly<Record<string, readonly string[]>> = { "ask 1 2": ["is_ex { 2 3 }"] };

/** How often each record was told, in an order of its own: the kernel may put several into one message. */
function recordsOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) => line.split(", ")).sort();
}

function ours(family: Family): string[][] {
  const host = new GroupHost(family);
  const told = STEPS.map((step) => {
    const words = step.split(" ");
    if (isQuery(words)) host.rig.receive(frameOf(family, words));
    else host.does(step);
    host.rig.run(seconds(SPAN));
    return recordsOf(host.told());
  });
  host.rig.close();
  return told;
}

function stepOf(family: Family, step: string): object {
  const words = step.split(" ");
  if (isQuery(words)) return { send: hex(frameOf(family, words)).replaceAll(" ", "") };
  const [member = "", what, ...digits] = words;
  return { member: Number(member), what, sources: digits.map(family.source) };
}

describe("groups and sources, beside the kernel's", () => {
  const namespace = new Namespace("groups");

  before(async function () {
    const obstacle = await namespace.open("python3");
    if (obstacle !== undefined) {
      console.log(`      skipped: ${obstacle}`);
      this.skip();
    }
    namespace.run("ip link add m0 type veth peer name m1");
    // When an address is found to be free, Linux tells of all groups anew, at any time within the next second.
    namespace.run("sysctl -qw net.ipv6.conf.m0.accept_dad=0");
    namespace.run("ip address add 10.77.0.2/24 dev m0");
    namespace.run("ip -6 address add fd77::2/64 dev m0 nodad");
    namespace.run("ip link set m0 up");
    namespace.run("ip link set m1 up");
  });
  after(() => namespace.close());

  it("tell the same after each step, as often, of both families", () => {
    const families = [V4, V6];
    const plans = families.map((family) => ({
      family: family === V4 ? 4 : 6,
      group: family.group,
      steps: STEPS.map((step) => stepOf(family, step)),
    }));
    const wanted = JSON.stringify({ interface: "m0", peer: "m1", span: SPAN, plans });
    const told = JSON.parse(namespace.runNode(["python3", "test/interop/groups.py", wanted])) as string[][];
    for (const family of families) {
      const kernel = told.map((frames) => {
        const own = frames.map(octets).filter((frame) => (frame[12] === 8) === (family === V4));
        return recordsOf(toldBy(family, own).filter((line) => !isOthers(line)));
      });
      const table = (lists: readonly (readonly string[])[]): string[] =>
        lists.map((records, at) => `${STEPS[at]}: ${records.join(", ")}`);
      const asLinux = ours(family).map((records, at) => LINUX[STEPS[at] as string] ?? records);
      expect(table(kernel), family.name).to.deep.equal(table(asLinux));
      expect(ours(family)[STEPS.indexOf("ask 1 2")]).to.deep.equal(["is_in { 1 }"]);
    }
  });
});

/** Of another group: the kernel's own, such as those of its addresses. */
function isOthers(line: string): boolean {
  return line.includes("ff02::") || line.includes("224.0.0.");
}
