/** What iperf3 needs of whoever runs it: sockets and time like every service, chance, and facts for reports. */
import type { Random } from "../../stack/index.ts";
import type { ServiceHost } from "../session.ts";

export interface Iperf3Host extends ServiceHost {
  readonly random: Random;
  /** Processor time of the process so far, in microseconds; without it, reports say 0 %. */
  cpuTime?(): CpuTime;
  /** The date, for JSON reports only: in words (RFC 9110 §5.6.7), and in seconds since 1970. */
  wallClock?(): { readonly words: string; readonly seconds: number };
  /** What runs here, for JSON reports. */
  readonly systemInfo?: string;
}

export interface CpuTime {
  readonly user: number;
  readonly system: number;
}
