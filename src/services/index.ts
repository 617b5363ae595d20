/**
 * The servers of the main job, for any stack.
 *
 * @module tapstack/services
 */
export { latin1 } from "./ascii.ts";
export { ControlService } from "./control.ts";
export { DaytimeService } from "./daytime.ts";
export { DiscardService } from "./discard.ts";
export { EchoService } from "./echo.ts";
export { chargenPattern, GeneratorService, SOURCE_PERIOD, SOURCE_SEED, sourcePattern } from "./generator.ts";
export { HttpService, type Page } from "./http.ts";
export { type ClientOptions, Iperf3Client, type Outcome } from "./iperf3/client.ts";
export type { CpuTime, Iperf3Host } from "./iperf3/iperf3-host.ts";
export {
  DEFAULT_PARAMETERS,
  type Parameters,
  type Results,
  type StreamResult,
  wrongWith,
} from "./iperf3/protocol.ts";
export { IPERF3_PORT, Iperf3Server, type ServerOptions } from "./iperf3/server.ts";
export type { SideSummary, StreamSummary } from "./iperf3/summary.ts";
export { formatOctets, formatRate, parseQuantity } from "./iperf3/units.ts";
export { type MainJobOptions, PORTS, startMainJob } from "./main-job.ts";
export { Rip, type RipCounters, type RipOptions } from "./rip/rip.ts";
export type { RipRoute } from "./rip/table.ts";
export {
  type Progress,
  runSession,
  type ServiceHost,
  type ServiceObserver,
  type Session,
  type StreamService,
  serveStream,
  serviceHost,
} from "./session.ts";
export { stackStatus } from "./stack-status.ts";
export type { ConnectionStatus, Counters, InterfaceStatus, Status } from "./status.ts";
export { statusPages } from "./status-page.ts";
export { serveUdpEcho } from "./udp-echo.ts";
