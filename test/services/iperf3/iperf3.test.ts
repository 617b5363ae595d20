import { expect } from "chai";
import {
  DEFAULT_PARAMETERS,
  Iperf3Client,
  Iperf3Server,
  type Outcome,
  type Parameters,
} from "../../../src/services/index.ts";
import { ipv4 } from "../../../src/stack/index.ts";
import { MemorySockets, type MemoryTcp } from "../../support/memory-sockets.ts";

const SERVER = { address: ipv4(0x0a00_0001), port: 5201 };

interface Test {
  readonly net: MemorySockets;
  readonly outcome: Outcome | undefined;
  readonly lines: readonly string[];
  readonly serverLines: readonly string[];
}

/** Runs one test of our client against our server, for at most 30 s of virtual time. */
function run(parameters: Partial<Parameters>, net = new MemorySockets(), json = false): Test {
  const serverLines: string[] = [];
  const lines: string[] = [];
  const server = new Iperf3Server(net, { print: (line) => serverLines.push(line) });
  expect(server.listen()).to.equal(undefined);
  let outcome: Outcome | undefined;
  const client = new Iperf3Client(net, {
    server: SERVER,
    parameters: { ...DEFAULT_PARAMETERS, time: 2, ...parameters },
    json,
    print: (line) => lines.push(line),
    done: (result) => {
      outcome = result;
    },
  });
  client.start();
  net.run(30);
  server.close();
  net.run(30);
  return { net, outcome, lines, serverLines };
}

function expectNothingLeft(net: MemorySockets): void {
  expect(net.listeners.size, "listeners").to.equal(0);
  expect(net.datagramSockets.size, "UDP sockets").to.equal(0);
  expect(net.open.size, "connections").to.equal(0);
  expect(net.timers.size, "timers besides the network's own").to.equal(1);
}

describe("iperf3", () => {
  it("measures a TCP stream at the rate of the path, and leaves nothing behind", () => {
    const { net, outcome, lines, serverLines } = run({});
    const [stream] = outcome?.streams ?? [];
    expect(outcome?.error).to.equal(undefined);
    // 125,000 octets in each millisecond of 2 s, and a window's worth that has not arrived
    expect(stream?.receiver.bytes).to.be.closeTo(250e6, 1e6);
    expect(stream?.sender.bytes).to.be.closeTo(stream?.receiver.bytes ?? 0, 600_000);
    expect(lines[3]).to.match(
      /^\[ {2}5\] {3}0\.00-1\.00 {3}sec {3}11\d MBytes {2}(?:1\.00 Gbits|99\d Mbits)\/sec {4}\d/,
    );
    expect(lines.at(-1)).to.equal("\niperf Done.");
    expect(serverLines.some((line) => line.endsWith("receiver"))).to.equal(true);
    expectNothingLeft(net);
  });

  it("lets the server send with reverse", () => {
    const { outcome, net } = run({ reverse: true, parallel: 3 });
    expect(outcome?.streams.map(({ stream }) => stream.sending)).to.deep.equal([false, false, false]);
    for (const { receiver } of outcome?.streams ?? []) expect(receiver.bytes).to.be.closeTo(250e6, 1e6);
    expectNothingLeft(net);
  });

  it("runs both directions at once with bidir", () => {
    const { outcome, lines, net } = run({ bidirectional: true, parallel: 2 });
    expect(outcome?.streams.map(({ stream }) => stream.sending)).to.deep.equal([true, true, false, false]);
    expect(outcome?.streams.map(({ stream }) => stream.id)).to.deep.equal([1, 3, 4, 5]);
    for (const { receiver } of outcome?.streams ?? []) expect(receiver.bytes).to.be.closeTo(250e6, 1e6);
    expect(lines.some((line) => line.startsWith("[  5][TX-C]"))).to.equal(true);
    expect(lines.some((line) => line.startsWith("[SUM][RX-C]"))).to.equal(true);
    expectNothingLeft(net);
  });

  it("ends after a number of octets, or of blocks, in either direction", () => {
    for (const reverse of [false, true]) {
      const octets = run({ bytes: 10_000_000, time: 0, reverse }).outcome?.streams[0];
      expect(reverse ? octets?.receiver.bytes : octets?.sender.bytes).to.be.within(10e6, 10.5e6);
      const blocks = run({ blocks: 20, time: 0, length: 1000, reverse }).outcome?.streams[0];
      expect(reverse ? blocks?.receiver.bytes : blocks?.sender.bytes).to.be.within(
        20_000,
        reverse ? 1e6 : 20_000,
      );
    }
  });

  it("keeps to the bit rate that was asked for", () => {
    const tcp = run({ bandwidth: 80e6 }).outcome?.streams[0];
    expect(tcp?.sender.bytes).to.be.closeTo(20e6, 300_000);
    const udp = run({ protocol: "udp", length: 1000, bandwidth: 8e6 }).outcome?.streams[0];
    expect(udp?.sender.packets).to.be.closeTo(2000, 20);
  });

  it("counts the datagrams that were lost, with counters of either width", () => {
    for (const wideCounters of [false, true]) {
      for (const reverse of [false, true]) {
        const net = new MemorySockets();
        net.loses = (count) => count > 100 && count % 10 === 0;
        const { outcome } = run(
          { protocol: "udp", length: 1000, bandwidth: 8e6, wideCounters, reverse },
          net,
        );
        const [stream] = outcome?.streams ?? [];
        expect(outcome?.error).to.equal(undefined);
        expect(stream?.receiver.lost).to.be.closeTo(190, 5);
        expect(stream?.receiver.packets).to.be.closeTo(2000, 20);
        expect(stream?.receiver.jitter).to.be.lessThan(0.001);
        expectNothingLeft(net);
      }
    }
  });

  it("leaves the omitted seconds out", () => {
    const { outcome, lines } = run({ omit: 1, bandwidth: 80e6 });
    expect(outcome?.streams[0]?.sender.bytes).to.be.closeTo(20e6, 300_000);
    expect(lines.filter((line) => line.endsWith("(omitted)"))).to.have.length(1);
  });

  it("shows the server's report when asked to", () => {
    const { lines } = run({ wantsServerOutput: true });
    expect(lines.some((line) => line.includes("Server output:"))).to.equal(true);
    expect(run({}).lines.some((line) => line.includes("Server output:"))).to.equal(false);
  });

  it("reports in JSON with iperf3's members", () => {
    const { lines } = run({ bidirectional: true }, new MemorySockets(), true);
    expect(lines).to.have.length(1);
    const report = JSON.parse(lines[0] ?? "");
    expect(report).to.have.all.keys("start", "intervals", "end");
    expect(report.start.test_start).to.include({
      protocol: "TCP",
      num_streams: 1,
      blksize: 131_072,
      bidir: 1,
    });
    expect(report.intervals).to.have.length(2);
    expect(report.intervals[0].streams[0]).to.include({
      socket: 5,
      retransmits: 0,
      snd_cwnd: 14_600,
      sender: true,
    });
    expect(report.end.sum_received.bits_per_second).to.be.closeTo(1e9, 1e7);
    expect(report.end.sum_received_bidir_reverse.bytes).to.be.closeTo(250e6, 1e6);
    expect(report.end.sender_tcp_congestion).to.equal("cubic");
  });

  it("does the same twice, to the last character", () => {
    const once = run({ protocol: "udp", bandwidth: 50e6, length: 1448, parallel: 2 });
    const again = run({ protocol: "udp", bandwidth: 50e6, length: 1448, parallel: 2 });
    expect(again.lines).to.deep.equal(once.lines);
  });

  it("turns a second client away while a test runs", () => {
    const net = new MemorySockets();
    const lines: string[] = [];
    const second = new Iperf3Client(net, {
      server: SERVER,
      parameters: DEFAULT_PARAMETERS,
      print: (line) => lines.push(line),
    });
    const server = new Iperf3Server(net);
    server.listen();
    const first = new Iperf3Client(net, { server: SERVER, parameters: DEFAULT_PARAMETERS });
    first.start();
    net.run(1);
    second.start();
    net.run(1);
    expect(lines.at(-1)).to.equal("iperf3: error - the server is busy running a test. try again later");
    net.run(20);
    expect(net.open.size).to.equal(0);
    server.close();
  });

  it("says that nobody serves", () => {
    const net = new MemorySockets();
    let outcome: Outcome | undefined;
    new Iperf3Client(net, {
      server: SERVER,
      parameters: DEFAULT_PARAMETERS,
      done: (result) => {
        outcome = result;
      },
    }).start();
    net.run(1);
    expect(outcome?.error).to.equal("the control connection ended: refused");
  });
});

describe("iperf3 server, with clients that do not keep to the protocol", () => {
  const COOKIE = new Uint8Array(37).fill(0x61);

  function serverWith(octets: readonly Uint8Array[]): {
    net: MemorySockets;
    raw: MemoryTcp;
    lines: string[];
  } {
    const net = new MemorySockets();
    const lines: string[] = [];
    new Iperf3Server(net, { print: (line) => lines.push(line) }).listen();
    const raw = net.openTcp();
    raw.connect(SERVER);
    net.run(0.01);
    for (const piece of octets) {
      raw.write(piece);
      net.run(0.01);
    }
    return { net, raw, lines };
  }

  function text(json: string): Uint8Array {
    const octets = new Uint8Array(4 + json.length);
    new DataView(octets.buffer).setUint32(0, json.length);
    for (let i = 0; i < json.length; i++) octets[4 + i] = json.charCodeAt(i);
    return octets;
  }

  const CASES: readonly (readonly [string, Uint8Array, string])[] = [
    ["a length beyond all bounds", Uint8Array.of(0xff, 0xff, 0xff, 0xff), "malformed"],
    ["what is no JSON", text("{tcp"), "malformed"],
    ["an array of parameters", text("[1]"), "not a JSON object"],
    ["no streams", text('{"tcp":true,"parallel":0,"time":1}'), "number of streams must be from 1 to 128"],
    ["a million streams", text('{"tcp":true,"parallel":1000000,"time":1}'), "number of streams"],
    ["datagrams larger than UDP's", text('{"udp":true,"len":70000,"time":1}'), "block length"],
    ["a negative time", text('{"tcp":true,"time":-1}'), "time must be"],
    ["SCTP", text('{"sctp":true,"time":1}'), "SCTP is not supported"],
  ];
  for (const [title, octets, reason] of CASES) {
    it(`refuses ${title}, and serves the next client`, () => {
      const { net, lines } = serverWith([COOKIE, octets]);
      expect(
        lines.some((line) => line.includes(reason)),
        lines.join("\n"),
      ).to.equal(true);
      expect(lines.at(-2)).to.equal("Server listening on 5201 (test #2)");
      let outcome: Outcome | undefined;
      new Iperf3Client(net, {
        server: SERVER,
        parameters: { ...DEFAULT_PARAMETERS, time: 1 },
        done: (result) => {
          outcome = result;
        },
      }).start();
      net.run(20);
      expect(outcome?.error).to.equal(undefined);
      expect(outcome?.streams).to.have.length(1);
    });
  }

  it("gives up on a client that says nothing, or stops in the middle", () => {
    for (const pieces of [
      [],
      [COOKIE.slice(0, 36)],
      [COOKIE],
      [COOKIE, text('{"tcp":true,"time":1,"parallel":2}')],
    ]) {
      const { net, raw } = serverWith(pieces);
      net.run(20);
      raw.read(new Uint8Array(100));
      expect(raw.read(new Uint8Array(100)), `${pieces.length} pieces`).to.equal(0);
    }
  });
});
