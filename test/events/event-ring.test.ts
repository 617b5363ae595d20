/** Events as records: what is written is read, whatever it is; and a ring forgets the oldest. */
import { expect } from "chai";
import type { LoggedEvent } from "../../src/events/index.ts";
import { chainOf, decodeEvent, EventEncoder, EventList, MOST_OCTETS } from "../../src/events/index.ts";
import { Lab } from "../../src/lab/index.ts";
import type { TraceEvent } from "../../src/stack/index.ts";
import { SEND_CASES } from "../support/reasons/send-cases.ts";
import { type Traced, tracedTransfer } from "../support/traced-transfer.ts";

/** What is to be kept of an event, by the long way. */
function keptOf(event: TraceEvent, host: string, head: number): LoggedEvent {
  const { ...kept } = event as unknown as Record<string, unknown>;
  if ("packet" in event) {
    const { packet } = event;
    delete kept["packet"];
    kept["head"] =
      packet === undefined
        ? new Uint8Array()
        : packet.bytes.slice(packet.start, Math.min(packet.end, packet.start + head));
  }
  if ("connection" in event && event.connection !== undefined) {
    const { localAddress, localPort, remoteAddress, remotePort } = event.connection;
    kept["connection"] = { localAddress, localPort, remoteAddress, remotePort };
  }
  if ("numbers" in event) kept["numbers"] = { ...event.numbers };
  return { ...kept, host } as LoggedEvent;
}

describe("a record of an event", () => {
  it("has all of it, for the events of every case", () => {
    const encoder = new EventEncoder();
    const bytes = new Uint8Array(MOST_OCTETS + 64);
    const kinds = new Set<string>();
    encoder.use(bytes);
    for (const one of SEND_CASES) {
      one.run((event) => {
        bytes.fill(0xaa);
        const length = encoder.encode(event, 8, 0, 64);
        expect(length % 8, "its length").to.equal(0);
        expect(length).to.be.at.most(MOST_OCTETS + 64 - 8);
        expect(decodeEvent(bytes, 8, "h")).to.deep.equal(keptOf(event, "h", 64));
        kinds.add(event.kind);
      });
    }
    expect(kinds.size).to.equal(17);
  });

  it("is refused where it is of another version", () => {
    expect(() => decodeEvent(new Uint8Array(64), 0, "h")).to.throw(RangeError, /version 0/);
  });
});

describe("an event ring", () => {
  it("finds events by number, kind, host and time, and what led to them, on the other host too", () => {
    const { lab, log } = chatter({ events: true });
    const all = [...log.events()];
    expect(all.map(({ id }) => id)).to.deep.equal(all.map((_, index) => index + 1));
    expect(all.at(-1)?.id).to.equal(log.last);
    for (const id of [1, 2, 777, log.last]) expect(log.event(id)).to.deep.equal(all[id - 1]);
    expect(log.event(0)).to.equal(undefined);
    expect(log.event(log.last + 1)).to.equal(undefined);
    const segments = [...log.events({ kinds: ["segment"], host: "bob", from: 100, until: lab.time.now() })];
    expect(segments).to.deep.equal(
      all.filter(({ kind, host, id }) => kind === "segment" && host === "bob" && id >= 100),
    );
    // The first text of bob's is due to a call of bob's; that text was read at alice's because it was sent.
    const read = all.find(({ kind, host }) => kind === "text" && host === "alice") as LoggedEvent;
    const way = chainOf(log, read, true).map(({ host, kind }) => `${host} ${kind}`);
    expect(way.slice(0, 3)).to.deep.equal(["alice text", "alice received", "bob segment"]);
    expect(way.at(-1)).to.match(/ call$/);
    expect(chainOf(log, read).map(({ kind }) => kind)).to.deep.equal(["text", "received"]);
    expect([...new EventList(all).events({ kinds: ["state"] })]).to.deep.equal([
      ...log.events({ kinds: ["state"] }),
    ]);
    lab.close();
  });

  it("forgets the oldest when it is full, and numbers go on", () => {
    const { lab, log } = chatter({ events: { octets: 1 << 20, head: 2000 } }, 1_000_000);
    expect(log.first).to.be.greaterThan(1);
    const all = [...log.events()];
    expect(all[0]?.id).to.equal(log.first);
    expect(all.length).to.equal(log.last - log.first + 1);
    expect(log.event(log.first - 1)).to.equal(undefined);
    lab.close();
  });

  it("is nothing that a lab has without being asked", () => {
    expect(() => new Lab().events).to.throw(RangeError, "make the lab with events: true");
  });
});

/** `sends` octets one way, 100 KB the other, with losses. */
function chatter(lab: ConstructorParameters<typeof Lab>[0], sends = 300_000): Traced {
  return tracedTransfer(5, { impairments: "loss=2%,delay=5ms" }, { sends, receives: 100_000 }, { lab });
}
