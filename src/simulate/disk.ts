/**
 * Disks of hosts: a folder in memory for each, which a program finds where its host says, empty at first. It outlives the
 * program and its restarts. When the power goes, what was not synced is lost, as from the page cache of a kernel: each
 * file has what it had at its last `fsync`, or nothing. Names (files made, renamed, removed) are kept, as by a file system
 * that keeps a journal of them.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join, normalize } from "node:path";
import type { DiskData } from "./channel/index.ts";
import { SimulationError } from "./errors.ts";

/** A disk of a host's own. */
export interface DiskOptions {
  /** Where its programs find it: an absolute path, such as `/data`. Nothing of the machine's is seen below it. */
  readonly path: string;
  /** What becomes of what was not synced, when the machine crashes; "lost" by default. */
  readonly unsynced?: "lost" | "kept";
}

/** In memory, where the system has such a folder. */
const MEMORY = "/dev/shm";

/** Open files by their descriptors, which tells what was synced. */
const DESCRIPTORS = "/proc/self/fd";

/** All disks of a world. */
export class Disks {
  #folder: string | undefined = undefined;
  readonly #disks: Map<string, { readonly data: DiskData; readonly loses: boolean }> = new Map();

  /**
   * What the host's programs are told of its disk; undefined if it has none of its own.
   *
   * @throws SimulationError for a path that cannot be, and where it cannot be told what was synced
   */
  make(host: string, given: string | DiskOptions | undefined): DiskData | undefined {
    if (given === undefined) return undefined;
    const { path, unsynced = "lost" } = typeof given === "string" ? { path: given } : given;
    const mount = normalize(path).replace(/(?<=.)\/$/, "");
    if (!isAbsolute(mount) || mount === "/")
      throw new SimulationError(`host ${host}: a disk is at an absolute path, such as /data, not at ${path}`);
    if (unsynced === "lost" && !existsSync(DESCRIPTORS))
      throw new SimulationError(
        `host ${host}: what was synced is not known without ${DESCRIPTORS}: say unsynced: "kept"`,
      );
    this.#folder ??= mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), "tapstack-disks-"));
    const own = join(this.#folder, String(this.#disks.size));
    const data = { mount, files: join(own, "files"), synced: join(own, "synced") };
    for (const folder of [data.files, data.synced]) mkdirSync(folder, { recursive: true });
    this.#disks.set(host, { data, loses: unsynced === "lost" });
    return data;
  }

  /** The power of the host has gone. */
  crashed(host: string): void {
    const disk = this.#disks.get(host);
    if (disk?.loses === true) restore(disk.data);
  }

  /** Removes all. */
  close(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }
}

function restore({ files, synced }: DiskData): void {
  for (const entry of readdirSync(files, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath ?? entry.path, entry.name);
    const { ino } = statSync(file);
    const kept = join(synced, String(ino));
    if (existsSync(`${kept}.always`)) continue;
    if (existsSync(kept)) writeFileSync(file, readFileSync(kept));
    else truncateSync(file);
  }
}
