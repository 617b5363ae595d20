/** Commands whose reader goes away: no trace, no message; those that only print end with what SIGPIPE would give. */
import { spawn } from "node:child_process";
import { expect } from "chai";

const MAIN = "build/src/cli/main.js";

/** Runs a command whose standard output nobody reads: its exit status, and what it says to standard error. */
function run(args: readonly string[]): Promise<readonly [number | null, string]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    child.once("error", reject);
    child.once("close", (status) => resolve([status, said]));
  });
}

describe("a command that nobody reads", () => {
  for (const command of [
    ["--version"],
    ["--help"],
    ...["script", "why", "replay", "simulate", "serve", "route", "iperf3", "lab"].map((name) => [
      name,
      "--help",
    ]),
    ["script", "examples/packet-scripts/rfc2018"],
    ["script", "examples/packet-scripts/rfc2018", "--profile", "default"],
  ]) {
    it(`ends without a word: ${command.join(" ")}`, async () => {
      const [status, said] = await run(command);
      expect(said).to.equal("");
      expect(status).to.be.oneOf([0, 141]); // a short text may be in the pipe before it is closed
    });
  }

  it("stops where it is, with the status of SIGPIPE", async () => {
    const [status] = await run(["script", "examples/packet-scripts"]);
    expect(status).to.equal(141);
  });

  it("says what is wrong with its arguments all the same", async () => {
    const [status, said] = await run(["script"]);
    expect([status, said.split("\n")[0]]).to.deep.equal([
      2,
      "tapstack: script wants files, or folders of them (--help lists what there is)",
    ]);
  });
});
