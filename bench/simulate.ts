/**
 * What simulated programs cost: a host that starts, what it weighs, one hand-over from the world to a program and back, a
 * seed, an hour in which nothing happens. In seconds of processor time of all threads, unless it says otherwise.
 */
import { type Host, World } from "../src/simulate/index.ts";
import { median, type Report } from "./results.ts";

const SECTION = "Simulated programs";
const REPEATS = 5;
/** Programs of one sample of starts, and of weights. */
const STARTED = 4;
const WEIGHED = 20;
/** Connections of the idle hour. */
const IDLE = 100;

export async function benchSimulate(report: Report): Promise<void> {
  const add = async (metric: string, unit: string, sample: () => Promise<number>): Promise<void> => {
    const samples: number[] = [];
    for (let i = 0; i < REPEATS; i++) samples.push(await sample());
    report.add({ section: SECTION, metric, unit, value: median(samples), samples });
  };
  await start(); // compiled
  await add("a program's host starts", "s", start);
  await add("a program's host weighs", "octets", weight);
  await add("hand-overs to a program", "1/s", handOvers);
  await add("a seed: 3 programs, HTTP once a second for 10 s", "s", () => seed(10, 1_000));
  await add("such seeds, one after the other, of real time", "1/s", seedsPerSecond);
  await add("a seed: 3 programs, 200 requests", "s", () => seed(10, 100));
  await add(`an hour of ${IDLE} idle keep-alive connections`, "s", idleHour);
}

/** Seconds of processor time that `work` takes. */
async function processorTime(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** A world that is taken down again. */
async function within(run: (world: World) => Promise<unknown>): Promise<void> {
  const world = new World({ seed: 1 });
  try {
    await run(world);
  } finally {
    await world.close();
  }
}

const WAITS = (): unknown => setInterval(() => undefined, 3_600_000);

async function start(): Promise<number> {
  const all = await processorTime(() =>
    within(async (world) => {
      world.hosts("host", STARTED, { program: WAITS });
      await world.run("1s");
    }),
  );
  return all / STARTED;
}

/** Octets of the process's memory that each of some hosts takes. */
async function weight(): Promise<number> {
  let octets = 0;
  await within(async (world) => {
    world.hosts("first", 1, { program: WAITS });
    await world.run("1s");
    const before = process.memoryUsage.rss();
    world.hosts("host", WEIGHED, { program: WAITS });
    await world.run("1s");
    octets = (process.memoryUsage.rss() - before) / WEIGHED;
  });
  return octets;
}

/** A program with a timer of a millisecond is woken a thousand times a second. */
async function handOvers(): Promise<number> {
  let rate = 0;
  await within(async (world) => {
    const host = world.host("ticks", () => setInterval(() => undefined, 1));
    await world.run("1s");
    const before = host.handOvers;
    const took = await processorTime(() => world.run("20s"));
    rate = (host.handOvers - before) / took;
  });
  return rate;
}

const SERVER = (): unknown => {
  const http = require("node:http") as typeof import("node:http");
  return http.createServer((_request, response) => response.end("hello")).listen(80);
};

/** Asks every so many milliseconds for so many seconds. */
const CLIENT = (seconds: string, wait: string): void => {
  const http = require("node:http") as typeof import("node:http");
  const agent = new http.Agent({ keepAlive: true });
  const timer = setInterval(
    () => http.get({ host: "server", agent }, (answer) => answer.resume()),
    Number(wait),
  );
  setTimeout(() => {
    clearInterval(timer);
    agent.destroy();
  }, Number(seconds) * 1_000);
};

/** A server and two clients. */
async function talk(seconds: number, wait: number): Promise<void> {
  await within(async (world) => {
    world.host("server", SERVER);
    const clients = world.hosts("client", 2, { program: CLIENT, args: [String(seconds), String(wait)] });
    await world.until(() => clients.every((one: Host) => !one.running), "1min");
  });
}

function seed(seconds: number, wait: number): Promise<number> {
  return processorTime(() => talk(seconds, wait));
}

async function seedsPerSecond(): Promise<number> {
  const began = performance.now();
  for (let i = 0; i < 3; i++) await talk(10, 1_000);
  return 3_000 / (performance.now() - began);
}

/** TCP keeps them alive by probes, of which no program is woken. */
async function idleHour(): Promise<number> {
  let took = 0;
  await within(async (world) => {
    world.host("server", () => {
      const net = require("node:net") as typeof import("node:net");
      net.createServer({ keepAlive: true, keepAliveInitialDelay: 60_000 }).listen(80);
    });
    const client = world.host("client", {
      args: [String(IDLE)],
      program: (count: string) => {
        const net = require("node:net") as typeof import("node:net");
        for (let i = 0; i < Number(count); i++) net.connect({ port: 80, host: "server", keepAlive: true });
      },
    });
    await world.run("10s");
    const before = client.handOvers;
    took = await processorTime(() => world.run("1h"));
    if (client.handOvers > before) throw new Error("a probe has woken a program");
  });
  return took;
}
