/** What TCP's constants and options may be: checked where a stack is made, and where a socket's options are set. */
import { FLAG, integer, OBJECT, oneOf, type Rule, type Rules, rule, TEXT } from "../../base/settings.ts";
import type { TcpOptions } from "../../contract/endpoint-options.ts";
import type { TcpConfig } from "./config.ts";

/** A day: longer than anything that TCP waits for. Microseconds. */
const DAY = 86_400_000_000;
/** Entries of a table that an outsider can fill: it must have a bound that memory can hold. */
const TABLE = integer(1, 2 ** 24);

/** Which values the constants take. Times are microseconds. */
export const CONFIG_RULES: Rules<TcpConfig> = {
  minRto: integer(1, DAY),
  maxRto: integer(1, DAY),
  delayedAck: integer(0, 499_999), // RFC 9293 MUST-40
  quickAcks: integer(0, 1000),
  timeWait: integer(0, DAY),
  dataRetries: integer(0, 255),
  suspectRetries: integer(0, 255),
  synAckRetries: integer(0, 255),
  synQueue: TABLE,
  synCookies: oneOf(["never", "when-full", "always"]),
  maxBacklog: TABLE,
  keptAwake: integer(0, 2 ** 24),
  maxTimeWait: TABLE,
  challengeLimit: integer(0, 2 ** 31 - 1),
  minMss: integer(1, 65_495),
  windowScaling: FLAG,
  timestamps: FLAG,
  sack: FLAG,
  tailLossProbe: FLAG,
  leastProbeWait: integer(0, DAY),
  reorderingSlack: integer(0, DAY),
  windowProbes: oneOf(["text", "old-number"]),
  allBelowLost: FLAG,
  growsByNews: FLAG,
  shutDiscards: FLAG,
  blackHoleDetection: FLAG,
  pushBursts: integer(0, 64),
  ecn: oneOf(["off", "passive", "active"]),
};

/** Of a socket's options; whether there is such a congestion controller, only its TCP knows. */
export const OPTION_RULES: Rules<TcpOptions> = {
  reuseAddress: FLAG,
  reusePort: FLAG,
  sendBuffer: integer(2048, 2 ** 30),
  receiveBuffer: integer(2048, 2 ** 30),
  hopLimit: integer(0, 255),
  trafficClass: integer(0, 255),
  interfaceName: TEXT,
  dontRoute: FLAG,
  leastHopLimit: integer(0, 255),
  freeBind: FLAG,
  transparent: FLAG,
  mark: integer(-(2 ** 31), 2 ** 31 - 1),
  shape: OBJECT,
  noDelay: FLAG,
  cork: FLAG,
  maxSegment: integer(0, 65_495),
  keepAlive: FLAG,
  keepIdle: integer(1),
  keepInterval: integer(1),
  keepCount: integer(1, 127),
  userTimeout: integer(0),
  synCount: integer(1, 127),
  linger2: integer(0),
  deferAccept: integer(0),
  quickAck: FLAG,
  congestion: TEXT,
  linger: integer(-1, 65_535),
  oobInline: FLAG,
  receiveLowWater: integer(1, 2 ** 30),
  windowClamp: integer(0, 2 ** 31 - 1),
  unsentLowWater: integer(0, 2 ** 32 - 1),
  saveSyn: FLAG,
};

/** Congestion controllers of the user's, by name. */
export const CONTROLLERS: Rule = rule(
  "a Map from names to functions that make a controller",
  (value) =>
    value instanceof Map &&
    [...value].every(([name, factory]) => typeof name === "string" && typeof factory === "function"),
);
