/**
 * Loads koffi, the bridge to the C library. It is an optional dependency, and there are many reasons why it may not
 * load; each is told as it is, for "npm install koffi" helps against one of them only.
 */
import { accessSync, constants } from "node:fs";
import { dirname, join } from "node:path";
import { TapError } from "./tap-error.ts";

/** What koffi exports. */
export type Koffi = typeof import("koffi");

/** @throws {@link TapError} `ENOKOFFI` when koffi is not installed, `EKOFFI` when something keeps it from loading */
export async function loadKoffi(): Promise<Koffi> {
  try {
    return await import("koffi");
  } catch (error) {
    throw cannotLoad(error);
  }
}

/** The error for what came of loading koffi, or of its first calls. */
export function cannotLoad(cause: unknown): TapError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const broken = (reason: string): TapError => new TapError("EKOFFI", reason, { cause });
  switch (code) {
    case "ERR_DLOPEN_DISABLED":
      return broken(
        "a TAP needs koffi, and Node was told to load no native code: start it with --allow-addons too",
      );
    case "ERR_ACCESS_DENIED":
      return broken(`a TAP needs koffi, and Node's permissions forbid to read it: ${message}`);
    case "ERR_MODULE_NOT_FOUND":
    case "MODULE_NOT_FOUND": {
      const { forbidden, found } = lookFor("koffi");
      if (forbidden !== undefined) return broken(mayNotRead(forbidden));
      if (found !== undefined) return broken(`koffi is in ${found}, and does not load: ${message}`);
      return new TapError("ENOKOFFI", "a TAP needs the koffi package: npm install koffi", { cause });
    }
  }
  if (/native Koffi module/i.test(message)) return broken(withoutBinary());
  // Another libc, a damaged file: what the dynamic linker says.
  return broken(`koffi is installed, and does not load: ${message}`);
}

/** koffi's own JavaScript is there, and its binary, in a package of its own, is not. */
function withoutBinary(): string {
  const machine = `${process.platform}-${process.arch}`;
  const { forbidden, found } = lookFor(join("@koromix", `koffi-${machine}`));
  if (forbidden !== undefined) return mayNotRead(forbidden);
  if (found !== undefined)
    return `koffi's binary in ${found} is for another machine or C library than this one`;
  return `koffi is installed without its binary for ${machine}: npm install --include=optional koffi`;
}

function mayNotRead(path: string): string {
  return `a TAP needs koffi, and this user may not read ${path}`;
}

interface Search {
  /** Where the package is. */
  readonly found?: string;
  /** The first place in which it was not allowed to look. */
  readonly forbidden?: string;
}

/** Looks for a package where Node does: in the `node_modules` of this folder and all above it. */
function lookFor(name: string): Search {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const place = join(folder, "node_modules", name);
    try {
      accessSync(join(place, "package.json"), constants.R_OK);
      return { found: place };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EACCES" || code === "ERR_ACCESS_DENIED") return { forbidden: place };
    }
    if (folder === dirname(folder)) return {};
  }
}
