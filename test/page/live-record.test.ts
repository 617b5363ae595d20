/** What a running stack has done, as a page gets it. */
import { expect } from "chai";
import { Capture } from "tapstack/drivers/observe";
import { EventRing } from "tapstack/events";
import { Lab } from "tapstack/lab";
import { RunModel } from "../../src/page/model/run-model.ts";
import { transfer } from "../../src/page/programs.ts";
import { decodeRecord, encodeRecord, LiveRecord } from "../../src/page/record/live-record.ts";

describe("LiveRecord", () => {
  it("has one side's events, and both sides' segments, from its own beginning on", async () => {
    const lab = new Lab({ seed: 4 });
    const live = new LiveRecord(() => lab.time.now());
    const here = lab.host("here", "10.0.0.1/24", { tracer: live.tracer });
    const there = lab.host("there", "10.0.0.2/24");
    lab.link(here, there, { impairments: "delay=5ms,loss=3%" });
    await lab.runFor("10s"); // the clock of a stack that runs does not begin at 0
    await lab.run(transfer(here, there, 200_000));
    const text = live.json();
    const record = decodeRecord(text);
    expect(encodeRecord(record)).to.equal(text);
    const model = new RunModel(record);
    expect(record.hosts).to.deep.equal(["here", "elsewhere"]);
    expect(record.events.every(({ host }) => host === 0)).to.equal(true);
    expect(record.events[0]?.time).to.equal(0);
    expect(record.flights.some(({ from }) => from === 1)).to.equal(true);
    expect(record.events.some(({ reason }) => reason === "newText")).to.equal(true);
    const [connection] = record.connections;
    expect(connection?.hosts).to.have.members([0, 1]);
    expect(model.stateAt(0, 0, model.end).state).to.be.oneOf(["time-wait", "fin-wait-2", "closed"]);
    for (const event of record.events) expect(model.chain(event).at(-1)?.cause).to.equal(-1);
  });

  it("has them beside a capture, too, which gives events their numbers", async () => {
    const lab = new Lab({ seed: 4 });
    const live = new LiveRecord(() => lab.time.now());
    const ring = new EventRing();
    const capture = new Capture({ clock: lab.time, events: ring, write: () => undefined });
    const here = lab.host("here", "10.0.0.1/24", { tracer: capture.tracer(live.tracer) });
    const there = lab.host("there", "10.0.0.2/24");
    lab.link(here, there, { impairments: "delay=5ms" });
    await lab.run(transfer(here, there, 20_000));
    const record = decodeRecord(live.json());
    expect(record.events.length).to.equal(ring.last).and.be.greaterThan(50);
    expect(record.flights.length).to.be.greaterThan(20);
    expect(record.connections.length).to.equal(1);
  });
});
