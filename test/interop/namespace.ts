/** A network namespace for a test, and processes in it that tell what they do by one JSON object per line. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { tapAvailable } from "../../src/drivers/node/index.ts";
import { patiently } from "../support/patience.ts";
import { notInstalled } from "../support/peers.ts";

/** What a child says. */
export type Event = Record<string, unknown> & { readonly event: string };

/** Why there can be no namespace here, or no TAP in it; undefined if there can. */
export async function whyNot(): Promise<string | undefined> {
  const available = await tapAvailable("tapstack-probe");
  if (!available.ok) return available.reason;
  const missing = notInstalled("ip");
  if (missing !== undefined) return missing;
  const probe = `tapstack-probe-${process.pid}`;
  try {
    for (const verb of ["add", "delete"]) execFileSync("ip", ["netns", verb, probe], { stdio: "pipe" });
  } catch (error) {
    return `cannot make a network namespace: ${(error as Error).message}`;
  }
  return undefined;
}

/** One namespace for the tests of one file. */
export class Namespace {
  readonly name: string;
  readonly #children: Child[] = [];

  /** @param label - tells this file's from others' */
  constructor(label: string) {
    this.name = `tapstack-${label}-${process.pid}`;
  }

  /** Makes it; or says why that, or a TAP in it, or one of the programs, cannot be had here. */
  async open(...programs: readonly string[]): Promise<string | undefined> {
    const obstacle = (await whyNot()) ?? notInstalled(...programs);
    if (obstacle !== undefined) return obstacle;
    execFileSync("ip", ["netns", "add", this.name], { stdio: "pipe" });
    this.run("ip link set lo up");
    return undefined;
  }

  close(): void {
    if (existsSync(`/var/run/netns/${this.name}`)) execFileSync("ip", ["netns", "delete", this.name]);
  }

  /** Runs a command that ends by itself; returns what it prints. */
  run(command: string): string {
    return this.runNode(command.split(" "));
  }

  /** The same, with the words given one by one. */
  runNode(words: readonly string[]): string {
    const all = ["netns", "exec", this.name, ...words];
    return execFileSync("ip", all, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  /** Runs a command that is to fail; what it prints. */
  runFailing(command: string): string {
    const { status, stdout, stderr } = spawnSync("ip", ["netns", "exec", this.name, ...command.split(" ")], {
      encoding: "utf8",
    });
    if (status === 0) throw new Error(`${command} has not failed: ${stdout}`);
    return stdout + stderr;
  }

  /** Runs a command of client.py; its answer. */
  python(command: string, ...args: readonly unknown[]): Record<string, unknown> {
    const answer = this.runNode(["python3", "test/interop/client.py", command, JSON.stringify(args)]);
    return JSON.parse(answer) as Record<string, unknown>;
  }

  /** Starts `program` with Node. */
  start(program: string, ...words: readonly string[]): Child {
    return this.startProgram(process.execPath, program, ...words);
  }

  /** Starts any program that tells its events as ours do. */
  startProgram(...words: readonly string[]): Child {
    const child = new Child(["netns", "exec", this.name, ...words]);
    this.#children.push(child);
    return child;
  }

  /** Starts a program that prints lines as it likes; gives what asks for those printed so far. */
  startQuietly(...words: readonly string[]): () => readonly string[] {
    const child = new Child(["netns", "exec", this.name, ...words], () => undefined);
    this.#children.push(child);
    return () => child.lines;
  }

  /** Kills whatever was started and still runs. */
  async killAll(): Promise<void> {
    for (const child of this.#children.splice(0)) {
      child.process.kill("SIGKILL");
      await child.exited;
    }
  }

  /** The names of its network devices. */
  devices(): string[] {
    const links = JSON.parse(this.run("ip -json link")) as { ifname: string }[];
    return links.map(({ ifname }) => ifname);
  }
}

/** A process in the namespace, and the events that it tells of. */
export class Child {
  readonly process: ChildProcess;
  readonly exited: Promise<number | null>;
  readonly #events: Event[] = [];
  /** All that it has said, for a wait in vain. */
  readonly #seen: string[] = [];
  #waiting: (() => void)[] = [];
  #ended = false;

  /** @param read - what a line says; undefined: nothing */
  constructor(
    words: readonly string[],
    read: (line: string) => Event | undefined = (line) => JSON.parse(line) as Event,
  ) {
    this.process = spawn("ip", words, { stdio: ["pipe", "pipe", "inherit"] });
    this.exited = new Promise((resolve) => this.process.once("close", (code) => resolve(code)));
    void this.exited.then(() => {
      this.#ended = true;
      this.#wake();
    });
    const lines = createInterface({ input: this.process.stdout as NodeJS.ReadableStream });
    lines.on("line", (line) => {
      const event = read(line);
      if (event !== undefined) this.#events.push(event);
      this.#seen.push(line);
      this.#wake();
    });
  }

  /** All that it has printed. */
  get lines(): readonly string[] {
    return this.#seen;
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** The next event of that name; earlier ones are skipped. */
  async next(name: string): Promise<Event> {
    for (;;) {
      const event = this.#events.shift();
      if (event?.event === name) return event;
      if (event?.event === "error") throw new Error(String(event["message"]));
      if (event !== undefined) continue;
      if (this.#ended) throw new Error(`the child ended without "${name}"`);
      const news = new Promise<void>((resolve) => this.#waiting.push(resolve));
      await patiently(news, `"${name}" of a child`, () => this.#seen.join("\n"));
    }
  }

  tell(command: string): void {
    this.process.stdin?.write(`${command}\n`);
  }
}
