import { expect } from "chai";
import fc from "fast-check";
import { formatFrame } from "../../../src/stack/wire/frame.ts";
import { CAPTURED_FRAMES } from "../../support/captured.ts";
import { bytes } from "../../support/frames.ts";
import { fragment6, frame6, optionsHeader, ping6, solicitation, udp6 } from "../../support/frames6.ts";
import { exactView } from "../../support/octets.ts";

function line(text: string, change?: (view: DataView) => void): string {
  const view = exactView(text);
  change?.(view);
  return formatFrame(view, 0, view.byteLength, "ethernet");
}

describe("frame text", () => {
  it("is what tcpdump -n -S prints of captured frames", () => {
    expect(Object.values(CAPTURED_FRAMES).map((frame) => line(frame))).to.deep.equal([
      "ARP, Request who-has 10.77.0.2 tell 10.77.0.1, length 28",
      "IP 10.77.0.1 > 10.77.0.2: ICMP echo request, id 12169, seq 1, length 64",
      "IP 10.77.0.1.58046 > 10.77.0.2.7: Flags [S], seq 2819568787, win 64240, " +
        "options [mss 1460,sackOK,TS val 393616395 ecr 0,nop,wscale 10], length 0",
      "IP 10.77.0.1.58046 > 10.77.0.2.7: Flags [P.], seq 2819568788:2819568790, ack 3180722836, win 63, " +
        "options [nop,nop,TS val 393616396 ecr 667601404], length 2",
      "IP 10.77.0.1.57955 > 10.77.0.2.9: UDP, length 5",
      "IP 10.77.0.2 > 10.77.0.1: ICMP port unreachable, length 41",
    ]);
  });

  it("of a bare IP link has no Ethernet header to read", () => {
    const view = exactView(CAPTURED_FRAMES.udp);
    expect(formatFrame(view, 14, view.byteLength, "ip")).to.equal(line(CAPTURED_FRAMES.udp));
  });

  it("reads as tcpdump prints it over IPv6 as well", () => {
    const text = (frame: Uint8Array): string =>
      formatFrame(
        new DataView(frame.buffer, frame.byteOffset, frame.byteLength),
        0,
        frame.length,
        "ethernet",
      );
    const udp = udp6(5000, 7, bytes("hello"));
    expect(text(frame6(17, udp))).to.equal("IP6 fd77::1.5000 > fd77::2.7: UDP, length 5");
    expect(text(frame6(60, bytes(optionsHeader(17, bytes(1, 4, 0, 0, 0, 0)), udp)))).to.equal(
      "IP6 fd77::1.5000 > fd77::2.7: UDP, length 5",
    );
    expect(text(ping6())).to.equal("IP6 fd77::1 > fd77::2: ICMP6, echo request, id 7, seq 1, length 12");
    expect(text(solicitation())).to.equal(
      "IP6 fd77::1 > ff02::1:ff00:2: ICMP6, neighbor solicitation, length 32",
    );
    expect(text(frame6(44, fragment6(17, 2, true, bytes("12345678"), 9)))).to.equal(
      "IP6 fd77::1 > fd77::2: frag (9:8@16+)",
    );
    expect(text(frame6(60, bytes(17, 9, 0, 0, 0, 0, 0, 0)))).to.equal(
      "IP6 fd77::1 > fd77::2 [truncated], length 8",
    );
    expect(formatFrame(new DataView(ping6().buffer), 14, ping6().length, "ip")).to.contain("echo request");
  });

  it("names what it cannot read, and why", () => {
    const { udp, syn, arpRequest, echoRequest } = CAPTURED_FRAMES;
    expect(line("0200")).to.equal("Ethernet [truncated], length 2");
    expect(line(udp, (view) => view.setUint16(12, 0x86dd))).to.equal("IP6 [truncated], length 33");
    expect(line(udp, (view) => view.setUint16(12, 0x8847))).to.contain(
      "ethertype Unknown (0x8847), length 47",
    );
    expect(line(udp, (view) => view.setUint8(14, 0x65))).to.equal("IP [badVersion], length 33");
    expect(line(udp, (view) => view.setUint16(38, 7))).to.contain("10.77.0.2: UDP [badLength], length 13");
    expect(line(syn, (view) => view.setUint8(46, 0x10))).to.contain(
      "10.77.0.2: TCP [badHeaderLength], length 40",
    );
    expect(line(echoRequest, (view) => view.setUint16(16, 24))).to.contain("ICMP [truncated], length 4");
    expect(line(arpRequest, (view) => view.setUint16(14, 6))).to.equal("ARP [badHardwareType], length 28");
    expect(line(udp, (view) => view.setUint8(23, 47))).to.equal("IP 10.77.0.1 > 10.77.0.2: ip-proto-47 13");
  });

  it("of a fragment tells its place instead of reading a header that may not be there", () => {
    const fragment = line(CAPTURED_FRAMES.udp, (view) => view.setUint16(20, 0x2000 | 185));
    expect(fragment).to.equal("IP 10.77.0.1 > 10.77.0.2: ip-proto-17 (frag 59304:13@1480+)");
  });

  it("exists for any octets", () => {
    const start = fc.constantFrom(...Object.values(CAPTURED_FRAMES));
    fc.assert(
      fc.property(
        start,
        fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 6 }),
        fc.nat(80),
        (text, changes, cut) => {
          const whole = exactView(text);
          const view = new DataView(whole.buffer, 0, Math.min(cut, whole.byteLength));
          for (const [at, octet] of changes) if (at < view.byteLength) view.setUint8(at, octet);
          expect(formatFrame(view, 0, view.byteLength, "ethernet")).to.match(/\S/);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
