/** A datagram that is larger than the line takes: IP cuts it up, and puts it together again. */
import { AF_INET, INADDR_ANY, SOCK_DGRAM } from "tapstack";
import { choice, lineOf, numberOf, type Scenario, slider, surroundings, wordOf } from "../scenario.ts";

/** What the page shows. */
export const scenario: Scenario = {
  title: "Fragments",
  about:
    "Alice sends UDP datagrams that are larger than the MTU. IP cuts each into fragments; Bob's IP keeps them until all have come. Lose one, and look at what becomes of the rest.",
  question: {
    text: "One fragment of a datagram is lost. What does Bob's application get?",
    options: [
      "The datagram with a gap",
      "The part before the gap",
      "Nothing of it",
      "All: IP asks for the fragment again",
    ],
    right: 2,
    because:
      "IP never sends anything again. The fragments that came are thrown away after a while (RFC 1122 §3.3.2), and the sender is told by ICMP Time Exceeded if the first fragment was among them.",
  },
  controls: {
    size: slider("Datagram", 4000, "octets", { from: 100, to: 20_000, step: 100 }),
    mtu: slider("MTU", 1500, "octets", { from: 576, to: 1500, step: 4 }),
    count: slider("Datagrams", 3, "", { from: 1, to: 10, step: 1 }),
    lost: choice("Lost", ["nothing", "the second frame", "the last frame"]),
    ...surroundings("delay", "loss", ["rate", 10_000], "queue"),
  },
  async run(lab, values) {
    const mtu = numberOf(values, "mtu");
    const alice = lab.host("alice", "10.0.0.1/24");
    const bob = lab.host("bob", "10.0.0.2/24");
    lab.link(alice, bob, { mtu, impairments: lineOf(values) });
    const size = numberOf(values, "size");
    const count = numberOf(values, "count");
    const pieces = Math.ceil((size + 8) / ((mtu - 20) & ~7));
    const lost = wordOf(values, "lost");
    if (lost === "the second frame") lab.drop({ from: "alice", to: "bob" }, { nth: 2 + 1 });
    if (lost === "the last frame") lab.drop({ from: "alice", to: "bob" }, { nth: count * pieces + 1 });

    const receiver = bob.sockets.socket(AF_INET, SOCK_DGRAM);
    bob.sockets.bind(receiver, AF_INET, INADDR_ANY, 9);
    const sender = alice.sockets.socket(AF_INET, SOCK_DGRAM);
    await lab.run(async () => {
      for (let sent = 0; sent < count; sent++) {
        await alice.sockets.sendto(sender, new Uint8Array(size), bob.at(9));
        await lab.sleep("50ms");
      }
    });
    await lab.runFor("40s");
  },
};
