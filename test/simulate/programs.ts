/** Programs for tests, written where a test can show them: plain files of JavaScript, as a user has them. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

export interface Programs {
  /** Writes a file, and gives its path. */
  write(name: string, text: string): string;
  remove(): void;
}

/** @param packages - they may load the packages that this project's tests have */
export function programs(packages = false): Programs {
  const folder = mkdtempSync(join(tmpdir(), "tapstack-programs-"));
  if (packages) symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
  return {
    write: (name, text) => {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
