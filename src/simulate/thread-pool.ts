/**
 * libuv has one thread pool for the whole process, with four threads unless `UV_THREADPOOL_SIZE` says otherwise. Jobs
 * of programs (zlib, pbkdf2, files) then end in an order that depends on the machine. So while virtual
 * time passes, all of its threads but one are kept busy with reading from a pipe into which nobody writes.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, openSync, read, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** libuv's default, and its limit. */
const THREADS = 4;
const MOST = 1024;

let held = 0;
/** How many threads read, and from what; undefined before the first use, false where there is no `mkfifo`. */
let readers = 0;
let pipe: number | false | undefined;

/** Virtual time begins to pass. Where there is no `mkfifo`, jobs end as they will: docs/simulation.md says so. */
export function holdThreads(): void {
  if (held++ > 0) return;
  pipe ??= openPipe();
  if (pipe === false) return;
  const threads = Number(process.env["UV_THREADPOOL_SIZE"] ?? THREADS) || THREADS;
  readers = Math.min(threads, MOST) - 1;
  const octet = new Uint8Array(1);
  for (let i = 0; i < readers; i++) read(pipe, octet, 0, 1, null, () => undefined);
  process.once("exit", release); // or the process waits for these threads for ever
}

/** What `holdThreads` holds passes no more. */
export function letThreadsGo(): void {
  if (--held === 0) release();
}

/** One octet for each reader. */
function release(): void {
  process.off("exit", release);
  if (readers > 0 && typeof pipe === "number") writeSync(pipe, new Uint8Array(readers));
  readers = 0;
}

/** Opened for both reading and writing, so that neither waits for the other; kept, since making it takes a process. */
function openPipe(): number | false {
  const folder = mkdtempSync(join(tmpdir(), "tapstack-pool-"));
  const path = join(folder, "pipe");
  try {
    return spawnSync("mkfifo", [path]).status === 0 && openSync(path, "r+");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
