/** Bulk over the TAP once more, with what was sent and what arrived compared by SHA-256. */
import { fileURLToPath } from "node:url";
import type { Digests } from "./checked-client.ts";
import { STACK_ADDRESS, type Testbed } from "./net.ts";
import type { Result } from "./results.ts";

const CLIENT = fileURLToPath(new URL("./checked-client.js", import.meta.url));
/** MiB over all connections together. */
const TOTAL = 256;

interface Transfer {
  readonly name: string;
  readonly direction: "out" | "echo";
  readonly connections: number;
}

const TRANSFERS: readonly Transfer[] = [
  { name: "bulk out, 1 connection", direction: "out", connections: 1 },
  { name: "bulk out, 4 connections", direction: "out", connections: 4 },
  { name: "bulk in and back, 1 connection", direction: "echo", connections: 1 },
  { name: "bulk in and back, 4 connections", direction: "echo", connections: 4 },
];

/** Those with `only` in their name. Throws when a digest differs. */
export function checkedTransfers(bed: Testbed, section: string, only: string): readonly Result[] {
  return TRANSFERS.filter(({ name }) => name.includes(only)).map((transfer) => check(bed, section, transfer));
}

function check(bed: Testbed, section: string, { name, direction, connections }: Transfer): Result {
  const octets = (TOTAL * 1024 * 1024) / connections;
  const output = bed.runNode(CLIENT, direction, STACK_ADDRESS, String(octets), String(connections));
  for (const [sent, received] of JSON.parse(output) as readonly Digests[]) {
    if (sent !== received) throw new Error(`${name}: SHA-256 differs: sent ${sent}, received ${received}`);
  }
  const metric = `${name}: ${TOTAL} MiB arrive with equal SHA-256`;
  return { section, metric, unit: "", value: 1, samples: [1] };
}
