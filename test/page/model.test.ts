/** The past, looked up: whatever instant is asked for, it is what a reading of the whole log up to there gives. */
import { expect } from "chai";
import { kindOf, labelOf } from "../../src/page/model/flight-kinds.ts";
import { formatNumber, formatRate, formatSpan, formatTime, niceStep } from "../../src/page/model/format.ts";
import { endOf, RunModel } from "../../src/page/model/run-model.ts";
import { busierSide, onTheLine, sequenceGraph, throughput } from "../../src/page/model/series.ts";
import { NUMBER_NAMES, type RunEvent } from "../../src/page/record/run-record.ts";
import { recordOf, wholeRun } from "../../src/page/record/run-record-of.ts";
import { RecordedLab } from "../../src/page/run/recorded-lab.ts";
import { runScenario } from "../../src/page/run/run-scenario.ts";
import { defaultsOf } from "../../src/page/scenario.ts";
import { SCENARIOS } from "../../src/page/scenarios/index.ts";
import { packetForks } from "../../src/page/view/forks.ts";

async function modelOf(name: string, values: Record<string, number | string> = {}): Promise<RunModel> {
  const scenario = SCENARIOS.get(name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  const chosen = { ...defaultsOf(scenario.controls), ...values };
  return new RunModel(await runScenario(scenario, { values: chosen, seed: 3, interventions: [] }));
}

describe("a run through routers", () => {
  it("shows each segment of an end once, by its own numbers, whoever passes it on", async () => {
    const model = await modelOf("black-hole", { errors: "delivered" });
    const hosts: readonly number[] = model.record.connections[0]?.hosts ?? [];
    expect(hosts.map((host) => model.record.hosts[host])).to.deep.equal(["alice", "bob"]);
    expect(model.flights.some(({ from, side }) => side === 1 && !hosts.includes(from))).to.equal(true);
    const { bars } = sequenceGraph(model, 0, busierSide(model, 0));
    expect(Math.max(...bars.map(({ to }) => to))).to.equal(100_002); // SYN, text, FIN
    const texts = bars.filter(({ again, flight }) => !again && flight.arrival >= 0);
    expect(texts.reduce((sum, { flight }) => sum + flight.length, 0)).to.be.at.most(100_000);
    const labels = model.flights
      .filter(({ protocol }) => protocol === "tcp")
      .map((one) => labelOf(model, one));
    for (const label of labels) {
      for (const [number] of label.matchAll(/\d+/g)) expect(Number(number), label).to.be.at.most(100_002);
    }
    const { values, times } = throughput(model, 0, busierSide(model, 0));
    const span = (times[1] ?? 0) - (times[0] ?? 0);
    const octets = (values["throughput"] ?? []).reduce<number>(
      (sum, one) => sum + ((one ?? 0) * span) / 8e6,
      0,
    );
    expect(octets).to.be.within(99_999, 101_500);
  });
});

describe("RunModel", () => {
  let model: RunModel;

  before(async () => {
    model = await modelOf("slow-start", { size: 400, queue: 20 });
  });

  it("knows states, numbers and timers of any instant as the log tells them", () => {
    for (let step = 0; step <= 40; step++) {
      const time = (model.end * step) / 40;
      for (const host of [0, 1]) {
        const { state, numbers, timers } = replay(model.record.events, host, time);
        const found = model.stateAt(0, host, time);
        expect(found.state, `state of ${host} at ${time}`).to.equal(state);
        expect(found.event?.index, `numbers of ${host} at ${time}`).to.equal(numbers);
        expect([...model.timersAt(0, host, time)], `timers of ${host} at ${time}`).to.have.deep.members([
          ...timers,
        ]);
      }
    }
  });

  it("has states that are not always the same, and timers that run", () => {
    expect(model.stateAt(0, 0, 0).state).to.equal("syn-sent");
    const sent = model.flights.find(({ length, from }) => length > 0 && from === 0)?.sent ?? 0;
    expect(model.stateAt(0, 0, sent).state).to.be.oneOf(["established", "fin-wait-1"]); // all is written at once
    expect(model.stateAt(0, 0, model.end).state).to.equal("time-wait");
    expect(model.timersAt(0, 0, sent).size).to.be.greaterThan(0);
    expect(model.stateAt(0, 0, sent).number("cwnd")).to.be.greaterThan(5_000);
    expect(model.stateAt(7, 0, 0).number("cwnd")).to.be.NaN;
  });

  it("finds the flights of any part of the run", () => {
    for (let step = 0; step < 20; step++) {
      const from = (model.end * step) / 20;
      const to = from + model.end / 50;
      const expected = model.flights.filter((flight) => flight.sent <= to && endOf(flight) >= from);
      expect(model.flightsBetween(from, to)).to.deep.equal(expected);
    }
    expect(model.flightsBetween(0, model.end).length).to.equal(model.flights.length);
  });

  it("walks from each event to a call of the application, or to what nobody caused", () => {
    let longest = 0;
    for (const event of model.record.events) {
      const chain = model.chain(event);
      longest = Math.max(longest, chain.length);
      for (const [at, link] of chain.entries()) {
        const next = chain[at + 1];
        if (next !== undefined) expect(next.index).to.equal(link.cause).and.lessThan(link.index);
      }
      expect(chain.at(-1)?.cause).to.equal(-1);
    }
    expect(longest).to.be.greaterThan(10);
  });

  it("goes from a segment that came to the one that was sent, and to why", () => {
    const flight = model.flights.find((one) => one.length > 0 && one.arrival >= 0);
    const received = model.record.events[flight?.arrival ?? -1];
    const sent = model.record.events[flight?.event ?? -1];
    expect(received).to.include({ kind: "received", host: 1, cause: sent?.index });
    expect(sent).to.include({ kind: "segment", host: 0, reason: "newText" });
  });

  it("tells retransmissions from new text, and what was lost from what arrived", () => {
    const kinds = new Set(model.flights.map((flight) => kindOf(model, flight)));
    expect([...kinds]).to.include.members(["data", "ack", "control", "again", "other"]);
    const lost = model.flights.filter(({ loss }) => loss >= 0);
    expect(lost.length).to.equal(
      model.record.events.filter(({ kind, layer }) => kind === "dropped" && layer === "link").length,
    );
    expect(lost.every(({ arrival }) => arrival < 0)).to.equal(true);
    const first = model.flights.find(({ flags }) => flags === "S");
    expect(first && labelOf(model, first)).to.equal("SYN seq 0");
  });

  it("draws what was sent, acknowledged and SACKed", () => {
    const side = busierSide(model, 0);
    const graph = sequenceGraph(model, 0, side);
    expect(side).to.equal(0);
    expect(graph.bars.at(-1)?.to).to.equal(400_002); // SYN, text, FIN
    expect(graph.acknowledged.at(-1)).to.equal(400_002);
    expect(graph.bars.some(({ again }) => again)).to.equal(true);
    expect(graph.sacks.length).to.be.greaterThan(0);
    const octets = throughput(model, 0, 0).values["throughput"] ?? [];
    const arrived = model.flights.filter(({ from, arrival }) => from === 0 && arrival >= 0);
    const span = model.end / octets.length;
    const sum = octets.reduce<number>((total, bits) => total + ((bits ?? 0) * span) / 8e6, 0);
    expect(sum).to.be.closeTo(
      arrived.reduce((total, { length }) => total + length, 0),
      1,
    );
    expect(onTheLine(model, 0).values["line"]?.at(-1)).to.equal(0);
  });

  /** What a reading of the whole log says. */
  function replay(
    events: readonly RunEvent[],
    host: number,
    time: number,
  ): { state: string; numbers: number | undefined; timers: Map<string, number> } {
    let state = "";
    let numbers: number | undefined;
    const timers = new Map<string, number>();
    for (const event of events) {
      if (event.time > time || event.host !== host || event.connection !== 0) continue;
      if (event.numbers >= 0) numbers = event.index;
      if (event.numbers >= 0) state = String(event.detail["state"]);
      if (event.kind === "state") state = String(event.detail["to"]);
      if (event.kind !== "timer") continue;
      if (event.detail["what"] === "armed")
        timers.set(String(event.detail["purpose"]), Number(event.detail["at"]));
      else timers.delete(String(event.detail["purpose"]));
    }
    return { state, numbers, timers };
  }
});

describe("the record of a run", () => {
  it("may be of any part of it: what lies outside is not referred to", async () => {
    const lab = new RecordedLab({ seed: 2, events: true });
    const scenario = SCENARIOS.get("loss");
    await scenario?.run(lab, defaultsOf(scenario.controls));
    const whole = recordOf(lab.events, lab.book, wholeRun(lab.events, lab.time.now(), ""));
    expect(whole).to.include({ cutOff: false, first: 1 });
    const [first, last] = [100, 400];
    const part = recordOf(lab.events, lab.book, { first, last, end: lab.time.now(), failure: "" });
    lab.close();
    expect(part).to.include({ cutOff: true, first });
    expect(part.events.length).to.equal(301);
    expect(part.numbers.length % NUMBER_NAMES.length).to.equal(0);
    for (const [index, event] of part.events.entries()) {
      const same = whole.events[index + first - 1];
      expect(event).to.include({ index, kind: same?.kind, time: same?.time, reason: same?.reason });
      expect(event.cause).to.equal(Math.max(-1, (same?.cause ?? -1) - first + 1));
    }
    expect(part.flights.length).to.be.within(10, whole.flights.length - 10);
    for (const { event, arrival, loss } of part.flights) {
      for (const place of [event, arrival, loss]) expect(place).to.be.within(-1, 300);
    }
  });

  it("has one flight for each host that a broadcast reached, and two for a frame that came twice", async () => {
    const arp = await modelOf("arp");
    const question = arp.flights.filter(({ text, from }) => /Request who-has/.test(text) && from === 0);
    const first = question.filter(({ sent }) => sent === question[0]?.sent);
    expect(first.map(({ to }) => to)).to.have.members([1, 2]);
    const scenario = SCENARIOS.get("handshake");
    if (scenario === undefined) throw new Error("there is no handshake");
    const twice = await runScenario(scenario, {
      values: defaultsOf(scenario.controls),
      seed: 1,
      interventions: [{ when: { from: "alice", flags: "S" }, do: "duplicate" }],
    });
    expect(
      twice.flights.filter(({ flags }) => flags === "S").map(({ arrival }) => arrival >= 0),
    ).to.deep.equal([true, true]);
  });
});

describe("another future", () => {
  for (const name of ["handshake", "loss", "black-hole", "arp", "syn-flood"]) {
    it(`${name}: is about just the frame that was chosen`, async () => {
      const scenario = SCENARIOS.get(name);
      if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
      const wish = { values: defaultsOf(scenario.controls), seed: 5, interventions: [] };
      const first = new RunModel(await runScenario(scenario, wish));
      const some = first.flights.filter(({ nth, arrival }) => nth > 0 && arrival >= 0).slice(0, 12);
      expect(some.length).to.be.greaterThan(3);
      for (const flight of some) {
        const [drop] = packetForks(first, flight);
        const { flights } = await runScenario(scenario, {
          ...wish,
          interventions: [drop?.intervention as never],
        });
        const same = flights.filter(({ from, nth }) => from === flight.from && nth === flight.nth);
        expect(same.map(({ text, sent, arrival }) => ({ text, sent, arrival }))).to.deep.equal([
          { text: flight.text, sent: flight.sent, arrival: -1 },
        ]);
      }
    });
  }
});

describe("numbers for people", () => {
  it("are short, and exact where it matters", () => {
    expect(formatTime(1_234_567)).to.equal("1.235 s");
    expect(formatTime(12_340)).to.equal("12.34 ms");
    expect(formatTime(Number.POSITIVE_INFINITY)).to.equal("never");
    expect(formatSpan(200_000)).to.equal("200 ms");
    expect(formatNumber(1_048_576)).to.equal("1 048 576");
    expect(formatNumber(-1_000)).to.equal("−1 000");
    expect(formatNumber(Number.POSITIVE_INFINITY)).to.equal("∞");
    expect(formatRate(9_560_000)).to.equal("9.56 Mbit/s");
    expect([niceStep(100, 10), niceStep(1_234, 10), niceStep(7e6, 10)]).to.deep.equal([10, 200, 1e6]);
  });
});
