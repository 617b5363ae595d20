/** `tapstack serve`: the main job on a TAP, or in memory where there is none. */

import { WebSocketLink } from "../drivers/browser/index.ts";
import { Switch } from "../drivers/memory/index.ts";
import {
  EventLoop,
  hostRandom,
  openTap,
  TapError,
  type TapErrorCode,
  type TapLink,
  tapAvailable,
} from "../drivers/node/index.ts";

import { ImpairedLink, type Timekeeper } from "../drivers/simulation/index.ts";
import { LiveRecord } from "../page/record/live-record.ts";
import { recordStack } from "../record/index.ts";
import { type Status, serviceHost, stackStatus, startMainJob, statusPages } from "../services/index.ts";
import { IPV6_ANY, type Link, type Random, Stack, type StackOptions } from "../stack/index.ts";
import { type CaptureSink, openCapture } from "./capture-file.ts";
import { runEmbedded } from "./embedded.ts";
import { pageFiles } from "./page-files.ts";
import { acceptPages } from "./page-sockets.ts";
import { ConnectionLog, invitation, readyLine, statistics } from "./report.ts";
import { readServeOptions, SERVE_HELP, type ServeOptions } from "./serve-options.ts";
import { signalled } from "./signals.ts";
import { macOf, readStableSecret } from "./stable-secret.ts";
import { StackCapture } from "./stack-capture.ts";
import { Output, standardFor } from "./standard-output.ts";
import { UsageError } from "./usage-error.ts";
import { WatchedLink } from "./watched-link.ts";
import { boundYoungGeneration } from "./young-generation.ts";

/** Runs the subcommand; its exit status. */
export async function serve(args: readonly string[]): Promise<number> {
  const options = readServeOptions(args);
  if (options === "help") {
    process.stdout.write(SERVE_HELP);
    return 0;
  }
  if (options.memory) return await runEmbedded(options);
  const tap = await open(options);
  if (typeof tap !== "string") return await new Serving(options, tap).run();
  standardFor(options).write(`tapstack: no TAP: ${tap}; here is the same in memory\n`);
  return await runEmbedded(options);
}

/** What means that TAPs cannot be had here at all. Other errors are about this device, or what was asked of it. */
const NO_TAP: readonly TapErrorCode[] = [
  "ENOKOFFI",
  "EKOFFI",
  "ENOSYS",
  "ENOENT",
  "ENODEV",
  "EACCES",
  "EPERM",
];

/** The TAP, or why there is none. */
async function open(options: ServeOptions): Promise<TapLink | string> {
  const available = await tapAvailable(options.tap);
  if (!available.ok) return available.reason;
  const { host, host6, mtu } = options;
  try {
    return await openTap({
      name: options.tap,
      hostAddress: `${host.address}/${host.prefixLength}`,
      hostAddress6: host6 === undefined ? undefined : `${host6.address}/${host6.prefixLength}`,
      ipv6: host6 !== undefined || options.autoconf,
      mtu,
      // What is spoilt must be frames as on a wire: neither super-segments nor sums that are still to be filled in.
      offload: options.offload && options.impair === undefined && options.websocketPort === 0,
      batching: options.batching,
    });
  } catch (error) {
    if (error instanceof TapError && NO_TAP.includes(error.code)) return error.message;
    throw error;
  }
}

/** The main job on a device, from its start to the signal that ends it. */
class Serving {
  readonly #options: ServeOptions;
  readonly #tap: TapLink;
  readonly #output: Output;
  readonly #loop: EventLoop = new EventLoop();
  readonly #stack: Stack;
  /** What it does and why, for the page; only if somebody wants to know, since it costs. */
  readonly #record: LiveRecord | undefined;
  readonly #random: Random;
  readonly #seed: number;
  readonly #secret: Uint8Array | undefined;
  readonly #capture: StackCapture | undefined;
  /** What comes from outside, to be replayed. */
  readonly #run: CaptureSink | undefined;
  #end: (status: number) => void = () => {};

  constructor(options: ServeOptions, tap: TapLink) {
    this.#options = options;
    this.#tap = tap;
    const { random, seed } = hostRandom(options.seed);
    this.#random = random;
    this.#seed = seed;
    this.#secret = options.secret === undefined ? undefined : readStableSecret(options.secret);
    this.#output = new Output(standardFor(options));
    const { pcap, filter } = options;
    this.#capture = pcap === undefined ? undefined : new StackCapture(pcap, filter, this.#loop);
    this.#record = options.explain ? new LiveRecord(() => this.#loop.now()) : undefined;
    this.#run = options.record === undefined ? undefined : openCapture(options.record, "record");
    this.#stack = this.#made({
      clock: this.#loop,
      wakeAt: (deadline) => this.#loop.wakeAt(deadline),
      tracer: this.#capture?.tracer(this.#record?.tracer) ?? this.#record?.tracer,
    });
    this.#loop.drive(this.#stack);
  }

  /** The stack; recorded, if that was asked for. */
  #made(options: Pick<StackOptions, "clock" | "wakeAt" | "tracer">): Stack {
    const run = this.#run;
    const stableSecret = this.#secret;
    if (run === undefined) return new Stack({ ...options, random: this.#random, stableSecret });
    const encoder = new TextEncoder();
    return recordStack({
      ...options,
      seed: this.#seed,
      write: (line: string) => run.write(encoder.encode(`${line}\n`)),
    });
  }

  async run(): Promise<number> {
    boundYoungGeneration();
    const { address, address6, mac, gateway, gateway6, autoconf, controlPort, quiet } = this.#options;
    const ended = new Promise<number>((resolve) => {
      this.#end = resolve;
    });
    const link = await this.#withPages(new WatchedLink(this.#link(), (reason) => this.#gone(reason)));
    const device = this.#stack.addInterface(this.#tap.name, link, [address], {
      mac: mac ?? (this.#secret === undefined ? undefined : macOf(this.#secret)),
      gateway,
      autoconfigure: autoconf,
    });
    if (address6 !== undefined) this.#stack.addAddress(device, address6);
    if (gateway6 !== undefined) this.#stack.addRoute(IPV6_ANY, 0, gateway6, device);
    const status = (): Status => stackStatus(this.#stack);
    const record = this.#record;
    const failure = startMainJob(serviceHost(this.#stack), {
      status,
      pages: pageFiles(statusPages(status).get("/"), record && (() => record.json())),
      date: () => new Date().toUTCString(),
      controlPort,
      observer: quiet ? undefined : new ConnectionLog(this.#output),
    });
    if (failure !== undefined) throw new Error(`cannot serve: ${failure}`);
    this.#announce();
    const outcome = await signalled(ended);
    for (const line of statistics(stackStatus(this.#stack))) this.#output.line(line);
    this.#stack.close();
    this.#loop.close();
    await this.#capture?.close();
    await this.#run?.close();
    await this.#output.close();
    return outcome;
  }

  /** The TAP, and whatever is to be put in front of it. */
  #link(): Link {
    const { impair } = this.#options;
    // Between the TAP and the impairments: what the kernel sees too.
    const link = this.#capture?.watch(this.#tap.name, this.#tap) ?? this.#tap;
    if (impair === undefined) return link;
    return new ImpairedLink(link, this.#loop satisfies Timekeeper, this.#random.fork("impairments"), impair);
  }

  /** With a switch between the device and the stack, if web pages are to join. */
  async #withPages(link: Link): Promise<Link> {
    const { websocketPort, mtu } = this.#options;
    if (websocketPort === 0) return link;
    const hub = new Switch(this.#loop, this.#loop, { mtu });
    hub.join(link);
    const failure = await acceptPages(websocketPort, (socket) => {
      const port = hub.join(new WebSocketLink(socket, { mtu }));
      socket.addEventListener("close", () => port.close());
    });
    if (failure !== undefined) throw new UsageError(failure);
    return hub.port();
  }

  #announce(): void {
    this.#output.line(readyLine(this.#tap.name, this.#options));
    if (this.#options.impair !== undefined)
      this.#output.line(`the link is impaired; --seed ${this.#seed} repeats this run`);
    if (!this.#options.quiet) for (const line of invitation(this.#options)) this.#output.line(line);
    this.#output.flush();
  }

  #gone(reason: string): void {
    process.stderr.write(`tapstack: ${this.#tap.name} is gone: ${reason}\n`);
    this.#end(1);
  }
}
