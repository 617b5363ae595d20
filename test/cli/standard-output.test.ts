import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { pathToFileURL } from "node:url";
import { expect } from "chai";

const MODULE = pathToFileURL("build/src/cli/standard-output.js").href;
const NODE = ["--input-type=module", "-e"];

describe("output of the command", () => {
  it("prints every line, in order, to a reader that keeps up", () => {
    const script = `import { Output } from "${MODULE}";
      const output = new Output();
      for (let i = 0; i < 10000; i++) output.line("line " + i);
      await output.close();`;
    const text = execFileSync(process.execPath, [...NODE, script], { encoding: "utf8" });
    expect(text).to.equal(Array.from({ length: 10_000 }, (_, i) => `line ${i}\n`).join(""));
  });

  it("drops lines that nobody reads, goes on when the reader has gone, and ends nevertheless", async () => {
    const script = `import { Output } from "${MODULE}";
      const output = new Output();
      for (let i = 0; i < 50; i++) { output.line("x".repeat(100_000)); output.flush(); }
      process.stderr.write("waiting: " + process.stdout.writableLength);
      process.stdin.once("data", async () => { output.line("more"); await output.close(); process.exit(7); });`;
    const child = spawn(process.execPath, [...NODE, script], { stdio: "pipe" });
    try {
      const [said] = await once(child.stderr, "data");
      expect(Number(/waiting: (\d+)/.exec(String(said))?.[1])).to.be.within(1, 1_200_000);
      child.stdout.destroy();
      child.stdin.write("go on\n");
      expect((await once(child, "exit"))[0]).to.equal(7);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
