import { readFileSync } from "node:fs";
import { expect } from "chai";
import { stackTarget } from "../../../../src/scripts/stack/stack-target.ts";
import { fromText, LOCAL, measure, REMOTE, STATES, SYSCTLS } from "../../../support/state-table.ts";

/**
 * What RFC 9293 §3.10.7, RFC 5961 and RFC 1337 want, or, where these leave a choice, what Linux does:
 * `test/interop/state-table.test.ts` compares it with the kernel, and lists what is decided otherwise. Written by
 * `node build/test/support/write-state-table.js`; each change of it is to be looked at.
 */
const TABLE = "test/stack/tcp/arrives/state-table.txt";

describe("SEGMENT ARRIVES, every state × segment × place (RFC 9293 §3.10.7)", () => {
  const expected = fromText(readFileSync(TABLE, "utf8"));
  let seen = new Map<string, string>();

  before(async () => {
    const target = await stackTarget({ tcp: { config: { challengeLimit: 1e6 } }, seed: 1 })({
      addresses: { local: LOCAL, remote: REMOTE },
      mtu: 1500,
      sysctls: SYSCTLS,
    });
    seen = await measure(target);
    await target.close();
  });

  for (const state of STATES) {
    it(`in ${state}`, () => {
      const of = (rows: ReadonlyMap<string, string>): object =>
        Object.fromEntries([...rows].filter(([title]) => title.startsWith(`${state};`)));
      expect(of(seen)).to.deep.equal(of(expected));
      expect(Object.keys(of(seen))).not.to.deep.equal([]);
    });
  }
});
