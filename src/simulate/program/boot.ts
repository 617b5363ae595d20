/**
 * The entry of a program's thread: puts virtual time, the seed's chance, the world's network and names in the
 * place of the machine's, before Node loads anything that would keep the real ones, and then runs the program
 * whenever it is its turn.
 */
import { workerData } from "node:worker_threads";
import { type Beginning, CALL, Channel, type ProgramData } from "../channel/index.ts";
import { seedChance } from "./chance.ts";
import { replaceClocks } from "./clocks.ts";
import { hideCollection } from "./collection.ts";
import { mountDisk } from "./disk.ts";
import { Names } from "./host-names.ts";
import { replaceHttpTimeouts } from "./http-timeouts.ts";
import { fatal } from "./inside.ts";
import { KernelClient } from "./kernel-client.ts";
import { Loop } from "./loop.ts";
import { replacePorts } from "./message-ports.ts";
import { SimulatedProcess } from "./process.ts";
import { refuse } from "./refusals.ts";
import { Held, replaceSockets } from "./replace-sockets.ts";
import { replaceStandardFiles } from "./standard-files.ts";
import { start } from "./start.ts";
import { tellKeys } from "./tls-keys.ts";
import { replaceWaits } from "./waits.ts";

/** Exit status of a program whose top-level await is never settled, as Node has it. */
const UNSETTLED = 13;

const data = workerData as ProgramData;
const channel = new Channel(data.memory);
const held = new Held();
const names = new Names();
let running: "not yet" | "loading" | "loaded" = "not yet";

const loop = new Loop(
  channel,
  {
    get holding(): boolean {
      return running === "not yet" || held.count > 0;
    },
    begin,
    end: () => simulated.exit(Number(process.exitCode ?? (running === "loading" ? UNSETTLED : 0))),
  },
  data.drift,
);
const kernel = new KernelClient(channel, (why) => loop.handOver(why));

hideCollection();
const jumpClock = replaceClocks(loop, data);
replaceHttpTimeouts(() => loop.milliseconds);
seedChance(data.seed);
names.replace();
replacePorts(held, () => loop.posted());
replaceWaits(loop, data.host);
const beginSockets = await replaceSockets(kernel, held);
refuse(data.host);
if (data.tellsKeys) tellKeys((line) => kernel.queue(CALL.key, 0, 0, 0, line));
if (data.disk !== undefined) mountDisk(data.disk);
replaceStandardFiles((fd, octets) => kernel.log(fd, octets));
const simulated = new SimulatedProcess(data, kernel, () => {
  for (;;) loop.handOver("exit"); // sleeps, until the thread is taken down
});

/** What the network is like. */
function learn(beginning: Beginning): void {
  names.begin(beginning);
  beginSockets(beginning);
  simulated.begin(beginning);
}

/** A turn begins. */
function begin(): void {
  kernel.hear({
    begin: (beginning) => {
      learn(beginning);
      loop.startedAt = loop.ownTime;
    },
    network: learn,
    signal: (name) => simulated.signal(name),
    flush: () => simulated.flush(),
    clock: jumpClock,
  });
  if (running !== "not yet") return;
  running = "loading";
  start(data.program, data.source).then(
    () => {
      running = "loaded";
    },
    (error: unknown) => {
      running = "loaded";
      fatal(error);
    },
  );
}
