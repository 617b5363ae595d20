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
const PLACE = /(?<!`)(?<![=!]== )\b(Drop)\.(\w+)\b/g;

/** Places where another reason makes no difference, as `file: reason`; each with why. */
const EQUAL = new Map([
  ["wire/icmpv4.js: truncated", "only text is made of what it says"],
  [
    "ip/v4/ipv4-family.js: linkDown",
    "an interface that is up has a way to every group, and one that is down is not reported on",
  ],
]);

// Under the root, so that the tests' packages are found.
const copy = mkdtempSync(join(root, "build", "mutants-"));
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
for (const part of ["src", "test"]) cpSync(join(root, "build", part), join(copy, part), { recursive: true });

/** All places, by number. */
const places = [];
globalThis.tapstackMutant = { place: -1, tcp: false, swap: undefined };
globalThis.tapstackDrop = (place, name, Drop) => {
  const mutant = globalThis.tapstackMutant;
  if (mutant.place === place) return places[place].other(Drop);
  if (mutant.tcp && /^(tcp\/|wire\/tcp)/.test(places[place].file)) return Drop.badVersion;
  if (mutant.swap?.[0] === name) return Drop[mutant.swap[1]];
  if (mutant.swap?.[1] === name) return Drop[mutant.swap[0]];
  return Drop[name];
};

const stack = join(copy, "src/stack");
const drivers = ["memory", "simulation"].map((name) => join(copy, "src/drivers", name));
for (const folder of [stack, ...drivers]) {
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!name.endsWith(".js")) continue;
    const path = join(folder, name);
    const file = relative(folder === stack ? stack : join(copy, "src"), path);
    if (file === join("base", "drop.js") || file.startsWith("contract")) continue;
    const text = readFileSync(path, "utf8");
    const changed = text.replace(PLACE, (whole, variable, reason, at) => {
      if (reason === "none") return whole;
      const line = text.slice(0, at).split("\n").length;
      const place = places.length;
      places.push({ file, line, reason, other: (Drop) => otherThan(Drop, reason) });
      return `globalThis.tapstackDrop(${place}, "${reason}", ${variable})`;
    });
    if (changed !== text) writeFileSync(path, changed);
  }
}

/** The next reason in the list. */
function otherThan(Drop, reason) {
  const all = Object.keys(Drop);
  const next = (all.indexOf(reason) + 1) % all.length;
  return Drop[all[next === 0 ? 1 : next]];
}

const { REASON_CASES } = await import(pathToFileURL(join(copy, "test/support/reasons/index.js")).href);

/** What a case sees, in one line; also what it throws. */
function outcome(one) {
  try {
    const { traced, counted } = one.run();
    return `${traced.join()} | ${counted.join()}`;
  } catch (error) {
    return `threw ${error.message}`;
  }
}

const expected = REASON_CASES.map(outcome);
/** Which cases came past each place: the others cannot notice. */
const passed = places.map(() => new Set());
const real = globalThis.tapstackDrop;
REASON_CASES.forEach((one, index) => {
  globalThis.tapstackDrop = (place, name, Drop) => {
    passed[place].add(index);
    return real(place, name, Drop);
  };
  if (outcome(one) !== expected[index]) throw new Error(`not the same twice: ${one.cause}`);
});
globalThis.tapstackDrop = real;

function isNoticed(mutant, cases) {
  globalThis.tapstackMutant = { place: -1, tcp: false, swap: undefined, ...mutant };
  try {
    return cases.some((index) => outcome(REASON_CASES[index]) !== expected[index]);
  } finally {
    globalThis.tapstackMutant = { place: -1, tcp: false, swap: undefined };
  }
}

const survivors = [];
let mutants = 0;
const check = (title, mutant, cases) => {
  mutants++;
  if (!isNoticed(mutant, cases)) survivors.push(title);
};

const ofTcp = REASON_CASES.flatMap(({ layer }, index) => (layer === "tcp" ? [index] : []));
check("all of TCP", { tcp: true }, ofTcp);
// Each case of TCP by itself must notice.
for (const index of ofTcp) check(`all of TCP: ${REASON_CASES[index].cause}`, { tcp: true }, [index]);
places.forEach(({ file, line, reason }, place) => {
  if (EQUAL.has(`${file}: ${reason}`)) return;
  check(`${file}:${line}: ${reason}`, { place }, [...passed[place]]);
});
const reasons = [...new Set(REASON_CASES.map(({ reason }) => reason))];
for (let i = 0; i < reasons.length; i++) {
  const first = REASON_CASES.findIndex(({ reason }) => reason === reasons[i]);
  for (let j = i + 1; j < reasons.length; j++) {
    const second = REASON_CASES.findIndex(({ reason }) => reason === reasons[j]);
    check(`${reasons[i]} and ${reasons[j]} swapped`, { swap: [reasons[i], reasons[j]] }, [first, second]);
  }
}

console.log(
  `${places.length} places that give one of ${reasons.length} reasons, ${REASON_CASES.length} cases`,
);
console.log(`${mutants} changes, ${survivors.length} of which no test notices`);
for (const survivor of survivors) console.log(`  ${survivor}`);
process.exitCode = survivors.length === 0 ? 0 : 1;
