/** `tapstack iperf3`: a server or a client of iperf3's protocol, on a stack of its own over a TAP. */
import { release } from "node:os";
import { EventLoop, hostRandom, openTap, TapError, type TapLink } from "../drivers/node/index.ts";
import { Iperf3Client, type Iperf3Host, Iperf3Server, serviceHost } from "../services/index.ts";
import { Stack } from "../stack/index.ts";
import { IPERF3_HELP, type Iperf3Options, readIperf3Options } from "./iperf3-options.ts";
import { readServeOptions, SERVE_HELP, type ServeOptions } from "./serve-options.ts";

/** Runs the subcommand; its exit status. */
export async function iperf3(args: readonly string[]): Promise<number> {
  const options = readIperf3Options(args);
  const where = options === "help" ? options : readServeOptions(options.rest);
  if (options === "help" || where === "help") {
    process.stdout.write(options === "help" ? IPERF3_HELP : SERVE_HELP);
    return 0;
  }
  let tap: TapLink;
  try {
    const { host, mtu, offload } = where;
    tap = await openTap({
      name: where.tap,
      hostAddress: `${host.address}/${host.prefixLength}`,
      mtu,
      offload,
    });
  } catch (error) {
    if (!(error instanceof TapError)) throw error;
    process.stderr.write(`tapstack: no TAP: ${error.message}\n`);
    return 1;
  }
  return await run(options, where, tap);
}

async function run(options: Iperf3Options, where: ServeOptions, tap: TapLink): Promise<number> {
  const loop = new EventLoop();
  const { random } = hostRandom(where.seed);
  const stack = new Stack({ clock: loop, random, wakeAt: (deadline) => loop.wakeAt(deadline) });
  loop.drive(stack);
  const { address, mac, gateway } = where;
  stack.addInterface(tap.name, tap, [address], { mac, gateway });
  const context = stack.contextFor("iperf3");
  const status = await new Promise<number>((end) => {
    // Timers that are set outside of an entry are not heard of.
    context.enter();
    if (options.server === undefined) serve(options, hostOf(stack), end);
    else measure(options, hostOf(stack), end);
    context.leave();
  });
  // What was sent last, such as the client's farewell, is on the TAP already; only the ACK of it is not awaited.
  stack.close();
  loop.close();
  return status;
}

function serve(options: Iperf3Options, host: Iperf3Host, end: (status: number) => void): void {
  const { port, interval, json } = options;
  const server = new Iperf3Server(host, {
    port,
    interval,
    json,
    print,
    tested: () => {
      if (options.oneOff) end(0);
    },
  });
  const failure = server.listen();
  if (failure !== undefined) {
    process.stderr.write(`tapstack: cannot listen on port ${port}: ${failure}\n`);
    end(1);
  }
  onSignal(() => {
    server.close();
    end(0);
  });
}

function measure(options: Iperf3Options, host: Iperf3Host, end: (status: number) => void): void {
  const { server, port, parameters, interval, json } = options;
  if (server === undefined) return;
  const client = new Iperf3Client(host, {
    server: { address: server, port },
    parameters,
    interval,
    json,
    print,
    done: ({ error }) => end(error === undefined ? 0 : 1),
  });
  client.start();
  onSignal(() => client.terminate());
}

function onSignal(stop: () => void): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function hostOf(stack: Stack): Iperf3Host {
  return {
    ...serviceHost(stack),
    cpuTime: () => process.cpuUsage(),
    wallClock: () => {
      const date = new Date();
      return { words: date.toUTCString(), seconds: date.getTime() / 1000 };
    },
    systemInfo: `tapstack on Node ${process.version}, Linux ${release()}`,
  };
}
