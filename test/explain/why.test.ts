/** Explanations: what they say, of every event, and that they name what there is to name. */
import { expect } from "chai";
import { type LoggedEvent, type LoggedOf, nameOf } from "../../src/events/index.ts";
import { jsonLines, parseJsonLines, SENDS, why, whyNot } from "../../src/explain/index.ts";
import { OTHERWISE } from "../../src/explain/otherwise.ts";
import { Lab } from "../../src/lab/index.ts";
import { milliseconds, NEVER, Send, type SendName, seconds } from "../../src/stack/index.ts";
import { at } from "../support/net.ts";
import { type Traced, tracedTransfer } from "../support/traced-transfer.ts";

describe("why", () => {
  let traced: Traced;
  before(() => {
    traced = tracedTransfer(3, { impairments: "loss=4%,delay=10ms,rate=20mbit,queue=40kb" });
  });
  after(() => traced.lab.close());

  it("has an otherwise for each reason that TCP has to send, or not to", () => {
    const names = (Object.keys(Send) as SendName[]).filter((name) => SENDS[name]?.where.tcp !== undefined);
    expect(names.length).to.be.greaterThan(50);
    expect(names.filter((name) => !/^[a-z].{10,}[.]$/.test(OTHERWISE[name] ?? ""))).to.deep.equal([]);
  });

  it("explains every event in whole sentences, down to a call of an application", () => {
    const { log } = traced;
    for (const event of log.events()) {
      const { text, chain, reason, rfc, meaning, otherwise } = why(log, event);
      expect(text, `event ${event.id}`).to.match(/^At [\d.]+ s [^.].+\.$/);
      expect(text, text).to.not.match(/undefined|NaN|\[object|unknown/);
      const last = chain.at(-1) ?? event;
      expect(last.kind, `the end of event ${event.id}, ${event.kind}: ${last.id}`).to.equal("call");
      if (!("reason" in event)) continue;
      expect(reason).to.equal(event.reason);
      expect(text).to.include(rfc).and.include(meaning).and.include(otherwise);
    }
  });

  it("tells of a retransmission what decided, and what led to it", () => {
    const { log } = traced;
    const again = find(
      "segment",
      log.events({ kinds: ["segment"] }),
      ({ reason }) => reason === "fastRetransmit",
    );
    const { text, chain, inferred, numbers } = why(log, again.id);
    expect(inferred).to.equal(false);
    expect(numbers).to.match(/duplicate ACKs, [\d,]+ octets SACKed/);
    expect(text).to.include("(fastRetransmit; RFC 5681 §3.2, RFC 6675 §5 (4).)");
    expect(text).to.match(/That is because alice receives an ACK from 10\.0\.0\.2:7/);
    expect(chain.slice(0, 3).map(({ host, kind }) => `${host} ${kind}`)).to.deep.equal([
      "alice received",
      "bob segment",
      "bob received",
    ]);
  });

  it("blames the write for text, and not the read that came before it in the same turn", () => {
    const lab = new Lab({ events: true });
    const alice = lab.host("alice", "10.0.0.1/24");
    const bob = lab.host("bob", "10.0.0.2/24");
    lab.link(alice, bob, { impairments: "delay=5ms" });
    const listener = bob.stack.openTcp();
    listener.configure({ receiveBuffer: 4000 }); // what is read opens the window, and is a reason to send by itself
    listener.bind({ address: bob.ip, port: 7 });
    listener.listen(1);
    listener.onChange(() => {
      const echo = listener.accept();
      echo?.onChange(() => {
        const buffer = new Uint8Array(40_000);
        for (;;) {
          const octets = echo.read(buffer) ?? 0;
          if (octets === 0) return;
          echo.write(buffer, 0, octets);
        }
      });
    });
    const client = alice.stack.openTcp();
    client.connect(at(bob, 7));
    for (const octets of [6, 2000, 6]) {
      lab.time.elapse(milliseconds(50));
      client.write(new Uint8Array(octets));
    }
    lab.time.elapse(seconds(1));
    const causes: string[] = [];
    for (const event of lab.events.events({ host: "bob", kinds: ["segment"] })) {
      if (event.kind !== "segment" || event.octets === 0) continue;
      const cause = lab.events.event(event.cause);
      causes.push(
        cause?.kind === "call" ? `${event.octets}: ${cause.call}` : `${event.octets}: ${cause?.kind}`,
      );
    }
    expect(causes).to.deep.equal(["6: write", "2000: write", "6: write"]);
    const calls = [...lab.events.events({ host: "bob", kinds: ["call", "ended"] })];
    const told = calls.map((one) => ("call" in one ? `${one.kind} ${one.call} ${one.octets}` : ""));
    expect(told).to.include.members(["call listen 0", "call accept 0", "ended accept 0"]);
    lab.close();
  });

  it("knows no event that is not there", () => {
    expect(() => why(traced.log, traced.log.last + 1)).to.throw(RangeError, "the log has no event");
  });

  it("can be asked of events that were written as JSON lines and read again", () => {
    const { log } = traced;
    const lines = [...jsonLines(log, "a test")];
    expect(lines.length).to.equal(log.last + 1);
    const header = JSON.parse(lines[0] ?? "") as {
      readonly title: string;
      readonly trace: { event_schemas: string[] };
    };
    expect(header.title).to.equal("a test");
    expect(header.trace.event_schemas).to.deep.equal(["urn:tapstack:events:2"]);
    const again = parseJsonLines(lines.join(""));
    expect([...again.events()]).to.deep.equal([...log.events()]);
    const segment = find(
      "segment",
      again.events({ kinds: ["segment"] }),
      ({ reason }) => reason === "newText",
    );
    expect(why(again, segment)).to.deep.equal(why(log, segment.id));
    expect(() => parseJsonLines(lines.slice(1).join(""))).to.throw(
      SyntaxError,
      "line 1: the events are not of",
    );
    expect(() => parseJsonLines(`${lines[0]}{`)).to.throw(SyntaxError, "line 2: ");
  });
});

/** The first that is wanted. */
function find<K extends LoggedEvent["kind"]>(
  _kind: K,
  events: Iterable<LoggedEvent>,
  wanted: (event: LoggedOf<K>) => boolean,
): LoggedOf<K> {
  for (const event of events) if (wanted(event as LoggedOf<K>)) return event as LoggedOf<K>;
  throw new Error("there is no such event");
}

/** alice, connected to bob, who reads when `reads` is called. */
function pair(impairments: string, bobAbsent = false) {
  const lab = new Lab({ events: true });
  const alice = lab.host("alice", "10.0.0.1/24");
  const bob = lab.host("bob", bobAbsent ? "10.9.0.2/24" : "10.0.0.2/24");
  lab.link(alice, bob, { impairments });
  const listener = bob.stack.openTcp();
  listener.bind({ address: bob.ip, port: 7 });
  listener.listen(1);
  const client = alice.stack.openTcp();
  const connect = (): void => {
    client.connect(bobAbsent ? { address: at(alice, 7).address, port: 7 } : at(bob, 7));
    lab.time.elapse(milliseconds(100));
  };
  return { lab, alice, bob, client, listener, connect };
}

describe("whyNot", () => {
  it("names the application when all is sent", () => {
    const { lab, client, connect } = pair("delay=5ms");
    connect();
    client.write(new Uint8Array(10));
    expect(whyNot(lab.events, { host: "alice" })).to.include({
      waitsFor: "application",
      unsent: 0,
      until: NEVER,
    });
    lab.close();
  });

  it("names the neighbour, then the handshake", () => {
    const { lab, alice, client, bob } = pair("delay=5ms,loss=100%");
    client.connect(at(bob, 7));
    expect(whyNot(lab.events, { host: "alice" })).to.include({
      waitsFor: "neighbour",
      rfc: "RFC 1122 §2.3.2.2",
    });
    lab.close();
    const second = pair("delay=5ms");
    second.client.connect(at(second.bob, 7));
    second.lab.time.elapse(milliseconds(12));
    expect(whyNot(second.lab.events, { host: "alice" }).waitsFor).to.equal("handshake");
    second.lab.close();
    void alice;
  });

  it("names Nagle, and the peer's delayed ACK that it meets", () => {
    const { lab, client, connect } = pair("delay=5ms");
    connect();
    for (let i = 0; i < 20; i++) {
      client.write(new Uint8Array(1448)); // until ACKs are no longer sent at once
      lab.time.elapse(milliseconds(60));
    }
    client.write(new Uint8Array(10));
    client.write(new Uint8Array(10));
    const early = whyNot(lab.events, { host: "alice" });
    expect(early).to.include({ waitsFor: "Nagle", unsent: 10, rfc: "RFC 9293 §3.7.4" });
    lab.time.elapse(milliseconds(6));
    const late = whyNot(lab.events, { host: "alice" });
    expect(late.waitsFor).to.equal("delayed ACK of the peer");
    expect(late.until).to.be.within(lab.time.now(), lab.time.now() + milliseconds(200));
    expect(late.text).to.match(/bob holds that ACK back until [\d.]+ s/);
    // And it was so until then, whenever it is asked.
    expect(whyNot(lab.events, { host: "alice", at: early.state.lastEvent })).to.deep.equal(early);
    lab.close();
  });

  it("names the congestion window, with its numbers", () => {
    const { lab, client, connect } = pair("delay=50ms");
    connect();
    lab.time.elapse(seconds(1));
    client.write(new Uint8Array(60_000));
    const { waitsFor, text, unsent } = whyNot(lab.events, { host: "alice", remotePort: 7 });
    expect(waitsFor).to.equal("congestion window");
    expect(unsent).to.equal(60_000 - 14_480);
    expect(text).to.include("(cwnd 14,480, in flight 14,480)");
    lab.close();
  });

  it("names the receive window, what the peer's application has to read, and when it is asked again", () => {
    const { lab, client, listener, connect } = pair("delay=1ms");
    listener.configure({ receiveBuffer: 10_000 });
    connect();
    client.write(new Uint8Array(60_000));
    lab.time.elapse(seconds(3));
    const { waitsFor, until, text } = whyNot(lab.events, { host: "alice" });
    expect(waitsFor).to.equal("receive window");
    expect(until).to.be.greaterThan(lab.time.now());
    expect(text).to.match(/bob's application has [\d,]+ octets to read/);
    lab.close();
  });

  it("names the cork, the route, and the end", () => {
    const { lab, client, alice, connect } = pair("delay=1ms");
    client.configure({ cork: true });
    connect();
    client.write(new Uint8Array(10));
    expect(whyNot(lab.events, { host: "alice" })).to.include({ waitsFor: "cork", unsent: 10 });
    alice.stack.removeInterface("eth0");
    lab.time.elapse(milliseconds(300));
    expect(whyNot(lab.events, { host: "alice" }).waitsFor).to.equal("route");
    client.abort();
    expect(whyNot(lab.events, { host: "alice" }).waitsFor).to.equal("end");
    expect(() => whyNot(lab.events, { host: "carol" })).to.throw(RangeError, "no such connection of carol");
    lab.close();
  });

  it("says the same by key frames as without", () => {
    const { lab, log } = tracedTransfer(9, { impairments: "loss=2%,delay=5ms" });
    whyNot(log, { host: "alice" }); // makes key frames
    const events = parseJsonLines([...jsonLines(log)].join(""));
    for (let id = 200; id < log.last; id += 997) {
      const one = whyNot(log, { host: "alice", at: id });
      expect(one, `after event ${id}`).to.deep.equal(
        whyNot(parseJsonLines([...jsonLines(events)].join("")), { host: "alice", at: id }),
      );
      expect(one.text).to.include(nameOf(one.state.connection));
    }
    lab.close();
  });
});
