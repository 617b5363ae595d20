/**
 * A router with a filter and a translator, and datagrams of both families that nobody honest sends: nothing is thrown,
 * every packet goes back to its pool, and what leaves has right checksums. More by FUZZ_COUNT.
 */
import { expect } from "chai";
import { below, Firewall, type Random, Xoshiro128 } from "../../../src/stack/index.ts";
import { bytes, checksum, datagram, describeFrame, ethernet, icmp, udp } from "../../support/frames.ts";
import { datagram6, frame6, icmp6, OUR_IP6, udp6 } from "../../support/frames6.ts";
import { RouterRig } from "../../support/router-rig.ts";
import { thorough } from "../../support/thorough.ts";

const COUNT = Number(process.env["FUZZ_COUNT"] ?? 20_000);
const SEEDS: readonly number[] = thorough([1], [1, 2, 3]);

const pick = <T>(random: Random, all: readonly T[]): T => all[below(random, all.length)] as T;
const octets = (random: Random, most: number): Uint8Array =>
  Uint8Array.from({ length: below(random, most) }, () => below(random, 256));

const HOSTS = ["10.77.0.1", "10.77.0.2", "10.78.0.1", "10.78.0.2", "192.0.2.1", "169.254.1.1", "10.78.0.255"];
const HOSTS6 = ["fd77::1", OUR_IP6, "fd78::1", "fd78::2", "2001:db8::1", "fe80::1"];

/** TCP with any flags. */
function tcp(random: Random): Uint8Array {
  const head = bytes(0x13, 0x88, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, below(random, 64), 1, 0, 0, 0, 0, 0);
  return bytes(head, octets(random, 20));
}

function transport(random: Random, fields: { from: string; to: string }): [number, Uint8Array] {
  const port = pick(random, [0, 9, 5000, 5001, 65_535]);
  switch (below(random, 5)) {
    case 0:
      return [17, udp(port, pick(random, [0, 9, 5000]), octets(random, 40), fields)];
    case 1:
      return [6, tcp(random)];
    case 2:
      return [
        1,
        icmp(
          pick(random, [0, 3, 5, 8, 11, 12, 13, 255]),
          below(random, 16),
          [0, port & 255, 0, 1],
          quote(random),
        ),
      ];
    case 3:
      return [pick(random, [1, 6, 17]), octets(random, 12)]; // cut off
    default:
      return [below(random, 256), octets(random, 60)];
  }
}

/** What an error quotes: a datagram that may well have passed before, or less. */
function quote(random: Random): Uint8Array {
  const fields = { from: pick(random, HOSTS), to: pick(random, HOSTS) };
  const whole = datagram(17, udp(pick(random, [5000, 5001]), 9, octets(random, 20), fields), fields);
  return whole.subarray(0, pick(random, [0, 8, 20, 27, 28, whole.length]));
}

function frame(random: Random): Uint8Array {
  const fields = { from: pick(random, HOSTS), to: pick(random, HOSTS) };
  const [protocol, payload] = transport(random, fields);
  const fragment = pick(random, [0, 0, 0, 0x4000, 0x2000, 0x2001, 1, 2, 0x1fff]);
  const options = pick(random, [
    bytes(),
    bytes(),
    bytes(7, 7, 4, 0, 0, 0, 0, 0),
    octets(random, 2).length > 0 ? bytes(1, 1, 1, 0) : bytes(),
  ]);
  const ttl = pick(random, [64, 64, 64, 1, 2, 0]);
  const whole = datagram(protocol, payload, { ...fields, fragment, options, ttl });
  if (below(random, 10) === 0) whole[below(random, whole.length)] = below(random, 256);
  return ethernet(whole);
}

function sixth(random: Random): Uint8Array {
  const fields = {
    from: pick(random, HOSTS6),
    to: pick(random, HOSTS6),
    hopLimit: pick(random, [64, 64, 1, 255]),
  };
  const inner = datagram6(17, udp6(5000, 9, octets(random, 20), fields), fields);
  const payloads: readonly (readonly [number, Uint8Array])[] = [
    [17, udp6(pick(random, [5000, 5001]), 9, octets(random, 40), fields)],
    [
      58,
      icmp6(pick(random, [1, 2, 3, 4, 128, 129, 135, 137]), below(random, 8), [0, 1, 0, 1], inner, fields),
    ],
    [44, bytes(17, 0, 0, below(random, 16), 0, 0, 0, below(random, 3), octets(random, 24))],
    [pick(random, [0, 43, 60]), bytes(17, 0, octets(random, 7), udp6(1, 2, bytes("x"), fields))],
    [below(random, 256), octets(random, 60)],
  ];
  const [next, payload] = pick(random, payloads);
  const whole = frame6(next, payload, { ...fields, mac: "02:00:0a:4d:00:02" });
  if (below(random, 10) === 0) whole[14 + below(random, whole.length - 14)] = below(random, 256);
  return whole;
}

/** What is wrong with what has left. */
function faultOf(sent: Uint8Array): string {
  if (sent[12] !== 0x08 || sent[13] !== 0) return "";
  if (checksum(sent.subarray(14, 14 + ((sent[14] ?? 0) & 15) * 4)) !== 0) return describeFrame(sent);
  return "";
}

describe("a router under whatever may come", () => {
  for (const seed of SEEDS) {
    it(`throws nothing, and gives every packet back, with seed ${seed}`, function () {
      this.timeout(60_000 + COUNT);
      const random = new Xoshiro128(seed);
      const rig = new RouterRig({ seed }, { reversePath: "loose" });
      const firewall = new Firewall(rig.router, {
        forward: {
          policy: "drop",
          rules: [{ state: ["established", "related", "new"], do: "accept" }, { do: "reject" }],
        },
        nat: [
          { do: "dnat", protocol: "udp", destination: "10.77.0.2", destinationPort: 9, to: "10.78.0.1:9" },
          { do: "masquerade", in: "eth0", out: "eth1", behaviour: pick(random, ["full-cone", "symmetric"]) },
        ],
        track: { most: 50 },
      });
      for (let i = 0; i < COUNT; i++) {
        const one = below(random, 3) === 0 ? sixth(random) : frame(random);
        if (below(random, 2) === 0) rig.receive(one);
        else rig.second.receive(one);
        for (const sent of [...rig.taken(), ...rig.second.sent.splice(0)])
          expect(faultOf(sent), `${i}`).to.equal("");
        if (i % 1000 === 999) rig.run(10_000_000 as never);
      }
      expect(firewall.tracker.table.size).to.be.at.most(50);
      expect(rig.router.counters.ipOutForwDatagrams).to.be.greaterThan(COUNT / 100);
      firewall.close();
      expect(firewall.tracker.table.size + (firewall.translator?.mappings.size ?? 0)).to.equal(0);
      rig.close();
    });
  }
});
