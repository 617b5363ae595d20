/**
 * Whether the tests of reasons would notice a wrong reason. The compiled stack is copied, with a switch at each
 * place that names a reason: so one process can run the cases of `test/support/reasons` with any of them changed.
 *
 *   all of TCP     every reason that TCP gives is replaced by one and the same
 *   each place     gives another reason, one place at a time
 *   each pair      of reasons changes its meaning, wherever they are given
 *
 * A change that no case notices is a failure, unless it is in EQUAL, with the reason why it changes nothing.
 *
 *   npm run mutate
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "..");
/** Not in comments, and not where a reason is only compared. */
const PLACE = /(?<!`)(?<![=!]== )\b(Drop|Send)\.(\w+)\b/g;
/** What is given where there is no reason to give. */
const NONE = ["none", "unknown"];

/** Places where another reason makes no difference, as `file: reason`; each with why. */
const EQUAL = new Map([
  ["wire/icmpv4.js: truncated", "only text is made of what it says"],
  ["wire/icmpv6.js: truncated", "only text is made of what it says"],
  [
    "ip/v4/ipv4-family.js: linkDown",
    "an interface that is up has a way to every group, and one that is down is not reported on",
  ],
]);

/** Files that are tables of reasons, and a row of one. */
const TABLES = ["icmp/error-codes.js", "icmp/error-codes6.js"];
const ROW = /^( +)("?[\w-]+"?): (.*tapstackReason.*),$/gm;

// Under the root, so that the tests' packages are found.
const copy = mkdtempSync(join(root, "build", "mutants-"));
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
for (const part of ["src", "test"]) cpSync(join(root, "build", part), join(copy, part), { recursive: true });

const NO_MUTANT = { place: -1, tcp: undefined, swap: undefined };
/** All places, by number. */
const places = [];
let mutant = NO_MUTANT;
let passing = () => undefined;
globalThis.tapstackReason = (place, name, table) => {
  passing(place);
  if (mutant.place === place) return otherThan(table, name);
  const { kind, file } = places[place];
  if (mutant.tcp === kind && /^(tcp\/|wire\/tcp)/.test(file))
    return kind === "Drop" ? table.badVersion : table.newText;
  if (mutant.swap?.kind !== kind) return table[name];
  if (mutant.swap.one === name) return table[mutant.swap.other];
  return table[mutant.swap.other === name ? mutant.swap.one : name];
};

/** The next reason in the list. */
function otherThan(table, reason) {
  const all = Object.keys(table);
  const next = (all.indexOf(reason) + 1) % all.length;
  return table[all[next === 0 ? 1 : next]];
}

const stack = join(copy, "src/stack");
const drivers = ["memory", "simulation"].map((name) => join(copy, "src/drivers", name));
for (const folder of [stack, ...drivers]) {
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!name.endsWith(".js")) continue;
    const path = join(folder, name);
    const file = relative(folder === stack ? stack : join(copy, "src"), path);
    if (/^(base\/(drop|send)\.js|contract\/)/.test(file.replaceAll("\\", "/"))) continue;
    const text = readFileSync(path, "utf8");
    const changed = text.replace(PLACE, (whole, kind, reason, at) => {
      if (NONE.includes(reason)) return whole;
      places.push({ kind, file, line: text.slice(0, at).split("\n").length, reason });
      return `globalThis.tapstackReason(${places.length - 1}, "${reason}", ${kind})`;
    });
    // Rows of a table are made as often as they are read: else the switch would be asked only once.
    const rows = TABLES.includes(file) ? changed.replace(ROW, "$1get $2() { return $3; },") : changed;
    if (rows !== text) writeFileSync(path, rows);
  }
}

const { REASON_CASES } = await import(pathToFileURL(join(copy, "test/support/reasons/index.js")).href);
const { SEND_CASES } = await import(pathToFileURL(join(copy, "test/support/reasons/send-cases.js")).href);

/** What a case of a drop sees, in one line. */
function dropsSeen(one) {
  const { traced, counted } = one.run();
  return `${traced.join()} | ${counted.join()}`;
}

/** All reasons that were told, each with the kind of event that it is due to. */
function sendsSeen(one) {
  const log = one.run();
  const told = log.events.filter(({ kind }) => kind !== "dropped" && kind !== "window");
  return told
    .map((event) => `${event.layer} ${event.reason ?? event.kind} ${log.causeOf(event)?.kind}`)
    .join();
}

const cases = [
  ...REASON_CASES.map((one) => ({ kind: "Drop", ...one, title: one.cause, see: () => dropsSeen(one) })),
  ...SEND_CASES.map((one) => ({ kind: "Send", ...one, title: one.what, see: () => sendsSeen(one) })),
];

/** Also what it throws: that is noticed. */
function outcome(index) {
  try {
    return cases[index].see();
  } catch (error) {
    return `threw ${error.message}`;
  }
}

const expected = cases.map((_, index) => outcome(index));
/** Which cases came past each place: the others cannot notice. */
const passed = places.map(() => new Set());
cases.forEach((one, index) => {
  passing = (place) => passed[place].add(index);
  if (outcome(index) !== expected[index]) throw new Error(`not the same twice: ${one.title}`);
});
passing = () => undefined;

const survivors = [];
let changes = 0;
/** Counts a change; it is noticed if one of these cases then has another outcome. */
function check(title, change, indices) {
  changes++;
  mutant = { ...NO_MUTANT, ...change };
  if (!indices.some((index) => outcome(index) !== expected[index])) survivors.push(title);
  mutant = NO_MUTANT;
}

for (const kind of ["Drop", "Send"]) {
  const own = cases.flatMap((one, index) => (one.kind === kind ? [index] : []));
  const ofTcp = own.filter((index) => cases[index].layer === "tcp" && cases[index].reason !== "newText");
  // Each case of TCP by itself must notice.
  for (const index of ofTcp) check(`all of TCP: ${cases[index].title}`, { tcp: kind }, [index]);
  const reasons = [...new Set(own.map((index) => cases[index].reason))];
  const first = reasons.map((reason) => own.find((index) => cases[index].reason === reason));
  for (let i = 0; i < reasons.length; i++) {
    for (let j = i + 1; j < reasons.length; j++) {
      const swap = { kind, one: reasons[i], other: reasons[j] };
      check(`${reasons[i]} and ${reasons[j]} swapped`, { swap }, [first[i], first[j]]);
    }
  }
  console.log(
    `${places.filter((one) => one.kind === kind).length} places, ${reasons.length} reasons, ${own.length} cases`,
  );
}
places.forEach(({ file, line, reason }, place) => {
  if (EQUAL.has(`${file}: ${reason}`)) return;
  check(`${file}:${line}: ${reason}`, { place }, [...passed[place]]);
});

console.log(`${changes} changes, ${survivors.length} of which no test notices`);
for (const survivor of survivors) console.log(`  ${survivor}`);
process.exitCode = survivors.length === 0 ? 0 : 1;
