/** The scenarios of the page, in the order in which they are shown. */
import type { Scenario } from "../scenario.ts";
import { scenario as arp } from "./arp.ts";
import { scenario as blackHole } from "./black-hole.ts";
import { scenario as bufferbloat } from "./bufferbloat.ts";
import { scenario as ecn } from "./ecn.ts";
import { scenario as handshake } from "./handshake.ts";
import { scenario as loss } from "./loss.ts";
import { scenario as nagle } from "./nagle.ts";
import { scenario as reassembly } from "./reassembly.ts";
import { scenario as sillyWindow } from "./silly-window.ts";
import { scenario as simultaneousClose } from "./simultaneous-close.ts";
import { scenario as slowStart } from "./slow-start.ts";
import { scenario as synFlood } from "./syn-flood.ts";
import { scenario as zeroWindow } from "./zero-window.ts";

/** The scenarios, by the names of their files. */
export const SCENARIOS: ReadonlyMap<string, Scenario> = new Map([
  ["handshake", handshake],
  ["loss", loss],
  ["slow-start", slowStart],
  ["nagle", nagle],
  ["silly-window", sillyWindow],
  ["zero-window", zeroWindow],
  ["bufferbloat", bufferbloat],
  ["ecn", ecn],
  ["simultaneous-close", simultaneousClose],
  ["reassembly", reassembly],
  ["arp", arp],
  ["syn-flood", synFlood],
  ["black-hole", blackHole],
]);
