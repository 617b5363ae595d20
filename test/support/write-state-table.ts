/** Writes what our stack does now as the expected table of states: look at each line that changes. */
import { writeFileSync } from "node:fs";
import { stackTarget } from "../../src/scripts/stack/stack-target.ts";
import { asText, LOCAL, measure, REMOTE, SYSCTLS } from "./state-table.ts";

const target = await stackTarget({ tcp: { config: { challengeLimit: 1e6 } }, seed: 1 })({
  addresses: { local: LOCAL, remote: REMOTE },
  mtu: 1500,
  sysctls: SYSCTLS,
});
writeFileSync("test/stack/tcp/arrives/state-table.txt", asText(await measure(target)));
await target.close();
