import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const PROGRAM = fileURLToPath(new URL("./fixtures/short-program.js", import.meta.url));

/** What the program prints until it ends by itself; a process that stays fails the test by mocha's timeout. */
async function output(what: string): Promise<string> {
  const child = spawn(process.execPath, [PROGRAM, what], { stdio: ["ignore", "pipe", "inherit"] });
  const kill = (): boolean => child.kill();
  process.once("exit", kill);
  try {
    const [printed] = await Promise.all([text(child.stdout), once(child, "exit")]);
    return printed;
  } finally {
    process.off("exit", kill);
  }
}

describe("a program with an event loop of its own", () => {
  // As over the kernel's sockets, where TIME-WAIT and orphans are the kernel's, and last 60 s.
  for (const state of ["time-wait", "fin-wait-2"]) {
    it(`ends though a connection is in ${state.toUpperCase()}`, async () => {
      expect(await output(state)).to.equal("true\n");
    });
  }

  it("ends though a call that was called off could have waited for an hour", async () => {
    expect(await output("abandoned")).to.equal("EBADF\n");
  });

  it("lives for a call that waits until its time is over", async () => {
    expect(await output("awaited")).to.equal("EAGAIN\n");
  });
});
