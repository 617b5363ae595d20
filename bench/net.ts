/** Network namespaces for the TAP measurements: the client's with the TAP, and one with Linux's own TCP behind a veth. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const LINUX_ADDRESS = "10.78.0.2";
export const STACK_ADDRESS = "10.77.0.2";
export const LINUX_ADDRESS_6 = "fd78::2";
export const STACK_ADDRESS_6 = "fd77::2";

/** Behind `STACK_ADDRESS`: where the kernel's client looks for them. */
const FURTHER_CLIENTS: readonly string[] = ["10.77.0.3", "10.77.0.4", "10.77.0.5"];

/** Why namespaces cannot be made here; undefined if they can. */
export function cannotMeasureTap(): string | undefined {
  if (process.getuid?.() !== 0) return "not root";
  if (!existsSync("/dev/net/tun")) return "no /dev/net/tun";
  for (const program of ["ip", "gcc", "taskset", "ethtool"]) {
    try {
      execFileSync("which", [program], { stdio: "ignore" });
    } catch {
      return `no ${program}`;
    }
  }
  return undefined;
}

export class Testbed {
  readonly client: string = `tsbench${process.pid}c`;
  readonly #linux: string = `tsbench${process.pid}l`;
  readonly #folder: string = mkdtempSync(join(tmpdir(), "tapstack-bench-"));
  readonly #children: Set<ChildProcess> = new Set();

  constructor(offloads: boolean) {
    const source = fileURLToPath(new URL("../../bench/kernel/kbench.c", import.meta.url));
    execFileSync("gcc", ["-O2", "-pthread", "-o", this.program, source], { stdio: "inherit" });
    ip(`netns add ${this.client}`);
    ip(`netns add ${this.#linux}`);
    ip(`link add veth0 netns ${this.client} type veth peer name veth0 netns ${this.#linux}`);
    ip(`-n ${this.client} addr add 10.78.0.1/24 dev veth0`);
    ip(`-n ${this.#linux} addr add ${LINUX_ADDRESS}/24 dev veth0`);
    ip(`-n ${this.client} addr add fd78::1/64 dev veth0 nodad`);
    ip(`-n ${this.#linux} addr add ${LINUX_ADDRESS_6}/64 dev veth0 nodad`);
    for (const name of [this.client, this.#linux]) {
      ip(`-n ${name} link set lo up`);
      ip(`-n ${name} link set veth0 up`);
      // Tens of thousands of connections in a row from one address: more ports, and used again sooner.
      this.#in(name, ["sysctl", "-qw", "net.ipv4.ip_local_port_range=1024 65535", "net.ipv4.tcp_tw_reuse=1"]);
      if (!offloads) this.#in(name, ["ethtool", "-K", "veth0", "tso", "off", "gso", "off", "gro", "off"]);
    }
  }

  /** The measuring program, compiled. */
  get program(): string {
    return join(this.#folder, "kbench");
  }

  /** Linux's own TCP, at `LINUX_ADDRESS`. */
  serveLinux(): Promise<ChildProcess> {
    return this.#start(this.#linux, [this.program, "serve"], "ready");
  }

  /** Our stack on a TAP in the client's namespace, at `STACK_ADDRESS` and, when it has been probed, `STACK_ADDRESS_6`. */
  async serveStack(offloads: boolean, nodeOptions: readonly string[] = []): Promise<ChildProcess> {
    const main = fileURLToPath(new URL("../src/cli/main.js", import.meta.url));
    const addresses = ["--address", `${STACK_ADDRESS}/24`, "--address", `${STACK_ADDRESS_6}/64`];
    const options = [...addresses, "--tap", "tapb0", "--quiet", ...(offloads ? [] : ["--no-offload"])];
    const command = [process.execPath, ...nodeOptions, main, "serve", ...options];
    const child = await this.#start(this.client, command, "ready");
    // With the ports of one address 100,000 connections cannot be made, and Linux looks long for the last of them.
    for (const address of FURTHER_CLIENTS) ip(`-n ${this.client} addr add ${address}/24 dev tapb0`);
    return child;
  }

  /** One sample of the kernel's client; `cores` as for taskset. */
  sample(words: readonly string[], cores?: string): Record<string, number> {
    const command = cores === undefined ? [] : ["taskset", "-c", cores];
    const output = this.#in(this.client, [...command, this.program, ...words]);
    const json: unknown = JSON.parse(output);
    if (typeof json !== "object" || json === null || "error" in json) {
      throw new Error(`${words.join(" ")}: ${output}`);
    }
    return json as Record<string, number>;
  }

  /** Runs one of our programs in the client's namespace; what it prints. */
  runNode(program: string, ...words: readonly string[]): string {
    return this.#in(this.client, [process.execPath, program, ...words]);
  }

  async stop(child: ChildProcess): Promise<void> {
    this.#children.delete(child);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await ended;
    clearTimeout(late);
  }

  async close(): Promise<void> {
    for (const child of this.#children) await this.stop(child);
    for (const name of [this.client, this.#linux]) ip(`netns del ${name}`);
    rmSync(this.#folder, { recursive: true });
  }

  #in(namespace: string, command: readonly string[]): string {
    return execFileSync("ip", ["netns", "exec", namespace, ...command], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      timeout: 600_000,
    });
  }

  /** Resolves when `word` has appeared in what the program says. `ip netns exec` becomes the program itself. */
  #start(namespace: string, command: readonly string[], word: string): Promise<ChildProcess> {
    const child = spawn("ip", ["netns", "exec", namespace, ...command], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#children.add(child);
    return new Promise((resolve, reject) => {
      let said = "";
      const late = setTimeout(() => reject(new Error(`${command.join(" ")} is not ready: ${said}`)), 60_000);
      child.stdout.on("data", (text: Buffer) => {
        said += text.toString();
        if (!said.includes(word)) return;
        clearTimeout(late);
        said = "";
        resolve(child);
      });
      child.once("exit", (status) => reject(new Error(`${command.join(" ")} ended with ${status}: ${said}`)));
    });
  }
}

function ip(words: string): void {
  execFileSync("ip", words.split(" "), { stdio: "inherit" });
}
