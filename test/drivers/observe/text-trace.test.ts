import { expect } from "chai";
import { pipe } from "../../../src/drivers/memory/index.ts";
import { ObservedLink, TextTrace } from "../../../src/drivers/observe/index.ts";
import { VirtualTime } from "../../../src/drivers/simulation/index.ts";
import { Drop, type Instant, seconds } from "../../../src/stack/index.ts";
import { CAPTURED_FRAMES } from "../../support/captured.ts";
import { octets, packetOf } from "../../support/octets.ts";

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

  it("tells of drops and of connections that change their state", () => {
    trace.dropped("ipv4", packetOf(CAPTURED_FRAMES.udp, 2), Drop.badChecksum);
    trace.stateChanged("10.77.0.2:80 > 10.77.0.1:5000", "syn-received", "established");
    expect(lines).to.deep.equal([
      "00:00:00.000000 ipv4 dropped 47 octets: badChecksum (RFC 1122 §3.2.1.2) " +
        "The checksum is wrong: the octets are not those that were sent.",
      "00:00:00.000000 TCP 10.77.0.2:80 > 10.77.0.1:5000: syn-received -> established",
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
