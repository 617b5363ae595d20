/** Over the TAP, measured by the kernel, beside Linux's own TCP over a veth in the same run. */
import { execFileSync } from "node:child_process";
import { checkedTransfers } from "./checked.ts";
import { LINUX_ADDRESS, LINUX_ADDRESS_6, STACK_ADDRESS, STACK_ADDRESS_6, Testbed } from "./net.ts";
import { median, type Report } from "./results.ts";

interface Metric {
  readonly name: string;
  readonly unit: string;
  /** The client's words; $A is the address, $T the seconds, $P the process. */
  readonly words: string;
  /** Client and stack share this one core. */
  readonly core?: string;
  readonly details?: readonly string[];
  /** Linux keeps its memory in the kernel, where no process shows it. */
  readonly withoutLinux?: boolean;
  readonly ipv6?: boolean;
}

const BULK = ["cpuPerGB", "busy", "retransmits"];

const BULK_METRICS: readonly Metric[] = [
  { name: "bulk in, 1 connection", unit: "Gbit/s", words: "in $A $T 1 $P", details: BULK },
  { name: "bulk in, 1, over IPv6", unit: "Gbit/s", words: "in $A $T 1 $P", details: BULK, ipv6: true },
  { name: "bulk out, 1 connection", unit: "Gbit/s", words: "out $A $T 1 $P", details: BULK },
  { name: "bulk out, 1, over IPv6", unit: "Gbit/s", words: "out $A $T 1 $P", details: BULK, ipv6: true },
  { name: "bulk in, 4 connections", unit: "Gbit/s", words: "in $A $T 4 $P", details: BULK },
  { name: "bulk out, 4 connections", unit: "Gbit/s", words: "out $A $T 4 $P", details: BULK },
];

const WITH_OFFLOADS: readonly Metric[] = [
  ...BULK_METRICS,
  { name: "TCP echo of 1 octet, p50", unit: "µs", words: "echo $A $T 1", details: ["p99"] },
  { name: "TCP echo, one core, p50", unit: "µs", words: "echo $A $T 1", core: "0", details: ["p99"] },
  { name: "UDP echo of 1 octet, p50", unit: "µs", words: "udp $A $T 1", details: ["p99", "lost"] },
  { name: "UDP echo, one core, p50", unit: "µs", words: "udp $A $T 1", core: "0", details: ["p99", "lost"] },
  { name: "connects, 1 at a time", unit: "/s", words: "connects $A $T 1", details: ["failed"] },
  { name: "connects, 32 at once", unit: "/s", words: "connects $A $T 32", details: ["failed"] },
  {
    name: "an idle connection of 10,000",
    unit: "octets",
    words: "idle $A $T 10000 $P",
    details: ["opened", "alive"],
    withoutLinux: true,
  },
  {
    name: "an idle connection of 100,000",
    unit: "octets",
    words: "idle $A $T 100000 $P",
    details: ["opened", "alive", "seconds"],
    withoutLinux: true,
  },
];

export interface TapBenchOptions {
  readonly reps: number;
  readonly seconds: number;
  readonly offloads: boolean;
  /** Only metrics whose name has this in it. */
  readonly only: string;
  /** For the process of the stack, such as --cpu-prof. */
  readonly nodeOptions: readonly string[];
}

export async function benchTap(report: Report, options: TapBenchOptions): Promise<void> {
  const { offloads } = options;
  const bed = new Testbed(offloads);
  try {
    const metrics = (offloads ? WITH_OFFLOADS : BULK_METRICS).filter(({ name }) =>
      name.includes(options.only),
    );
    const kernel = await bed.serveLinux();
    const stack = await bed.serveStack(offloads, options.nodeOptions);
    const samples = metrics.map(() => ({ ours: [] as Record<string, number>[], linux: [] as number[] }));
    for (let rep = 0; rep < options.reps; rep++) {
      for (const [i, metric] of metrics.entries()) {
        // Held once: memory is given back slowly, and the second time would find it there.
        if (metric.withoutLinux === true && rep > 0) continue;
        const [ours, linux] =
          metric.ipv6 === true ? [STACK_ADDRESS_6, LINUX_ADDRESS_6] : [STACK_ADDRESS, LINUX_ADDRESS];
        samples[i]?.ours.push(
          onOneCore(metric.core, stack.pid, () =>
            sampleOne(bed, metric, ours, stack.pid ?? 0, options.seconds),
          ),
        );
        if (metric.withoutLinux === true) continue;
        // The memory and time of a kernel are no process's: only its server is to be on the same core.
        const sample = onOneCore(metric.core, kernel.pid, () =>
          sampleOne(bed, metric, linux, 0, options.seconds),
        );
        samples[i]?.linux.push(sample["value"] ?? Number.NaN);
      }
    }
    for (const [i, metric] of metrics.entries()) {
      report.add(resultOf(metric, offloads, samples[i]?.ours ?? [], samples[i]?.linux ?? []));
    }
    for (const result of checkedTransfers(bed, sectionOf(offloads), options.only)) report.add(result);
    await bed.stop(stack);
  } finally {
    await bed.close();
  }
}

function sampleOne(
  bed: Testbed,
  metric: Metric,
  address: string,
  pid: number,
  seconds: number,
): Record<string, number> {
  const words = metric.words.replace("$A", address).replace("$T", String(seconds)).replace("$P", String(pid));
  return bed.sample(words.split(" "), metric.core);
}

/** Measures with the server's process on that core, if there is to be one. */
function onOneCore<T>(core: string | undefined, server: number | undefined, measure: () => T): T {
  if (core === undefined || server === undefined) return measure();
  pin(server, core);
  try {
    return measure();
  } finally {
    pin(server, undefined);
  }
}

/** All threads of a process, to one core or to all. */
function pin(pid: number, core: string | undefined): void {
  execFileSync("taskset", ["-acp", core ?? "0-1023", String(pid)], { stdio: "ignore" });
}

function sectionOf(offloads: boolean): string {
  return `Over a TAP, ${offloads ? "with" : "without"} offloads`;
}

function resultOf(
  metric: Metric,
  offloads: boolean,
  ours: readonly Record<string, number>[],
  linux: readonly number[],
): Parameters<Report["add"]>[0] {
  const values = ours.map((sample) => sample["value"] ?? Number.NaN);
  const detail: Record<string, number> = {};
  for (const name of metric.details ?? []) detail[name] = median(ours.map((sample) => sample[name] ?? 0));
  return {
    section: sectionOf(offloads),
    metric: metric.name,
    unit: metric.unit,
    value: median(values),
    samples: values,
    linux: linux.length > 0 ? median(linux) : undefined,
    linuxSamples: linux.length > 0 ? linux : undefined,
    detail,
  };
}
