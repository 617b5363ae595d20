import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const REGISTER = new URL("../../src/node/register.js", import.meta.url).href;
const PROGRAM = fileURLToPath(new URL("./fixtures/unchanged-program.js", import.meta.url));

describe("tapstack/register", () => {
  it("runs a program unchanged on a stack, and lets it end", () => {
    const output = execFileSync(process.execPath, ["--import", REGISTER, PROGRAM], { encoding: "utf8" });
    expect(output).to.equal(
      "require gives the same: true\nnet: over TCP\ndgram: over UDP\nfetch: over HTTP\n",
    );
  });

  it("says what is wrong with its settings", () => {
    const { status, stderr } = spawnSync(process.execPath, ["--import", REGISTER, PROGRAM], {
      encoding: "utf8",
      env: { ...process.env, TAPSTACK_TAP: "tap9", TAPSTACK_ADDRESS: "10.77.0" },
    });
    expect(status).to.equal(1);
    expect(stderr).to.include("TAPSTACK_ADDRESS is not an IPv4 address: 10.77.0");
  });
});
