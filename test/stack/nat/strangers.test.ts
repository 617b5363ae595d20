/** What a router with a filter and a translator makes of datagrams that are not as they should be; beside Linux's conntrack. */
import { expect } from "chai";
import { Firewall, type Ruleset } from "../../../src/stack/index.ts";
import {
  bytes,
  checksum,
  datagram,
  describeFrame,
  ethernet,
  icmp,
  ip,
  udp,
  word16,
} from "../../support/frames.ts";
import { datagram6, describeFrame6, icmp6Frame } from "../../support/frames6.ts";
import { RouterRig, through6 } from "../../support/router-rig.ts";

const INSIDE = "10.77.0.1";
const OUTSIDE = "10.78.0.1";
const OURS = "10.78.0.2";
const RULES: Ruleset = {
  forward: {
    policy: "drop",
    rules: [
      { state: "invalid", do: "drop" },
      { state: ["new", "established", "related", "untracked"], do: "accept" },
    ],
  },
  nat: [{ do: "masquerade", out: "eth1", behaviour: "linux" }],
};

describe("a router with a filter and a translator", () => {
  let rig: RouterRig;
  const from = (source: string, destination: string, protocol: number, payload: Uint8Array): Uint8Array =>
    ethernet(datagram(protocol, payload, { from: source, to: destination }));
  const question = (port: number): Uint8Array =>
    from(INSIDE, OUTSIDE, 17, udp(5000, port, bytes("?"), { from: INSIDE, to: OUTSIDE }));
  const answer = (port: number): Uint8Array =>
    from(OUTSIDE, OURS, 17, udp(port, 5000, bytes("!"), { from: OUTSIDE, to: OURS }));
  /** What has left by eth1, and by eth0. */
  const left = (describe: (frame: Uint8Array) => string = describeFrame): readonly (readonly string[])[] => [
    rig.second.sent.splice(0).map(describe),
    rig.taken().map(describe),
  ];

  beforeEach(() => {
    rig = new RouterRig();
    new Firewall(rig.router, RULES);
  });

  // RFC 5508 REQ-3: translated, it would get a checksum that is right.
  it("makes no error right whose checksum is wrong, of IPv4", () => {
    rig.receive(question(9));
    left();
    const quote = datagram(17, udp(5000, 9, bytes("?"), { from: OURS, to: OUTSIDE }), {
      from: OURS,
      to: OUTSIDE,
    });
    const right = icmp(3, 1, [0, 0, 0, 0], quote);
    rig.second.receive(from(OUTSIDE, OURS, 1, right));
    expect(left()[1]?.length, "as it should be").to.equal(1);
    const wrong = right.slice();
    wrong[3] = (wrong[3] ?? 0) ^ 0x55;
    rig.second.receive(from(OUTSIDE, OURS, 1, wrong));
    expect(left()).to.deep.equal([[], []]);
    expect(rig.dropped.at(-1)).to.deep.equal({ layer: "icmp", reason: "badChecksum" });
  });

  it("and of IPv6", () => {
    const way = { from: "fd77::1", to: "fd78::1" };
    rig.receive(through6(way));
    left(describeFrame6);
    const quote = datagram6(58, bytes(128, 0, 0, 0, 0, 7, 0, 1, new Uint8Array(8)), {
      from: "fd78::2",
      to: "fd78::1",
    });
    const back = { from: "fd78::1", to: "fd78::2", mac: "02:00:0a:4d:00:02" };
    const right = icmp6Frame(1, 3, [0, 0, 0, 0], quote, back);
    rig.second.receive(right);
    expect(left(describeFrame6)[1]).to.deep.equal(["fd78::1 > fd77::1 hlim 63 icmp6 1/3"]);
    const wrong = right.slice();
    wrong[56] = (wrong[56] ?? 0) ^ 0x55;
    rig.second.receive(wrong);
    expect(left(describeFrame6)[1]).to.deep.equal([]);
    expect(rig.dropped.at(-1)).to.deep.equal({ layer: "icmpv6", reason: "badChecksum" });
  });

  // Linux translates the first two as well, and lets none of the three show an inner address.
  it("lets no ICMP message out under an inner address, of a type that it does not translate", () => {
    for (const type of [17, 15, 99]) {
      rig.receive(from(INSIDE, OUTSIDE, 1, icmp(type, 0, [0, 1, 0, 1])));
      expect(left(), `type ${type}`).to.deep.equal([[], []]);
      expect(rig.dropped.at(-1)?.reason).to.equal("untranslatable");
    }
    const node = icmp6Frame(139, 0, [0, 0, 0, 0], new Uint8Array(8), {
      to: "fd78::1",
      mac: "02:00:0a:4d:00:02",
    });
    rig.receive(node);
    expect(rig.dropped.at(-1)?.reason, "a node information query").to.equal("untranslatable");
  });

  it("keeps the port of a host towards every destination, as Linux's masquerade does where it is free", () => {
    rig.receive(question(9), question(53));
    expect(left()[0]).to.deep.equal([
      '> peer: 10.78.0.2 > 10.78.0.1 udp 5000 > 9 "?"',
      '> peer: 10.78.0.2 > 10.78.0.1 udp 5000 > 53 "?"',
    ]);
    for (const port of [9, 53]) rig.second.receive(answer(port));
    expect(left()[1]).to.deep.equal([
      '> peer: 10.78.0.1 > 10.77.0.1 udp 9 > 5000 "!"',
      '> peer: 10.78.0.1 > 10.77.0.1 udp 53 > 5000 "!"',
    ]);
    rig.second.receive(answer(54));
    expect(left()[1], "to whom it has not spoken").to.deep.equal([]);
    const other = { from: "10.77.0.9", to: OUTSIDE };
    rig.receive(ethernet(datagram(17, udp(5000, 9, bytes("?"), other), other)));
    expect(left()[0]?.join(), "another host's port is another").to.match(
      /10\.78\.0\.2 > 10\.78\.0\.1 udp (?!5000 )\d+ > 9/,
    );
    rig.run(3_600_000_000 as never);
    left();
    rig.second.receive(answer(9));
    expect(left()[1], "all of it is forgotten in time").to.deep.equal([]);
  });

  describe("takes a segment for invalid", () => {
    /** A segment of `flags`, with a data offset in words, cut to `octets`. */
    const segment = (flags: number, words = 5, octets = 20): Uint8Array => {
      const head = bytes(
        word16(5000),
        word16(80),
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        0,
        words << 4,
        flags,
        1,
        0,
        0,
        0,
        0,
        0,
      );
      const cut = head.slice(0, octets);
      const pseudo = bytes(ip(INSIDE), ip(OUTSIDE), [0, 6], word16(cut.length));
      const sum = checksum(bytes(pseudo, cut));
      if (cut.length >= 18) cut.set(word16(sum), 16);
      return from(INSIDE, OUTSIDE, 6, cut);
    };
    const states = (frame: Uint8Array): string => {
      rig.receive(segment(2)); // a connection is there
      left();
      rig.receive(frame);
      return left()[0]?.length === 1 ? "passes" : (rig.dropped.at(-1)?.reason ?? "");
    };

    // The flags that Linux's tcp_valid_flags has, PSH and the two of ECN aside: SYN, SYN+URG, SYN+ACK, RST, RST+ACK, FIN+ACK,
    // FIN+ACK+URG, ACK, ACK+URG.
    it("whose flags do not go together", () => {
      const valid = [0x02, 0x22, 0x12, 0x04, 0x14, 0x11, 0x31, 0x10, 0x30];
      for (let flags = 0; flags < 64; flags++) {
        const known = valid.includes(flags & ~8);
        expect(states(segment(flags)), `flags ${flags.toString(16)}`).to.equal(
          known ? "passes" : "filteredByRule",
        );
        expect(states(segment(flags | 0xc0)), "with ECE and CWR").to.equal(
          known ? "passes" : "filteredByRule",
        );
      }
    });

    it("whose header is none", () => {
      for (const words of [0, 4, 6, 15])
        expect(states(segment(0x10, words)), `${words}`).to.equal("filteredByRule");
      for (const octets of [4, 8, 13, 14, 19])
        expect(states(segment(0x10, 5, octets)), `${octets}`).to.equal("filteredByRule");
    });
  });
});
