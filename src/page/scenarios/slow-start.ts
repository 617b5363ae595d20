/** How a sender finds out how fast the way is: slow start, then congestion avoidance. */
import { transfer } from "../programs.ts";
import { choice, lineOf, numberOf, type Scenario, slider, surroundings, tcpOf } from "../scenario.ts";

/** What the page shows. */
export const scenario: Scenario = {
  title: "Slow start and CUBIC",
  about:
    "Alice sends a file through a bottleneck. Watch cwnd, what may be in flight: it doubles with each round trip until the queue says stop, by delay or by loss. Then it falls, and grows again along a cubic curve.",
  question: {
    text: "What happens to the round-trip time while the queue fills?",
    options: ["It stays as it is", "It grows", "It shrinks", "It jumps at random"],
    right: 1,
    because:
      "What waits in the queue adds to the round trip: queue in octets divided by the rate. HyStart++ (RFC 9406) takes just that growth as the sign to leave slow start.",
  },
  controls: {
    size: slider("File", 1500, "kB", { from: 50, to: 5000, step: 50 }),
    rate: slider("Bottleneck", 10_000, "kbit", { from: 500, to: 50_000, step: 500 }),
    delay: slider("Delay, one way", 25, "ms", { from: 1, to: 200, step: 1 }),
    queue: slider("Queue", 40, "kB", { from: 3, to: 500, step: 1 }),
    congestion: choice("Congestion control", ["cubic", "newreno", "fixed"]),
    ...surroundings("loss", "sendBuffer", "receiveBuffer"),
  },
  async run(lab, values) {
    const tcp = tcpOf(values);
    const alice = lab.host("alice", "10.0.0.1/24", { tcp });
    const bob = lab.host("bob", "10.0.0.2/24", { tcp });
    lab.link(alice, bob, { impairments: lineOf(values, "out:") });
    await lab.run(transfer(alice, bob, numberOf(values, "size") * 1000));
  },
};
