/**
 * IP options and extension headers that our sockets send, seen by the kernel at the other end of a TAP: what it reads of them
 * (IP_RECVOPTS, RFC 3542), and that the text behind them is whole, in one datagram, in fragments, and in a stream.
 */
import { expect } from "chai";
import { skipIf } from "../support/peers.ts";
import type { Task } from "./headers-child.ts";
import { type Child, type Event, Namespace } from "./namespace.ts";

const OPTIONS = 4;
const HOPOPTS = 54;
const DSTOPTS = 59;
const MTU = 24;
const RECVOPTS = 6;
const RETOPTS = 7;

const PADDING = "0000010400000000";
const LONG = `000f1e7a${"00".repeat(122)}0100`;
/** Our address and the kernel's, 10.98.9.2 and 10.98.9.1. */
const OURS = "0a620902";
const KERNEL = "0a620901";

/** As the kernel shows it: the first octet says what comes next. */
const placed = (next: number, header: string): string => next.toString(16).padStart(2, "0") + header.slice(2);
const UDP = 17;
const DESTINATION = 60;

for (const offload of [true, false]) {
  describe(`headers that sockets send over a TAP ${offload ? "with" : "without"} offloads`, function () {
    this.timeout(120_000);
    const namespace = new Namespace(offload ? "headers" : "headersplain");
    let ours: Child;

    before(async function () {
      skipIf(this, await namespace.open("python3"));
      ours = namespace.start("build/test/interop/headers-child.js", String(offload));
      await ours.next("ready");
      namespace.run("sysctl -qw net.ipv6.conf.tap9.disable_ipv6=0");
      namespace.run("ip -6 addr add fd98::1/64 dev tap9 nodad");
      const kernel = namespace.startProgram(
        "python3",
        "test/interop/headers_peer.py",
        "10.98.9.1",
        "fd98::1",
        "7000",
      );
      await kernel.next("ready");
    });

    after(async () => {
      await namespace.killAll();
      namespace.close();
    });

    async function send(task: Task): Promise<Event> {
      ours.tell(JSON.stringify(task));
      const answer = await ours.next("answer");
      expect(answer["octets"]).to.equal(task.octets);
      expect(answer["md5"]).to.equal(answer["sent"]);
      return answer;
    }

    it("shows the kernel IP options, our address and its own recorded in them (RFC 791 §3.1)", async () => {
      const answer = await send({
        family: 4,
        style: "datagram",
        octets: 100,
        options: { [OPTIONS]: "070f04000000000000000000000000" },
      });
      const recorded = `070f0c${OURS}${KERNEL}0000000000`;
      expect(answer["control"]).to.deep.equal([
        [RECVOPTS, recorded],
        [RETOPTS, recorded],
      ]);
    });

    it("cuts up a datagram with options, and the kernel puts it together", async () => {
      const answer = await send({
        family: 4,
        style: "datagram",
        octets: 10_000,
        options: { [OPTIONS]: "0707040000000088040005" },
      });
      expect(answer["control"]).to.deep.equal([
        [RECVOPTS, `070708${OURS}8804000500`],
        [RETOPTS, `070708${OURS}00`],
      ]);
    });

    for (const [name, options, control] of [
      ["hop-by-hop options", { [HOPOPTS]: PADDING }, [[HOPOPTS, placed(UDP, PADDING)]]],
      ["destination options", { [DSTOPTS]: PADDING }, [[DSTOPTS, placed(UDP, PADDING)]]],
      [
        "both",
        { [HOPOPTS]: "0000050200000100", [DSTOPTS]: PADDING },
        [
          [HOPOPTS, placed(DESTINATION, "0000050200000100")],
          [DSTOPTS, placed(UDP, PADDING)],
        ],
      ],
      ["a long header", { [DSTOPTS]: LONG }, [[DSTOPTS, placed(UDP, LONG)]]],
    ] as const) {
      for (const octets of [0, 1000, 20_000]) {
        it(`shows the kernel ${name} before ${octets} octets (RFC 3542)`, async () => {
          const answer = await send({ family: 6, style: "datagram", octets, options });
          expect(answer["control"]).to.deep.equal(control);
        });
      }
    }

    it("cuts up by IPV6_MTU", async () => {
      const count = (): number =>
        Number(/Ip6ReasmReqds\s+(\d+)/.exec(namespace.run("cat /proc/net/snmp6"))?.[1]);
      const earlier = count();
      await send({ family: 6, style: "datagram", octets: 1400, options: { [MTU]: 1280 } });
      expect(count() - earlier).to.equal(2);
      await send({ family: 6, style: "datagram", octets: 1400, options: {} });
      expect(count() - earlier).to.equal(2);
    });

    for (const [name, family, options] of [
      ["IP options", 4, { [OPTIONS]: "88040005" }],
      ["hop-by-hop options", 6, { [HOPOPTS]: PADDING }],
      ["long destination options", 6, { [DSTOPTS]: LONG }],
    ] as const) {
      it(`sends a stream behind ${name}`, async () => {
        const plain = await send({ family, style: "stream", octets: 10, options: {} });
        const answer = await send({ family, style: "stream", octets: 1_000_000, options });
        // What the options take is not in the MSS that is announced (RFC 6691 §2).
        expect(answer["mss"]).to.equal(plain["mss"]);
      });
    }
  });
}
