/** What Wireshark makes of a capture: tshark reads it from a file of its own, since it must seek. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What it prints of the fields, a line a frame. @throws Error with what it says on standard error, warnings too */
export function tsharkFields(
  capture: Uint8Array,
  ...fields: readonly string[]
): readonly (readonly string[])[] {
  const words = ["-T", "fields", "-E", "separator=/t", ...fields.flatMap((one) => ["-e", one])];
  return tshark(capture, words)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
}

/** What it prints. @throws Error with what it says on standard error, warnings too */
export function tshark(capture: Uint8Array, words: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "tapstack-tshark-"));
  try {
    const file = join(folder, "capture");
    writeFileSync(file, capture);
    const { stdout, stderr, status } = spawnSync("tshark", ["-n", "-r", file, ...words], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    const complaints = stderr
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("Running as user"));
    if (status !== 0 || complaints.length > 0) {
      throw new Error(`tshark: status ${status}: ${complaints.join("\n")}`);
    }
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
