import { expect } from "chai";
import { Switch, type SwitchOptions } from "../../../src/drivers/memory/index.ts";
import { VirtualTime } from "../../../src/drivers/simulation/index.ts";
import { type Link, seconds } from "../../../src/stack/index.ts";
import { describeLinkContract, frame, RecordingSink } from "../../contracts/link.contract.ts";

const BROADCAST = `ffffffffffff02000000000188b5`;

describeLinkContract("a switch", () => {
  const time = new VirtualTime();
  const hub = new Switch(time, time);
  return { a: hub.port(), b: hub.port(), settle: () => time.elapse(seconds(0)) };
});

describe("a switch", () => {
  let time: VirtualTime;
  let hub: Switch;
  let ports: Link[];
  let sinks: RecordingSink[];

  function build(options: SwitchOptions = {}): void {
    time = new VirtualTime();
    hub = new Switch(time, time, options);
    ports = [0, 1, 2].map(() => hub.port());
    sinks = ports.map((port) => {
      const sink = new RecordingSink();
      port.attach(sink);
      return sink;
    });
  }

  /** Station `from` (1, 2 or 3, at port `from` - 1) sends to station `to`; who received it. */
  function send(hex: string, port: number): number[] {
    const before = sinks.map((sink) => sink.frames.length);
    sinks[port]?.send(ports[port] as Link, hex);
    time.elapse(seconds(0));
    for (const sink of sinks) expect(sink.pool.outstanding).to.equal(0);
    return sinks.flatMap((sink, i) => (sink.frames.length > (before[i] ?? 0) ? [i] : []));
  }

  it("floods what is for a station that it has not heard, and for groups, to all other ports", () => {
    build();
    expect(send(frame(1, 2, "00"), 0)).to.deep.equal([1, 2]);
    expect(send(BROADCAST, 0)).to.deep.equal([1, 2]);
    expect(hub.flooded).to.equal(2);
  });

  it("learns where a station is from what it sends, and where it has moved to", () => {
    build();
    send(frame(2, 9, "00"), 1);
    expect(send(frame(1, 2, "00"), 0)).to.deep.equal([1]);
    send(frame(2, 9, "00"), 2);
    expect(send(frame(1, 2, "00"), 0)).to.deep.equal([2]);
    expect(hub.forwarded).to.equal(2);
  });

  it("sends nothing back to the port that it came from", () => {
    build();
    send(frame(2, 9, "00"), 0);
    expect(send(frame(1, 2, "00"), 0)).to.deep.equal([]);
    expect(hub.filtered).to.equal(1);
  });

  it("forgets a station that it has not heard for the ageing time", () => {
    build({ ageing: seconds(10) });
    send(frame(2, 9, "00"), 1);
    time.elapse(seconds(9));
    expect(send(frame(1, 2, "00"), 0)).to.deep.equal([1]);
    time.elapse(seconds(1));
    expect(send(frame(1, 2, "00"), 0)).to.deep.equal([1, 2]);
  });

  it("remembers no more stations than it has room for, however many send", () => {
    build({ stations: 4 });
    for (let station = 10; station < 60; station++) send(frame(station, 9, "00"), 0);
    expect(hub.stations).to.equal(4);
    expect(send(frame(1, 59, "00"), 1)).to.deep.equal([0]);
    expect(send(frame(1, 10, "00"), 1)).to.deep.equal([0, 2]);
  });

  it("forgets the stations of a port that is unplugged, and floods for them again", () => {
    build();
    send(frame(2, 9, "00"), 1);
    ports[1]?.close();
    expect(send(frame(1, 2, "00"), 0)).to.deep.equal([2]);
  });

  it("drops a frame that is too short to have addresses", () => {
    build();
    expect(send("0200000000010200000000", 0)).to.deep.equal([]);
    expect(hub.filtered).to.equal(1);
  });
});
