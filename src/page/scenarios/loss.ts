/** One segment is lost in the middle of a stream: what tells the sender, and how soon. */
import { transfer } from "../programs.ts";
import { choice, lineOf, numberOf, type Scenario, slider, surroundings, tcpOf, wordOf } from "../scenario.ts";

/** What the page shows. */
export const scenario: Scenario = {
  title: "Loss and fast retransmit",
  about:
    "Alice sends 100 kB, and one data segment is lost. The segments behind it arrive early, and Bob says so at once: each of his ACKs repeats what he waits for and names what he has (SACK). Alice need not wait for a timeout.",
  question: {
    text: "What makes Alice send the lost segment again?",
    options: [
      "Bob asks for it by name",
      "Her timer runs out",
      "Three segments behind it have been acknowledged",
      "The line reports the loss",
    ],
    right: 2,
    because:
      "A hole below three segments' worth of SACKed text counts as lost (RFC 6675 §4, IsLost). One early segment alone could be mere reordering. Without SACK, three duplicate ACKs say the same (RFC 5681 §3.2).",
  },
  controls: {
    delay: slider("Delay, one way", 20, "ms", { from: 1, to: 300, step: 1 }),
    which: slider("Which data segment is lost", 15, "", { from: 1, to: 69, step: 1 }),
    times: slider("How often in a row", 1, "×", { from: 1, to: 5, step: 1 }),
    sack: choice("SACK", ["on", "off"]),
    congestion: choice("Congestion control", ["cubic", "newreno", "fixed"]),
    ...surroundings("loss", ["rate", 4000], ["queue", 1000], "sendBuffer", "receiveBuffer"),
  },
  async run(lab, values) {
    const tcp = { ...tcpOf(values), config: { sack: wordOf(values, "sack") === "on" } };
    const alice = lab.host("alice", "10.0.0.1/24", { tcp });
    const bob = lab.host("bob", "10.0.0.2/24", { tcp });
    lab.link(alice, bob, { impairments: lineOf(values) });
    const nth = numberOf(values, "which");
    lab.drop({ from: "alice", protocol: "tcp", data: true }, { nth, times: numberOf(values, "times") });
    await lab.run(transfer(alice, bob, 100_000));
  },
};
