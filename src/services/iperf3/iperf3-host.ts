/** What iperf3 needs of whoever runs it: sockets and time like every service, chance, and facts for reports. */
import type { Random } from "../../stack/index.ts";
import type { ServiceHost } from "../session.ts";

/** What iperf3 needs of whoever runs it. */
export interface Iperf3Host extends ServiceHost {
  /** Where cookies come from. */
  readonly random: Random;
  /** Processor time of the process so far, in microseconds; without it, reports say 0 %. */
  cpuTime?(): CpuTime;
  /** The date, for JSON reports only: in words (RFC 9110 §5.6.7), and in seconds since 1970. */
  wallClock?(): { readonly words: string; readonly seconds: number };
  /** What runs here, for JSON reports. */
  readonly systemInfo?: string;
}

/** Processor time of a process, in microseconds. */
export interface CpuTime {
  /** In the program itself. */
  readonly user: number;
  /** In the kernel, on its behalf. */
  readonly system: number;
}
