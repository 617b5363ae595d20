/** One measurement of `tracer.ts`, in a process of its own: `tracer-run.js WORK on|off` writes milliseconds of CPU time. */
import { EventRing } from "../src/events/index.ts";
import { connect } from "./memory.ts";
import { Rig } from "./rig.ts";

/** Octets of an echo, as of a short request. */
const SHORT = 100;

const WORKS: Readonly<Record<string, (events: boolean, share: number) => number>> = {
  bulk: (events, share) => bulk(events, false, 600e6 * share),
  super: (events, share) => bulk(events, true, 6000e6 * share),
  echoes: (events, share) => echoes(events, 100_000 * share),
};

const [name = "", how = ""] = process.argv.slice(2);
const work = WORKS[name];
if (work === undefined) throw new Error(`there is no work ${name}`);
work(how === "on", 0.2); // so that it is compiled
console.log(work(how === "on", 1));

function rigWith(events: boolean, offloads: boolean): Rig {
  const ring = events ? new EventRing({ octets: 8 << 20 }) : undefined;
  return new Rig({ offloads, tracers: [ring?.tracer("alice"), ring?.tracer("bob")] });
}

function bulk(events: boolean, offloads: boolean, total: number): number {
  const rig = rigWith(events, offloads);
  const { client, server } = connect(rig);
  const block = new Uint8Array(262_144);
  const into = new Uint8Array(262_144);
  let octets = 0;
  client.onChange(() => {
    while (client.write(block) !== undefined);
  });
  server.onChange(() => {
    for (let n = server.read(into); n !== undefined; n = server.read(into)) octets += n;
  });
  return cpuOf(() => {
    while (client.write(block) !== undefined);
    rig.run(() => octets >= total);
  });
}

/** One after the other, on one connection. */
function echoes(events: boolean, count: number): number {
  const rig = rigWith(events, false);
  const { client, server } = connect(rig);
  const block = new Uint8Array(SHORT);
  const into = new Uint8Array(SHORT);
  let answered = 0;
  server.onChange(() => {
    for (let n = server.read(into); n !== undefined && n > 0; n = server.read(into)) server.write(into, 0, n);
  });
  client.onChange(() => {
    for (let n = client.read(into); n !== undefined && n > 0; n = client.read(into)) {
      answered++;
      client.write(block);
    }
  });
  return cpuOf(() => {
    client.write(block);
    rig.run(() => answered >= count);
  });
}

function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
