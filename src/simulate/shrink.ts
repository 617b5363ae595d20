/**
 * Delta debugging (Zeller and Hildebrandt, 2002): of a list of faults with which a run fails, the fewest and
 * shortest with which it still does. Since a run is the same each time, one re-run tells.
 */
import { type Intervention, parseSpan } from "../drivers/simulation/index.ts";

/** The fewest faults with which a run still fails. */
export interface Shrunk {
  readonly faults: readonly Intervention[];
  /** Re-runs that it took. */
  readonly runs: number;
}

/** Re-runs at most. */
const MOST_RUNS = 200;

/** A fault is not made shorter than this, in microseconds. */
const SHORTEST = 1_000;

/**
 * @param fails - runs with these faults, and says whether that fails in the same way
 */
export async function shrink(
  faults: readonly Intervention[],
  fails: (faults: readonly Intervention[]) => Promise<boolean>,
  mostRuns: number = MOST_RUNS,
): Promise<Shrunk> {
  let runs = 0;
  const tried = async (candidate: readonly Intervention[]): Promise<boolean> => {
    if (runs >= mostRuns) return false;
    runs++;
    return fails(candidate);
  };
  let least = await fewest(faults, tried);
  for (let index = 0; index < least.length; index++) least = await shorter(least, index, tried);
  return { faults: least, runs };
}

type Try = (candidate: readonly Intervention[]) => Promise<boolean>;

/** ddmin: parts and their complements, ever finer, until no single fault can be left out. */
async function fewest(faults: readonly Intervention[], fails: Try): Promise<readonly Intervention[]> {
  if (faults.length > 0 && (await fails([]))) return [];
  let least = faults;
  for (let parts = 2; least.length >= 2; ) {
    const smaller = await smallerPart(least, parts, fails);
    if (smaller !== undefined) {
      parts = smaller.length * 2 > least.length ? Math.max(parts - 1, 2) : 2;
      least = smaller;
    } else if (parts >= least.length) break;
    else parts = Math.min(parts * 2, least.length);
  }
  return least;
}

async function smallerPart(
  faults: readonly Intervention[],
  parts: number,
  fails: Try,
): Promise<readonly Intervention[] | undefined> {
  const size = Math.ceil(faults.length / parts);
  for (let from = 0; from < faults.length; from += size) {
    const part = faults.slice(from, from + size);
    if (part.length < faults.length && (await fails(part))) return part;
  }
  for (let from = 0; from < faults.length && parts > 2; from += size) {
    const rest = [...faults.slice(0, from), ...faults.slice(from + size)];
    if (await fails(rest)) return rest;
  }
  return undefined;
}

/** Halves how long a fault lasts while the run still fails; and lets it begin later, as far as it then ends as before. */
async function shorter(
  faults: readonly Intervention[],
  index: number,
  fails: Try,
): Promise<readonly Intervention[]> {
  let best = faults;
  for (;;) {
    const candidates = halves(best[index]).map((half) => best.map((one, at) => (at === index ? half : one)));
    let found: readonly Intervention[] | undefined;
    for (const candidate of candidates)
      if (found === undefined && (await fails(candidate))) found = candidate;
    if (found === undefined) return best;
    best = found;
  }
}

/** The second half of it, and the first one; of what begins with a packet only that. */
function halves(fault: Intervention | undefined): Intervention[] {
  if (fault === undefined || !("for" in fault) || fault.for === undefined) return [];
  const lasting = parseSpan(fault.for);
  if (lasting < 2 * SHORTEST) return [];
  const half = Math.floor(lasting / 2 / SHORTEST) * SHORTEST;
  const first = { ...fault, for: text(half) };
  if (!("at" in fault)) return [first];
  return [{ ...first, at: text(parseSpan(fault.at) + lasting - half) } as Intervention, first];
}

function text(microseconds: number): string {
  return `${microseconds / 1000}ms`;
}
