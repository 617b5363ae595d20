/** Linux's settings, as settings of our stack: what each is called here, and which mean nothing to it. */
import type { TcpConfig, TcpOptions, TcpSettings } from "../../stack/index.ts";

/** What sysctls change. */
interface Changes {
  readonly config?: Partial<TcpConfig>;
  readonly options?: Partial<TcpOptions>;
}

const SECOND = 1_000_000;
const ECN: Readonly<Record<string, TcpConfig["ecn"]>> = { "0": "off", "1": "active", "2": "passive" };

const COOKIES: Readonly<Record<string, TcpConfig["synCookies"]>> = {
  "0": "never",
  "1": "when-full",
  "2": "always",
};

/** The largest of `min default max`. */
function largest(value: string): number {
  return Number(value.trim().split(/\s+/).at(-1));
}

/** By name behind `net.ipv4.`; the value is what it was set to. */
const MAPPED: Readonly<Record<string, (value: string) => Changes>> = {
  tcp_timestamps: (value) => ({ config: { timestamps: value !== "0" } }),
  tcp_sack: (value) => ({ config: { sack: value !== "0" } }),
  tcp_window_scaling: (value) => ({ config: { windowScaling: value !== "0" } }),
  tcp_ecn: (value) => ({ config: { ecn: ECN[value] ?? "passive" } }),
  tcp_early_retrans: (value) => ({ config: { tailLossProbe: value !== "0" } }),
  tcp_mtu_probing: (value) => ({ config: { blackHoleDetection: value !== "0" } }),
  tcp_rmem: (value) => ({ options: { receiveBuffer: largest(value) } }),
  tcp_wmem: (value) => ({ options: { sendBuffer: largest(value) } }),
  tcp_syn_retries: (value) => ({ options: { synCount: Number(value) } }),
  tcp_synack_retries: (value) => ({ config: { synAckRetries: Number(value) } }),
  tcp_retries1: (value) => ({ config: { suspectRetries: Number(value) } }),
  tcp_retries2: (value) => ({ config: { dataRetries: Number(value) } }),
  tcp_fin_timeout: (value) => ({ options: { linger2: Number(value) * SECOND } }),
  tcp_keepalive_time: (value) => ({ options: { keepIdle: Number(value) * SECOND } }),
  tcp_keepalive_intvl: (value) => ({ options: { keepInterval: Number(value) * SECOND } }),
  tcp_keepalive_probes: (value) => ({ options: { keepCount: Number(value) } }),
  tcp_congestion_control: (value) => ({ options: { congestion: value === "reno" ? "newreno" : value } }),
  tcp_rto_min_us: (value) => ({ config: { minRto: Number(value) as TcpConfig["minRto"] } }),
  tcp_rto_max_ms: (value) => ({ config: { maxRto: (Number(value) * 1000) as TcpConfig["maxRto"] } }),
  tcp_syncookies: (value) => ({ config: { synCookies: COOKIES[value] ?? "when-full" } }),
  tcp_min_tso_segs: (value) => ({ config: { pushBursts: Number(value) } }),
  tcp_max_tw_buckets: (value) => ({ config: { maxTimeWait: Number(value) } }),
};

/**
 * Without effect on our stack, as it has no such thing or does it always: how segments are handed to a network card
 * and paced, caches of other connections, the autotuning of buffers, FACK, D-SACK, Fast Open.
 */
const WITHOUT_EFFECT: readonly RegExp[] = [
  /^tcp_(?:tso_win_divisor|tso_rtt_log|limit_output_bytes|autocorking|pacing_\w+)$/,
  /^tcp_(?:no_metrics_save|moderate_rcvbuf|adv_win_scale|app_win|low_latency|fack|dsack|reordering|max_reordering)$/,
  /^tcp_(?:frto|recovery|thin_\w+|notsent_lowat|fastopen\w*|ecn_\w+|slow_start_after_idle)$/,
  /^tcp_(?:invalid_ratelimit|challenge_ack_limit|comp_sack_\w+|backlog_ack_defer|shrink_window)$/,
  /^ip_local_port_range$/,
];

/** The settings of TCP for these sysctls. @throws an Error for one that is not understood */
export function settingsFor(sysctls: ReadonlyMap<string, string>, base: TcpSettings): TcpSettings {
  let { config = {}, options = {} } = base;
  for (const [name, value] of sysctls) {
    const changes = changesOf(name, value);
    config = { ...config, ...changes.config };
    options = { ...options, ...changes.options };
  }
  return { ...base, config, options };
}

function changesOf(name: string, value: string): Changes {
  const short = name.replace(/^net[./]ipv4[./]/, "");
  if (Object.hasOwn(MAPPED, short)) return MAPPED[short]?.(value) ?? {};
  if (short !== name && WITHOUT_EFFECT.some((known) => known.test(short))) return {};
  throw new Error(`${name} has no counterpart in this stack`);
}
