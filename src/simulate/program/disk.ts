/**
 * The disk of the program's host: paths below where it is mounted lead to its folder. That is done below `fs`, where all
 * of its functions, by callback, promise or at once, come together; what they give, and their errors, name the paths of
 * the program.
 */
import { createRequire, syncBuiltinESMExports } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { DiskData } from "../channel/index.ts";
import { bindingMember, bindingMembers } from "./inside.ts";

/** Functions of Node's binding, with the places of paths among what they are given. */
const PATHS: Readonly<Record<string, readonly number[]>> = {
  ...placed(
    [0],
    ["access", "chmod", "chown", "existsSync", "lchmod", "lchown", "lstat", "lutimes", "mkdir", "mkdtemp"],
  ),
  ...placed([0], ["open", "openFileHandle", "readFileUtf8", "readdir", "readlink", "realpath", "rmSync"]),
  ...placed(
    [0],
    ["readdirRecursive", "rmdir", "stat", "statfs", "truncate", "unlink", "utimes", "writeFileUtf8"],
  ),
  ...placed([0, 1], ["copyFile", "cpSyncCheckPaths", "cpSyncCopyDir", "cpSyncOverrideFile", "link"]),
  // Of some versions of Node, the path of the last is the second.
  ...placed([0, 1], ["rename", "symlink", "internalModuleStat"]),
};

function placed(places: readonly number[], names: readonly string[]): Record<string, readonly number[]> {
  return Object.fromEntries(names.map((name) => [name, places]));
}

/** Those that give a descriptor, with the place of its flags; of those that have been opened to be synced, all is kept. */
const OPENS = new Set(["open", "openFileHandle"]);

/** Of Node 26: what does a whole operation, made with one path or two. */
const JOBS = ["ReadFileJob", "WriteFileJob", "CpDirJob"];

/** Functions of `fs` that took such jobs from the binding when they were loaded. */
const SHORTCUTS = ["readFile", "writeFile"] as const;

type JobClass = new (...given: unknown[]) => object;

const SYNCS = ["fsync", "fdatasync"];

type Call = (this: unknown, ...given: unknown[]) => unknown;

/** What a request of `fs` has, that is answered later. */
interface FileRequest {
  oncomplete: (this: unknown, error: unknown, ...rest: unknown[]) => void;
}

const require = createRequire(import.meta.url);
type Fs = typeof import("node:fs");

/** Mounts it. */
export function mountDisk(data: DiskData): void {
  const fs = require("node:fs") as Fs;
  const disk = new Disk(data, fs);
  const members = bindingMembers("fs");
  for (const [name, places] of Object.entries(PATHS)) {
    const call = members[name];
    if (typeof call === "function") members[name] = disk.mapped(name, call as Call, places);
  }
  for (const name of SYNCS) {
    const call = members[name] as Call;
    members[name] = function sync(this: unknown, ...given: unknown[]): unknown {
      disk.synced(given[0] as number);
      return call.apply(this, given);
    };
  }
  for (const name of JOBS) {
    const Job = members[name];
    if (typeof Job === "function") members[name] = disk.job(Job as JobClass);
  }
  if (members["ReadFileJob"] !== undefined) disk.replaceShortcuts();
  const { prototype } = bindingMember<{ readonly prototype: { start: Call } }>("fs_event_wrap", "FSEvent");
  prototype.start = disk.mapped("watch", prototype.start, [0]);
}

class Disk {
  readonly #data: DiskData;
  readonly #fs: Fs;

  constructor(data: DiskData, fs: Fs) {
    this.#data = data;
    this.#fs = fs;
  }

  /** `call`, with its paths led to the folder. */
  mapped(name: string, call: Call, places: readonly number[]): Call {
    const disk = this;
    return function mapped(this: unknown, ...given: unknown[]): unknown {
      if (!disk.#leads(given, places)) return call.apply(this, given);
      const opens = OPENS.has(name) && (Number(given[1]) & disk.#fs.constants.O_DSYNC) !== 0;
      const seen = (value: unknown): unknown => {
        if (opens) disk.#always(value);
        return disk.#shown(value);
      };
      for (const one of given) if (isRequest(one)) disk.#answers(one, seen);
      try {
        const result = call.apply(this, given);
        if (!(result instanceof Promise)) return seen(result);
        return result.then(seen, (error: unknown) => {
          throw disk.#failure(error);
        });
      } catch (error) {
        throw disk.#failure(error);
      }
    };
  }

  /** Leads the paths that are of this disk to the folder; whether there are such. */
  #leads(given: unknown[], places: readonly number[]): boolean {
    let own = false;
    for (const place of places) {
      const path = this.#inFolder(given[place]);
      if (path === undefined) continue;
      own = true;
      given[place] = path;
    }
    return own;
  }

  /** A class of jobs whose paths are led to the folder. */
  job(Job: JobClass): unknown {
    const disk = this;
    function MappedJob(...given: unknown[]): object {
      const own = disk.#leads(given, [0, 1]);
      const job = new Job(...given);
      if (!own) return job;
      let done: unknown;
      return Object.defineProperty(job, "ondone", {
        get: () => done,
        set: (told: Call) => {
          done = function ondone(this: unknown, error: unknown, ...rest: unknown[]): unknown {
            return told.call(this, disk.#failure(error), ...rest);
          };
        },
      });
    }
    MappedJob.prototype = Job.prototype;
    return MappedJob;
  }

  /** What has jobs of its own is given the path in the folder. */
  replaceShortcuts(): void {
    const disk = this;
    for (const name of SHORTCUTS) {
      const call = this.#fs[name] as Call;
      Reflect.set(this.#fs, name, function shortcut(this: unknown, ...given: unknown[]): unknown {
        const path = given[0] instanceof URL ? fileURLToPath(given[0]) : given[0];
        if (!disk.#leads([path], [0])) return call.apply(this, given);
        given[0] = disk.#inFolder(path);
        const told = given.pop();
        if (typeof told !== "function") return call.apply(this, [...given, told]);
        const answered = (error: unknown, ...rest: unknown[]): unknown => told(disk.#failure(error), ...rest);
        return call.apply(this, [...given, answered]);
      });
    }
    syncBuiltinESMExports();
  }

  /** The file of this descriptor is safe as it is now. */
  synced(fd: number): void {
    const copy = this.#copyOf(fd);
    if (copy !== undefined) this.#fs.copyFileSync(`/proc/self/fd/${fd}`, copy);
  }

  /** All that is written by this descriptor, or file handle, is safe at once. */
  #always(opened: unknown): void {
    const fd = typeof opened === "number" ? opened : (opened as { readonly fd?: number } | undefined)?.fd;
    const copy = fd === undefined ? undefined : this.#copyOf(fd);
    if (copy !== undefined) this.#fs.writeFileSync(`${copy}.always`, "");
  }

  /** Where what is safe of its file is kept; undefined of what is no file of this disk. */
  #copyOf(fd: number): string | undefined {
    if (!this.#fs.existsSync(`/proc/self/fd/${fd}`)) return undefined;
    if (!this.#fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith(`${this.#data.files}/`)) return undefined;
    const { ino } = this.#fs.fstatSync(fd);
    return `${this.#data.synced}/${ino}`;
  }

  #answers(request: FileRequest, seen: (value: unknown) => unknown): void {
    const { oncomplete } = request;
    const disk = this;
    request.oncomplete = function complete(this: unknown, error: unknown, ...rest: unknown[]): void {
      oncomplete.call(this, disk.#failure(error), ...rest.map(seen));
    };
  }

  /** Where a path of the program's leads in the folder; undefined if it is not of this disk. */
  #inFolder(path: unknown): string | undefined {
    const text = path instanceof Uint8Array ? Buffer.from(path).toString() : path;
    if (typeof text !== "string") return undefined;
    const { mount, files } = this.#data;
    const absolute = resolve(text);
    if (absolute !== mount && !absolute.startsWith(`${mount}/`)) return undefined;
    const kept = text.endsWith("/") ? "/" : "";
    return `${files}${absolute.slice(mount.length)}${kept}`;
  }

  /** A path of the folder as the program knows it. */
  #shown(value: unknown): unknown {
    const { mount, files } = this.#data;
    return typeof value === "string" && value.startsWith(files)
      ? `${mount}${value.slice(files.length)}`
      : value;
  }

  #failure(error: unknown): unknown {
    if (!(error instanceof Error)) return error;
    for (const name of ["message", "stack", "path", "dest"]) {
      const text: unknown = Reflect.get(error, name);
      if (typeof text === "string")
        Reflect.set(error, name, text.replaceAll(this.#data.files, this.#data.mount));
    }
    return error;
  }
}

function isRequest(value: unknown): value is FileRequest {
  return (
    typeof value === "object" && value !== null && typeof Reflect.get(value, "oncomplete") === "function"
  );
}
