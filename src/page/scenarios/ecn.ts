/** A queue that marks instead of dropping: congestion control without loss. */
import { transfer } from "../programs.ts";
import { choice, lineOf, numberOf, type Scenario, slider, surroundings, tcpOf, wordOf } from "../scenario.ts";

/** What the page shows. */
export const scenario: Scenario = {
  title: "ECN: a mark instead of a loss",
  about:
    "The bottleneck's queue is managed by CoDel. If both ends agreed on ECN in the handshake, it marks a packet where it would drop it; Bob echoes the mark (ECE) until Alice says that she has slowed down (CWR).",
  question: {
    text: "Alice gets an ACK with ECE. What does she do?",
    options: [
      "She sends the marked segment again",
      "She makes cwnd smaller, as after a loss, and sends nothing again",
      "She waits for a timeout",
      "Nothing: ECE is for statistics",
    ],
    right: 1,
    because:
      "A mark counts as a loss for cwnd, once per round trip, but nothing was lost, so nothing is sent again (RFC 3168 §6.1.2).",
  },
  controls: {
    ecn: choice("ECN", ["on", "off"]),
    rate: slider("Bottleneck", 5000, "kbit", { from: 500, to: 20_000, step: 500 }),
    delay: slider("Delay, one way", 20, "ms", { from: 1, to: 100, step: 1 }),
    size: slider("File", 1500, "kB", { from: 200, to: 4000, step: 100 }),
    queue: slider("Queue", 500, "kB", { from: 10, to: 1000, step: 10 }),
    ...surroundings("loss", "sendBuffer", "receiveBuffer", "congestion"),
  },
  async run(lab, values) {
    const ecn = wordOf(values, "ecn") === "on" ? "active" : "off";
    const tcp = { ...tcpOf(values), config: { ecn } } as const;
    const alice = lab.host("alice", "10.0.0.1/24", { tcp });
    const bob = lab.host("bob", "10.0.0.2/24", { tcp });
    lab.link(alice, bob, { impairments: `${lineOf(values, "out:")}:codel` });
    await lab.run(transfer(alice, bob, numberOf(values, "size") * 1000));
  },
};
