/** The delay of each octet, and that its parts add up. */
import { expect } from "chai";
import { type OctetDelay, totalWaits, WAITS, whereTimeWent } from "../../src/explain/index.ts";
import { Lab } from "../../src/lab/index.ts";
import { type ConnectionEnds, microseconds, seconds } from "../../src/stack/index.ts";
import { at } from "../support/net.ts";
import { tracedTransfer } from "../support/traced-transfer.ts";

const LINES = [
  "delay=10ms",
  "loss=4%,delay=10ms,jitter=2ms,reorder=1%,duplicate=1%,rate=20mbit,queue=40kb",
  "loss=1%,delay=20ms,rate=5mbit,queue=60kb:codel",
  "loss=2%,delay=3ms,rate=50mbit,bucket=15kb",
];

describe("where the time went", () => {
  for (const [index, impairments] of LINES.entries()) {
    for (const seed of [1, 2, 3]) {
      it(`adds up for every octet, both ways, over ${impairments}: seed ${seed}`, () => {
        const { lab, log } = tracedTransfer(seed + 10 * index, { impairments });
        const [ours] = [...log.events({ kinds: ["segment"], host: "alice" })];
        const [theirs] = [...log.events({ kinds: ["text"], host: "alice" })];
        check(whereTimeWent(log, "alice", endsOf(ours)), 300_000);
        const back = endsOf(theirs);
        check(
          whereTimeWent(log, "bob", {
            localAddress: back.remoteAddress,
            localPort: back.remotePort,
            remoteAddress: back.localAddress,
            remotePort: back.localPort,
          }),
          20_000,
        );
        lab.close();
      });
    }
  }

  it("knows each wait by itself", () => {
    const lab = new Lab({ events: true });
    const alice = lab.host("alice", "10.0.0.1/24");
    const bob = lab.host("bob", "10.0.0.2/24");
    lab.link(alice, bob, { impairments: "delay=10ms,rate=8mbit" });
    const listener = bob.stack.openTcp();
    listener.bind(at(bob, 7));
    listener.listen(1);
    const client = alice.stack.openTcp();
    client.connect(at(bob, 7));
    lab.time.elapse(seconds(1));
    const server = listener.accept();
    const into = new Uint8Array(100_000);

    // 100 octets by themselves: 100 + 66 octets at 1 octet a microsecond, 10 ms on the way, read 5 ms after they came.
    client.write(new Uint8Array(100));
    lab.time.elapse(microseconds(15_166));
    server?.read(into);
    // Two small writes: the second waits for the ACK of the first, 20 ms and the sending of both.
    lab.time.elapse(seconds(1));
    client.write(new Uint8Array(100));
    client.write(new Uint8Array(50));
    lab.time.elapse(seconds(1));
    server?.read(into);
    const ends = endsOf([...lab.events.events({ kinds: ["segment"], host: "alice" })][0]);
    const [one, two, three] = whereTimeWent(lab.events, "alice", ends);
    expect(shown(one)).to.deep.equal({ transmission: 166, propagation: 10_000, reading: 5000 });
    expect(shown(two)).to.deep.equal({ transmission: 166, propagation: 10_000, reading: 989_834 });
    expect(shown(three)).to.deep.equal({
      nagle: 20_232, // there, 166 + 10,000; an ACK of 66 octets back
      transmission: 116,
      propagation: 10_000,
      reading: 969_652,
    });
    lab.close();
  });

  it("counts the handshake, the congestion window and the queue to the first octets that meet them", () => {
    const { lab, log } = tracedTransfer(
      1,
      { impairments: "delay=10ms,rate=8mbit,queue=100kb" },
      { sends: 100_000, receives: 1, pause: 0, writeMost: 1000 },
    );
    const ends = endsOf([...log.events({ kinds: ["segment"], host: "alice" })][0]);
    const delays = whereTimeWent(log, "alice", ends);
    const totals = totalWaits(delays);
    expect(totals.retransmission + totals.headOfLine + totals.receiveWindow).to.equal(0);
    expect(totals.congestionWindow).to.be.greaterThan(0);
    expect(totals.queue).to.be.greaterThan(0);
    // Ten segments of 1448 go at once: the last waits in the queue for the ACK of the handshake, and nine of 1514.
    const tenth = delays.find(({ from, to }) => from <= 14_479 && to > 14_479);
    expect(tenth?.parts.queue).to.equal(66 + 9 * 1514);
    lab.close();
  });
});

function endsOf(event: object | undefined): ConnectionEnds {
  return (event as { readonly connection: ConnectionEnds }).connection;
}

/** Those parts that are not 0. */
function shown(delay: OctetDelay | undefined): Record<string, number> {
  return Object.fromEntries(Object.entries(delay?.parts ?? {}).filter(([, span]) => span !== 0));
}

function check(delays: readonly OctetDelay[], octets: number): void {
  let at = 0;
  for (const { from, to, offered, read, parts } of delays) {
    expect(from).to.equal(at);
    at = to;
    let sum = 0;
    for (const wait of WAITS) {
      expect(parts[wait], `${wait} of octets ${from} to ${to}`).to.be.at.least(0);
      expect(Number.isInteger(parts[wait]), `${wait} ${parts[wait]}`).to.equal(true);
      sum += parts[wait];
    }
    expect(sum, `octets ${from} to ${to}`).to.equal(read - offered);
  }
  expect(at, "octets that have a delay").to.equal(octets);
}
