import { expect } from "chai";
import { pipe } from "../../../src/drivers/memory/index.ts";
import { ObservedLink, TextTrace } from "../../../src/drivers/observe/index.ts";
import { VirtualTime } from "../../../src/drivers/simulation/index.ts";
import { type Instant, seconds } from "../../../src/stack/index.ts";
import { CAPTURED_FRAMES } from "../../support/captured.ts";
import { octets, packetOf } from "../../support/octets.ts";
import { established } from "../../support/rig.ts";

/** Events numbered from 1 on, and no time of a timer, which depends on how long the test has waited for its ISS. */
function renumbered(lines: readonly string[]): readonly string[] {
  const ids = lines.flatMap((line) => [...line.matchAll(/#(\d+)/g)].map(([, id]) => Number(id)));
  const before = Math.min(...ids) - 1;
  return lines.map((line) =>
    line
      .replace(/#(\d+)/g, (_, id: string) => `#${Number(id) - before}`)
      .replace(/(armed for) [\d:.]+/, "$1 …"),
  );
}

describe("text trace", () => {
  let now: Instant;
  let lines: string[];
  let trace: TextTrace;

  beforeEach(() => {
    now = 0 as Instant;
    lines = [];
    trace = new TextTrace({ line: (text) => lines.push(text), clock: { now: () => now } });
  });

  it("writes time, interface, direction and frame as tcpdump -i any does", () => {
    now = (seconds(3661) + 42) as Instant;
    trace.frame("tap0", "in", packetOf(CAPTURED_FRAMES.udp, 2));
    trace.frame("tap0", "out", packetOf(CAPTURED_FRAMES.arpRequest, 2));
    expect(lines).to.deep.equal([
      "01:01:01.000042 tap0 In  IP 10.77.0.1.57955 > 10.77.0.2.9: UDP, length 5",
      "01:01:01.000042 tap0 Out ARP, Request who-has 10.77.0.2 tell 10.77.0.1, length 28",
    ]);
  });

  it("takes the frames of lo, and of others as told, for bare IP", () => {
    const bare = packetOf(octets(CAPTURED_FRAMES.udp).slice(14));
    trace.frame("lo", "out", bare);
    const tun = new TextTrace({
      line: (text) => lines.push(text),
      clock: { now: () => now },
      medium: (name) => (name === "tun0" ? "ip" : "ethernet"),
    });
    tun.frame("tun0", "out", bare);
    for (const text of lines) expect(text).to.contain("IP 10.77.0.1.57955 > 10.77.0.2.9: UDP, length 5");
    expect(lines.length).to.equal(2);
  });

  it("tells of drops, of connections, and why each thing is sent, with the event that it is due to", () => {
    const rig = established({ trace: (event) => trace.event(event) });
    lines = [];
    rig.peerSends("S 5:5 win 9");
    rig.write(3);
    rig.write(3);
    expect(renumbered(lines)).to.deep.equal([
      "00:00:00.000000 tcp dropped 20 octets: synInWindow (RFC 5961 §4.2) A SYN amid a connection: " +
        "a peer that has forgotten us, or a blind attack; it is questioned. #2 due to #1",
      "00:00:00.000000 TCP 10.0.0.1:80 > 10.0.0.2:4000: sent 0 octets from SND.UNA + 0: challengeAck " +
        "(RFC 5961 §3.2, §4.2, §5.2), window 65535, cwnd 14600, in flight 0 #3 due to #1",
      "00:00:00.000000 TCP 10.0.0.1:80 > 10.0.0.2:4000: sent 3 octets from SND.UNA + 0: newText " +
        "(RFC 9293 §3.8.6, §3.7.4; RFC 5681 §3.1), window 65535, cwnd 14600, in flight 0 #6 due to #4",
      "00:00:00.000000 TCP 10.0.0.1:80 > 10.0.0.2:4000: 3 octets wait: heldByNagle (RFC 9293 §3.7.4) #10 due to #8",
    ]);
  });

  it("tells when it is asked of timers, windows and calls as well", () => {
    trace = new TextTrace({ line: (text) => lines.push(text), clock: { now: () => now }, verbose: true });
    const rig = established({ trace: (event) => trace.event(event) });
    lines = [];
    rig.write(3);
    expect(renumbered(lines).map((line) => line.slice(16))).to.deep.equal([
      "tcp call write of 3 octets #1",
      "TCP 10.0.0.1:80 > 10.0.0.2:4000: sent 3 octets from SND.UNA + 0: newText " +
        "(RFC 9293 §3.8.6, §3.7.4; RFC 5681 §3.1), window 65535, cwnd 14600, in flight 0 #3 due to #1",
      "tcp timer retransmission of 10.0.0.1:80 > 10.0.0.2:4000 armed for … #4 due to #1",
    ]);
  });

  it("records the frames of one link, stack or no stack", () => {
    const [end] = pipe(new VirtualTime());
    const link = new ObservedLink(end, trace);
    link.transmit([packetOf(CAPTURED_FRAMES.arpRequest, 2)], 1);
    expect(lines).to.deep.equal([
      "00:00:00.000000 Out ARP, Request who-has 10.77.0.2 tell 10.77.0.1, length 28",
    ]);
  });
});
