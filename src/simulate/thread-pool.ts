/**
 * libuv has one thread pool for the whole process, with four threads unless `UV_THREADPOOL_SIZE` says otherwise. Jobs
 * of programs (zlib, pbkdf2, files) then end in an order that depends on the machine. So while there are worlds, all
 * of its threads but one are kept busy with reading from a pipe into which nobody writes.
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, read, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** libuv's default, and its limit. */
const THREADS = 4;
const MOST = 1024;

let worlds = 0;
let pipe: { readonly fd: number; readonly readers: number } | undefined;

/** A world begins. Where there is no `mkfifo`, jobs end as they will: docs/simulation.md says so. */
export function holdThreads(): void {
  worlds++;
  const readers = Math.min(Number(process.env["UV_THREADPOOL_SIZE"] ?? THREADS) || THREADS, MOST) - 1;
  if (pipe !== undefined || readers <= 0) return;
  const fd = openPipe();
  if (fd === undefined) return;
  pipe = { fd, readers };
  const octet = new Uint8Array(1);
  let reading = readers;
  for (let i = 0; i < readers; i++) {
    read(fd, octet, 0, 1, null, () => {
      if (--reading === 0) closeSync(fd);
    });
  }
  process.once("exit", release); // or the process waits for these threads for ever
}

/** A world ends. */
export function letThreadsGo(): void {
  if (--worlds === 0) release();
}

/** One octet for each reader. */
function release(): void {
  if (pipe === undefined) return;
  const { fd, readers } = pipe;
  pipe = undefined;
  process.off("exit", release);
  writeSync(fd, new Uint8Array(readers));
}

/** Opened for both reading and writing, so that neither waits for the other. */
function openPipe(): number | undefined {
  const folder = mkdtempSync(join(tmpdir(), "tapstack-pool-"));
  const path = join(folder, "pipe");
  try {
    if (spawnSync("mkfifo", [path]).status !== 0) return undefined;
    return openSync(path, "r+");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
