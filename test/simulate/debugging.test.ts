/** Tools of those who look into simulated programs: breakpoints, coverage, source maps. Each in a process of its own. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { type Programs, programs } from "./programs.ts";

const simulate = new URL("../../src/simulate/index.js", import.meta.url).href;

describe("who looks into a simulated program", function () {
  this.timeout(0); // virtual time bounds it
  let files: Programs;
  before(() => {
    files = programs();
  });
  after(() => files.remove());

  /** What a process writes that runs the program of this file, and does this before its host is there, and before it runs. */
  async function run(program: string, first = "", before = "", env: NodeJS.ProcessEnv = {}): Promise<string> {
    const test = files.write(
      "test.mjs",
      `const { World } = await import(${JSON.stringify(simulate)});
       const world = new World({ patience: 500, execArgv: ["--enable-source-maps"] });
       ${before}
       const host = world.host("alone", { program: ${JSON.stringify(program)} });
       ${first}
       await world.until(() => !host.running, "1min");
       await world.close();
       console.log(host.log.text);
       process.exit();`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, [test], {
      env: { ...process.env, ...env },
    });
    return stdout;
  }

  it("may stop it at a breakpoint: time stands still, for longer than a turn may take otherwise", async () => {
    const program = files.write(
      "stops.cjs",
      `setTimeout(() => { const begin = Date.now(); debugger; console.log(Date.now() - begin, performance.now()); }, 1000);`,
    );
    const text = await run(
      program,
      `let own;
       let attached;
       const isAttached = new Promise((resolve) => { attached = resolve; });
       const session = new inspector.Session();
       session.connect();
       const tell = (id, method) =>
         session.post("NodeWorker.sendMessageToWorker", { sessionId: own, message: JSON.stringify({ id, method }) });
       session.on("NodeWorker.attachedToWorker", ({ params }) => {
         own = params.sessionId;
         tell(1, "Debugger.enable");
       });
       session.on("NodeWorker.receivedMessageFromWorker", ({ params }) => {
         const { id, method } = JSON.parse(params.message);
         if (id === 1) attached();
         if (method !== "Debugger.paused") return;
         console.log("stopped");
         setTimeout(() => { tell(2, "Debugger.resume"); tell(3, "Debugger.disable"); }, 1500);
       });
       session.post("NodeWorker.enable", { waitForDebuggerOnStart: false });
       const alive = setInterval(() => undefined, 1000);
       await isAttached;
       clearInterval(alive);`,
      `const inspector = await import("node:inspector");
       inspector.open(0, "127.0.0.1");`,
    );
    expect(text.trim().split("\n")).to.deep.equal(["stopped", "0 1000", "exit 0"]);
  });

  it("learns which of its functions have run, as c8 asks V8", async () => {
    const program = files.write(
      "covered.cjs",
      "function used() { return 1; }\nfunction unused() { return 2; }\nsetTimeout(() => console.log(used()), 1000);",
    );
    const folder = join(dirname(program), "coverage");
    await run(program, "", "", { NODE_V8_COVERAGE: folder });
    const counts: Map<string, number> = new Map();
    for (const file of readdirSync(folder)) {
      const { result } = JSON.parse(readFileSync(join(folder, file), "utf8")) as {
        result: { url: string; functions: { functionName: string; ranges: { count: number }[] }[] }[];
      };
      for (const { url, functions } of result) {
        if (!url.endsWith("/covered.cjs")) continue;
        for (const { functionName, ranges } of functions) {
          counts.set(functionName, (counts.get(functionName) ?? 0) + (ranges[0]?.count ?? 0));
        }
      }
    }
    expect([counts.get("used"), counts.get("unused")]).to.deep.equal([1, 0]);
  });

  it("reads in its stack traces where the text was that it was compiled from", async () => {
    // Line 1 of what runs is line 3 of what was written: AAEA is "two lines further down" (source map, revision 3).
    const map = { version: 3, sources: ["written.ts"], names: [], mappings: "AAEA" };
    const url = `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString("base64")}`;
    const program = files.write(
      "mapped.cjs",
      `setTimeout(() => { throw new Error("here"); }, 5);\n//# sourceMappingURL=${url}\n`,
    );
    const text = await run(program);
    expect(text).to.match(/Uncaught Error: here\n\s+at .*written\.ts:3:/);
  });
});
