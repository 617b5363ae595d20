/** `tapstack route` in a network namespace of its own, and its TAPs in two others, of which the kernel is the host. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { patiently } from "../support/patience.ts";
import { MAIN } from "./kernel.ts";
import { type Event, Namespace } from "./namespace.ts";

/** One side: the device, and the kernel's address on it. */
export interface Side {
  readonly device: string;
  readonly address: string;
  /** The next hop of everything else; undefined: it knows no way but to its own network. */
  readonly gateway?: string | undefined;
  readonly mtu?: number | undefined;
}

/** A router between two kernels. */
export class RouterBed {
  readonly a: Namespace;
  readonly b: Namespace;
  /** All that the router has printed. */
  readonly lines: string[] = [];
  readonly #router: Namespace;
  readonly #folder: string = mkdtempSync(join(tmpdir(), "tapstack-router-"));
  #process: ChildProcess | undefined;
  #exited: Promise<number | null> = Promise.resolve(0);

  constructor(label: string) {
    this.a = new Namespace(`${label}-a`);
    this.b = new Namespace(`${label}-b`);
    this.#router = new Namespace(`${label}-r`);
  }

  /** Why there can be none; undefined if there can. */
  async open(...programs: readonly string[]): Promise<string | undefined> {
    for (const one of [this.a, this.b, this.#router]) {
      const obstacle = await one.open(...programs);
      if (obstacle !== undefined) return obstacle;
    }
    return undefined;
  }

  /** Starts the router with this file, and gives each side its device. */
  async start(file: object, a: readonly Side[], b: readonly Side[]): Promise<void> {
    const path = join(this.#folder, "router.json");
    writeFileSync(path, JSON.stringify(file));
    const words = ["netns", "exec", this.#router.name, process.execPath, MAIN, "route", path];
    const child = spawn("ip", words, { stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    this.#exited = new Promise((resolve) => child.once("close", (code) => resolve(code)));
    const ready = new Promise<void>((resolve, reject) => {
      child.once("exit", (code) => reject(new Error(`ended with ${code}: ${this.lines.join("\n")}`)));
      for (const stream of [child.stdout, child.stderr]) {
        createInterface(stream).on("line", (line) => {
          this.lines.push(line);
          if (line.startsWith("tapstack: routing between")) resolve();
        });
      }
    });
    await patiently(ready, "the router to be ready", () => this.lines.join("\n"));
    for (const side of a) this.#give(side, this.a);
    for (const side of b) this.#give(side, this.b);
  }

  /** A has the device, and listens to routers on it: no address is set. */
  takeByAdvertisement(device: string): void {
    this.#router.run(`ip link set ${device} netns ${this.a.name}`);
    this.a.run(`sysctl -q -w net.ipv6.conf.${device}.disable_ipv6=0`);
    for (const [name, value] of [
      ["accept_ra_rt_info_max_plen", 64],
      ["accept_ra_rtr_pref", 1],
    ] as const) {
      this.a.run(`sysctl -q -w net.ipv6.conf.${device}.${name}=${value}`);
    }
    this.a.run(`ip link set ${device} up`);
  }

  /** Whether A hears from `host`. The kernel takes a few seconds over IPv6 on a device that has just come up. */
  reaches(host: string): boolean {
    for (let attempt = 0; attempt < 10; attempt++) {
      try {
        this.a.run(`ping -w 3 -c 1 ${host}`);
        return true;
      } catch {
        // not yet
      }
    }
    return false;
  }

  /** bird in A, which announces these networks by RIP and RIPng, and puts what it hears into the kernel's table. */
  startBird(networks: readonly string[]): void {
    const four = networks.filter((one) => !one.includes(":"));
    const six = networks.filter((one) => one.includes(":"));
    const family = (name: string, rip: string, all: readonly string[]): readonly string[] => [
      `protocol static { ${name}; ${all.map((one) => `route ${one} blackhole;`).join(" ")} }`,
      `protocol kernel { ${name} { export where source = RTS_RIP; }; }`,
      `protocol ${rip} { ${name} { import all; export where source = RTS_STATIC; }; interface "rta" { update time 5; }; }`,
    ];
    const path = join(this.#folder, "bird.conf");
    const lines = [
      "router id 10.81.0.1;",
      "protocol device { scan time 1; }",
      ...family("ipv4", "rip", four),
      ...family("ipv6", "rip ng", six),
    ];
    writeFileSync(path, `${lines.join("\n")}\n`);
    this.a.startQuietly(
      "bird",
      "-f",
      "-c",
      path,
      "-s",
      join(this.#folder, "bird.ctl"),
      "-P",
      join(this.#folder, "bird.pid"),
    );
  }

  /** Asks once in a while, for as long as mocha lets us. */
  async until(holds: () => boolean): Promise<boolean> {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 200));
    return true;
  }

  /** Ends the router; its exit status. */
  async stop(): Promise<number | null> {
    this.#process?.kill("SIGINT");
    return await this.#exited;
  }

  async close(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#exited;
    await Promise.all([this.a.killAll(), this.b.killAll()]);
    for (const one of [this.a, this.b, this.#router]) one.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A connection from A to B, so many octets each way at once; what each end tells. */
  async exchange(
    host: string,
    port: number,
    octets: number,
  ): Promise<{ readonly caller: Event; readonly called: Event }> {
    const program = "build/test/interop/digest-peer.js";
    const server = this.b.start(program, "serve", String(port), String(octets));
    await server.next("listening");
    const client = this.a.start(program, "call", host, String(port), String(octets));
    const [caller, called] = await Promise.all([client.next("done"), server.next("done")]);
    return { caller, called };
  }

  /** The device keeps its other end in the router when it changes its namespace. */
  #give({ device, address, gateway, mtu }: Side, to: Namespace): void {
    const six = address.includes(":");
    if (!to.devices().includes(device)) this.#router.run(`ip link set ${device} netns ${to.name}`);
    if (six) to.run(`sysctl -qw net.ipv6.conf.${device}.disable_ipv6=0`);
    to.run(`ip address add ${address} dev ${device}${six ? " nodad" : ""}`);
    to.run(`ip link set ${device} up${mtu === undefined ? "" : ` mtu ${mtu}`}`);
    if (gateway !== undefined) to.run(`ip ${six ? "-6 " : ""}route add default via ${gateway}`);
  }
}
