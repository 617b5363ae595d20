/**
 * The main job: everything that `tapstack serve` offers, on any stack. It knows no clock and no node:, so it
 * runs over a TAP, in memory and in virtual time alike.
 */
import {
  CALLABLE,
  checkSettings,
  type Failure,
  integer,
  OBJECT,
  type Rules,
  required,
} from "../stack/index.ts";
import { ControlService } from "./control.ts";
import { DaytimeService } from "./daytime.ts";
import { DiscardService } from "./discard.ts";
import { EchoService } from "./echo.ts";
import { chargenPattern, GeneratorService, sourcePattern } from "./generator.ts";
import { HttpService, type Page } from "./http.ts";
import type { Iperf3Host } from "./iperf3/iperf3-host.ts";
import { Iperf3Server } from "./iperf3/server.ts";
import { type ServiceObserver, type StreamService, serveStream } from "./session.ts";
import type { Status } from "./status.ts";
import { statusPages } from "./status-page.ts";
import { serveUdpEcho } from "./udp-echo.ts";

/** The ports of the main job, by the names of the services. */
export const PORTS = {
  /** RFC 862, of TCP and UDP. */
  echo: 7,
  /** RFC 863. */
  discard: 9,
  /** RFC 867. */
  daytime: 13,
  /** RFC 864. */
  chargen: 19,
  /** The status page. */
  http: 80,
  /** Takes bulk. */
  sink: 5001,
  /** Gives bulk. */
  source: 5002,
  /** iperf3's server. */
  iperf3: 5201,
} as const;

/** What the main job needs to know. */
export interface MainJobOptions {
  /** What the status page shows. */
  readonly status: () => Status;
  /** The date in words, for daytime. */
  readonly date: () => string;
  /** Further pages of the web server, by path; they take precedence over its own. */
  readonly pages?: ReadonlyMap<string, Page> | undefined;
  /** Port of the control service for test tools; 0: none. */
  readonly controlPort?: number | undefined;
  /** Is told of each session; undefined: nobody is. */
  readonly observer?: ServiceObserver | undefined;
}

const RULES: Rules<MainJobOptions> = {
  status: required(CALLABLE),
  date: required(CALLABLE),
  pages: OBJECT,
  controlPort: integer(0, 65_535),
  observer: OBJECT,
};

/** One read or write of a bulk service moves at most so much. */
const SCRATCH_BYTES = 262_144;

/**
 * Starts every service. Why one could not be started, as `http: address-in-use`; undefined if all serve.
 *
 * @throws TypeError for an option that there is not or that is missing, RangeError for a value that cannot be
 */
export function startMainJob(host: Iperf3Host, options: MainJobOptions): string | undefined {
  checkSettings("startMainJob", options, RULES);
  const scratch = new Uint8Array(SCRATCH_BYTES);
  const { observer } = options;
  const services: [number, StreamService][] = [
    [PORTS.echo, new EchoService(scratch)],
    [PORTS.discard, new DiscardService("discard")],
    [PORTS.daytime, new DaytimeService(options.date)],
    [PORTS.chargen, new GeneratorService("chargen", chargenPattern())],
    [
      PORTS.http,
      new HttpService(host, new Map([...statusPages(options.status), ...(options.pages ?? [])]), scratch),
    ],
    [PORTS.sink, new DiscardService("sink")],
    [PORTS.source, new GeneratorService("source", sourcePattern())],
  ];
  const control = options.controlPort ?? 0;
  if (control !== 0) services.push([control, new ControlService(host, scratch, observer)]);
  for (const [port, service] of services) {
    const listener = serveStream(host, port, service, observer);
    if (typeof listener === "string") return `${service.name}: ${listener satisfies Failure}`;
  }
  const failure = new Iperf3Server(host, { port: PORTS.iperf3, interval: 0 }).listen();
  if (failure !== undefined) return `iperf3: ${failure}`;
  const udp = serveUdpEcho(host, PORTS.echo, scratch);
  return typeof udp === "string" ? `UDP echo: ${udp}` : undefined;
}
