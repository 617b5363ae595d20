/** What can be asked about a run: the words come from the log of all hosts, whose numbers are those of the record. */
import { expect } from "chai";
import { waitsOf, whyNotText, whyText } from "../../src/page/run/answers.ts";
import { runWithLog } from "../../src/page/run/run-scenario.ts";
import { defaultsOf } from "../../src/page/scenario.ts";
import { SCENARIOS } from "../../src/page/scenarios/index.ts";

async function kept(name: string): ReturnType<typeof runWithLog> {
  const scenario = SCENARIOS.get(name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  return await runWithLog(scenario, { values: defaultsOf(scenario.controls), seed: 2, interventions: [] });
}

describe("questions about a run", () => {
  for (const name of ["loss", "arp", "syn-flood"]) {
    it(`${name}: events of the record have the numbers of the log`, async () => {
      const { record, log } = await kept(name);
      expect(log.last, "and how the lab was put away").to.be.at.least(record.events.length);
      for (const event of record.events) {
        const logged = log.event(record.first + event.index);
        expect(logged?.kind, String(event.index)).to.equal(event.kind);
        expect(logged?.time).to.equal(event.time);
        expect(logged?.host).to.equal(record.hosts[event.host]);
      }
    });
  }

  it("why: what was done, why, what decided, and what would have been otherwise", async () => {
    const run = await kept("loss");
    const again = run.record.events.find(({ reason }) => reason === "fastRetransmit");
    const text = whyText(run, again?.index ?? -1);
    expect(text).to.contain("alice").and.contain("What decided").and.contain("it is lost");
    expect(text.split("\n").length, "and what would have been otherwise").to.equal(4);
    expect(whyText(run, run.record.events.length)).to.equal("");
  });

  it("why not: what a sender waits for at an instant", async () => {
    const run = await kept("nagle");
    const held = run.record.events.find(({ reason }) => reason === "heldByNagle");
    expect(whyNotText(run, 0, held?.host ?? -1, held?.index ?? -1)).to.match(/nagle/i);
    expect(whyNotText(run, 99, 0, 5)).to.equal("");
  });

  it("where the time went: the parts of each octet's delay, for a stacked plot", async () => {
    const run = await kept("bufferbloat");
    const connection = 0;
    const side = run.record.connections[connection]?.hosts[0] === 0 ? 0 : 1;
    const waits = waitsOf(run, connection, side);
    expect(waits?.names).to.include.members(["queue", "propagation", "congestionWindow"]);
    expect(waits?.parts.length).to.equal(waits?.names.length);
    const queue = waits?.parts[waits.names.indexOf("queue")] ?? [];
    expect(Math.max(...queue)).to.be.greaterThan(100_000);
    expect(waits?.times.length).to.be.within(100, 1_000);
    expect(waitsOf(run, 99, 0)).to.equal(undefined);
  });
});
