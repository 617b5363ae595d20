/** Loaded after `tapstack/register`: at the end, says how many connections and datagrams the stack has seen. */
import { writeSync } from "node:fs";
import { stack } from "../../../src/node/register.ts";

process.on("exit", () => {
  const { tcp, udp } = stack.counters;
  writeSync(1, `${(tcp?.activeOpens ?? 0) + (udp?.udpOutDatagrams ?? 0)} on the stack\n`);
});
