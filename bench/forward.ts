/** Datagrams passed on between two TAPs, with a kernel on either side, beside Linux's own forwarding between two veths. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median, type Report } from "./results.ts";

/** 10.81.0.1 calls 10.82.0.1, through .254 of both. */
const CALLED = "10.82.0.1";
const MAIN: string = fileURLToPath(new URL("../src/cli/main.js", import.meta.url));
const SOURCE: string = fileURLToPath(new URL("../../bench/kernel/kbench.c", import.meta.url));

const RULES = {
  forward: {
    policy: "drop",
    rules: [
      { state: ["established", "related"], do: "accept" },
      { in: "fwa", state: "new", do: "accept" },
    ],
  },
  nat: [{ do: "masquerade", out: "fwb" }],
};

export interface ForwardBenchOptions {
  readonly reps: number;
  readonly seconds: number;
  readonly offloads: boolean;
  /** For the process of the router, such as --cpu-prof. */
  readonly nodeOptions: readonly string[];
}

/** A caller, a router and one who is called, each in a network namespace of its own. */
class Bed {
  readonly #names: readonly string[];
  readonly #folder: string = mkdtempSync(join(tmpdir(), "tapstack-forward-"));
  readonly #children: ChildProcess[] = [];

  constructor() {
    this.#names = ["a", "r", "b"].map((letter) => `tsforward${process.pid}${letter}`);
    for (const name of this.#names) ip(`netns add ${name}`);
    for (const name of this.#names) ip(`-n ${name} link set lo up`);
    execFileSync("gcc", ["-O2", "-pthread", "-o", this.#program, SOURCE], { stdio: "inherit" });
  }

  get #program(): string {
    return join(this.#folder, "kbench");
  }

  /** Ours, over two TAPs; with rules if they are given. The process. */
  async ours(offload: boolean, nodeOptions: readonly string[], rules?: object): Promise<ChildProcess> {
    const [, router = ""] = this.#names;
    const path = join(this.#folder, "router.json");
    const interfaces = [
      { tap: "fwa", addresses: "10.81.0.254/24", offload },
      { tap: "fwb", addresses: "10.82.0.254/24", offload },
    ];
    writeFileSync(path, JSON.stringify({ interfaces, ...(rules !== undefined && { rules }) }));
    const child = await this.#start(
      router,
      [process.execPath, ...nodeOptions, MAIN, "route", path],
      "routing between",
    );
    this.#address("fwa", "fwb", router);
    await this.#start(this.#names[2] ?? "", [this.#program, "serve"], "ready");
    return child;
  }

  /** Linux's own, between two pairs of veth. */
  async linux(offload: boolean): Promise<void> {
    const [, router = ""] = this.#names;
    for (const side of ["a", "b"]) ip(`-n ${router} link add fwr${side} type veth peer name fw${side}`);
    this.#address("fwa", "fwb", router);
    ip(`-n ${router} addr add 10.81.0.254/24 dev fwra`);
    ip(`-n ${router} addr add 10.82.0.254/24 dev fwrb`);
    for (const side of ["a", "b"]) ip(`-n ${router} link set fwr${side} up`);
    run(router, ["sysctl", "-qw", "net.ipv4.ip_forward=1"]);
    if (!offload) {
      const off = ["tso", "off", "gso", "off", "gro", "off"];
      for (const side of ["a", "b"]) run(router, ["ethtool", "-K", `fwr${side}`, ...off]);
      run(this.#names[0] ?? "", ["ethtool", "-K", "fwa", ...off]);
      run(this.#names[2] ?? "", ["ethtool", "-K", "fwb", ...off]);
    }
    await this.#start(this.#names[2] ?? "", [this.#program, "serve"], "ready");
  }

  /** Bulk from the caller to the called. */
  sample(seconds: number, connections: number, pid: number): Record<string, number> {
    const words = [this.#program, "in", CALLED, String(seconds), String(connections), String(pid)];
    return JSON.parse(run(this.#names[0] ?? "", words)) as Record<string, number>;
  }

  async close(): Promise<void> {
    for (const child of this.#children) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      if (child.exitCode === null && child.signalCode === null) await ended;
    }
    for (const name of this.#names) ip(`netns del ${name}`);
    rmSync(this.#folder, { recursive: true });
  }

  #address(near: string, far: string, router: string): void {
    const [a = "", , b = ""] = this.#names;
    for (const [device, name, network] of [
      [near, a, 81],
      [far, b, 82],
    ] as const) {
      ip(`-n ${router} link set ${device} netns ${name}`);
      ip(`-n ${name} addr add 10.${network}.0.1/24 dev ${device}`);
      ip(`-n ${name} link set ${device} up`);
      ip(`-n ${name} route add default via 10.${network}.0.254`);
    }
  }

  #start(namespace: string, command: readonly string[], word: string): Promise<ChildProcess> {
    const child = spawn("ip", ["netns", "exec", namespace, ...command], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#children.push(child);
    return new Promise((resolve, reject) => {
      let said = "";
      child.stdout.on("data", (text: Buffer) => {
        said += text.toString();
        if (said.includes(word)) resolve(child);
      });
      child.once("exit", (status) => reject(new Error(`${command.join(" ")} ended with ${status}: ${said}`)));
    });
  }
}

/** Bulk through our router, with and without rules, beside Linux. */
export async function benchForward(report: Report, options: ForwardBenchOptions): Promise<void> {
  const { offloads, reps, seconds, nodeOptions } = options;
  const section = `Forwarding between two TAPs, ${offloads ? "with" : "without"} offloads`;
  for (const [metric, rules] of [
    ["bulk, 1 connection", undefined],
    ["bulk, 1 connection, filter and NAT44", RULES],
  ] as const) {
    const ours: Record<string, number>[] = [];
    const linux: number[] = [];
    for (let rep = 0; rep < reps; rep++) {
      ours.push(await one(async (bed) => (await bed.ours(offloads, nodeOptions, rules)).pid ?? 0, seconds));
      if (rules === undefined) {
        linux.push((await one((bed) => bed.linux(offloads).then(() => 0), seconds))["value"] ?? Number.NaN);
      }
    }
    const values = ours.map((sample) => sample["value"] ?? Number.NaN);
    const cpu = median(ours.map((sample) => sample["cpuPerGB"] ?? 0));
    report.add({
      section,
      metric,
      unit: "Gbit/s",
      value: median(values),
      samples: values,
      ...(linux.length > 0 && { linux: median(linux), linuxSamples: linux }),
      detail: { cpuPerGB: cpu },
    });
  }
}

async function one(start: (bed: Bed) => Promise<number>, seconds: number): Promise<Record<string, number>> {
  const bed = new Bed();
  try {
    const pid = await start(bed);
    bed.sample(0.3, 1, pid); // neighbours are found, code is compiled
    return bed.sample(seconds, 1, pid);
  } finally {
    await bed.close();
  }
}

function run(namespace: string, command: readonly string[]): string {
  const words = ["netns", "exec", namespace, ...command];
  return execFileSync("ip", words, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 60_000,
  });
}

function ip(words: string): void {
  execFileSync("ip", words.split(" "), { stdio: "inherit" });
}
