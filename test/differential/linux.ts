/** Asks the kernel of this machine what it says to scripts of calls, through Python's `socket` module. */
import { spawnSync } from "node:child_process";
import type { Step } from "./script.ts";

/** What Linux says to each step of each script. */
export function askLinux(scripts: readonly (readonly Step[])[]): readonly (readonly unknown[])[] {
  const python = spawnSync("python3", ["test/differential/linux.py"], {
    input: JSON.stringify(scripts),
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (python.status !== 0) throw new Error(`linux.py failed: ${python.stderr}`);
  return JSON.parse(python.stdout) as readonly (readonly unknown[])[];
}

/** Whether there is such a kernel, and Python. */
export function hasLinux(): boolean {
  return process.platform === "linux" && spawnSync("python3", ["--version"]).error === undefined;
}
