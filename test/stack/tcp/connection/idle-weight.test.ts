/** What a connection weighs that has nothing to do: see docs/performance.md. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const SCRIPT = fileURLToPath(new URL("../../../support/idle-heap.js", import.meta.url));

/** 2.7 KB of two ends, of which the client has options of its own, and a quarter more, since V8 is not ours. */
const MOST = 3400;

describe("an idle connection", () => {
  it("takes little memory, both ends with the echo service together", () => {
    const octets = Number(execFileSync(process.execPath, ["--expose-gc", SCRIPT], { encoding: "utf8" }));
    expect(octets).to.be.within(500, MOST);
  });
});
