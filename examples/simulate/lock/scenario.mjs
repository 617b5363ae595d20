/** At most one worker at a time, whatever happens. */
import assert from "node:assert/strict";

const here = (name) => new URL(name, import.meta.url);

export function lockService(world) {
  world.host("lock", { program: here("lock.mjs") });
  const workers = world.hosts("worker", 2, { program: here("worker.mjs") });
  const isInside = ({ log }) => log.lines.findLast(({ stream }) => stream === "stdout")?.text === "enter";
  world.always(() => assert(workers.filter(isInside).length <= 1, "two workers hold the lock"));
}

export async function scenario(world) {
  lockService(world);
  world.chaos({ faults: 12, until: "40s", longest: "4s", kinds: ["pause", "partition"] });
  await world.run("40s");
}
