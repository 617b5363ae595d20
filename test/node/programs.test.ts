/** A short program per module, by `import` and by `require`, on the Node that runs the tests. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { PROGRAMS } from "./programs/bodies.ts";

const run = promisify(execFile);
const REGISTER = new URL("../../src/node/register.js", import.meta.url).href;
const COUNT = new URL("./programs/count.js", import.meta.url).href;
/** Node 20 has the browser's WebSocket behind a flag. */
const FLAGS = process.version.startsWith("v20.") ? ["--experimental-websocket"] : [];

describe("programs that know nothing of the stack", () => {
  for (const kind of ["esm.js", "cjs.cjs"]) {
    for (const [name, { hears }] of Object.entries(PROGRAMS)) {
      it(`open their sockets on it, and end: ${name}, ${kind === "esm.js" ? "by import" : "by require"}`, async () => {
        const program = fileURLToPath(new URL(`./programs/${kind}`, import.meta.url));
        const { stdout, stderr } = await run(process.execPath, [
          ...FLAGS,
          "--import",
          REGISTER,
          "--import",
          COUNT,
          program,
          name,
        ]);
        // The second line is the stack's own count: connections, or datagrams, of the program.
        expect(stdout).to.match(new RegExp(`^${hears.replace("/", "\\/")}\\n[1-9]\\d* on the stack\\n$`));
        expect(stderr.replace(/.*ExperimentalWarning.*\n.*--trace-warnings.*\n/, "")).to.equal("");
      });
    }
  }
});
