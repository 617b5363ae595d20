// A reporter for node:test: one line of JSON for each test that has no tests within, appended to TAPSTACK_RESULTS.
import { appendFileSync } from "node:fs";
import { basename } from "node:path";

/** The tests that are under way, by their depth, and whether others began within them. */
class Path {
  #names = [];
  #hasTests = [];

  begin({ nesting, name }) {
    this.#names[nesting] = name;
    this.#hasTests[nesting] = false;
    if (nesting > 0) this.#hasTests[nesting - 1] = true;
  }

  isLeaf({ nesting, details }) {
    return this.#hasTests[nesting] !== true && details?.type !== "suite";
  }

  nameOf({ nesting, name, file }) {
    return [file === undefined ? "" : basename(file), ...this.#names.slice(0, nesting), name].join(" > ");
  }
}

function statusOf(type, { skip, todo }) {
  if (skip !== undefined || todo !== undefined) return "skip";
  return type === "test:pass" ? "pass" : "fail";
}

export default async function* report(source) {
  const path = new Path();
  for await (const { type, data } of source) {
    if (type === "test:start") path.begin(data);
    if (type !== "test:pass" && type !== "test:fail") continue;
    const status = statusOf(type, data);
    // A group that fails by itself, as in its hooks, counts too.
    if (!path.isLeaf(data) && status !== "fail") continue;
    appendFileSync(process.env.TAPSTACK_RESULTS, `${JSON.stringify({ name: path.nameOf(data), status })}\n`);
  }
  yield "";
}
