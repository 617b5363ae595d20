/** The program in the README, run as it is, against the kernel's nc. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import { notInstalled, skipIf } from "../support/peers.ts";
import { whyNot } from "./namespace.ts";

const NAMESPACE = `tapstack-example-${process.pid}`;

describe("the example that serves on a TAP", () => {
  let program: ChildProcess | undefined;

  before(async function () {
    skipIf(this, (await whyNot()) ?? notInstalled("nc"));
    execFileSync("ip", ["netns", "add", NAMESPACE]);
  });

  after(async () => {
    if (program === undefined) return;
    program.kill("SIGKILL");
    if (program.exitCode === null && program.signalCode === null) await once(program, "exit");
    execFileSync("ip", ["netns", "del", NAMESPACE]);
  });

  it("greets whoever connects", async () => {
    program = spawn("ip", ["netns", "exec", NAMESPACE, process.execPath, "build/examples/serve-on-tap.js"], {
      stdio: "inherit",
    });
    // nc waits for the device to be there, and for the server to listen.
    const ask =
      "for i in $(seq 200); do nc -d -w 5 10.77.0.2 8080 2>/dev/null && exit; sleep 0.05; done; exit 1";
    const asking = spawn("ip", ["netns", "exec", NAMESPACE, "sh", "-c", ask], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let answer = "";
    asking.stdout.on("data", (part) => {
      answer += String(part);
    });
    await once(asking, "close");
    expect(answer).to.match(/^Hello 10\.77\.0\.1:\d+\n$/);
  });
});
