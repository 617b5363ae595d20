/** Before the first packet to a neighbour comes a question: who has this address? */
import { AF_INET, INADDR_ANY, inetSockaddr, SOCK_DGRAM } from "tapstack";
import { choice, lineOf, numberOf, type Scenario, slider, surroundings, wordOf } from "../scenario.ts";

/** What the page shows. */
export const scenario: Scenario = {
  title: "ARP",
  about:
    "Three hosts on a switch. Alice sends a datagram to Bob, and another a minute later. An IP packet needs a station address first, so Alice asks everybody; only Bob answers. Let the question be lost, or the address belong to nobody.",
  question: {
    text: "What does Alice do with the datagram while she waits for the answer?",
    options: ["She drops it", "She keeps it", "She sends it to everybody", "She refuses the call"],
    right: 1,
    because:
      "The most recent packets for an unresolved address are kept until it is known (RFC 1122 §2.3.2.2), a few of them: what does not fit is dropped, with a reason.",
  },
  controls: {
    to: choice("To", ["Bob", "nobody's address"]),
    lost: choice("Lost", ["nothing", "the first question", "the answer"]),
    pause: slider("Pause between the datagrams", 60, "s", { from: 1, to: 600, step: 1 }),
    delay: slider("Delay of each cable", 1, "ms", { from: 0, to: 500, step: 1 }),
    ...surroundings("loss", "rate", "queue"),
  },
  async run(lab, values) {
    const middle = lab.switch();
    const [alice, bob, carol] = ["alice", "bob", "carol"].map((name, at) => {
      const host = lab.host(name, `10.0.0.${at + 1}/24`, { claim: "off" });
      lab.link(host, middle, { impairments: lineOf(values) });
      return host;
    });
    if (alice === undefined || bob === undefined || carol === undefined) return;
    const lost = wordOf(values, "lost");
    if (lost === "the first question") lab.drop({ from: "alice", protocol: "arp" });
    if (lost === "the answer") lab.drop({ from: "bob", protocol: "arp" });
    const receiver = bob.sockets.socket(AF_INET, SOCK_DGRAM);
    bob.sockets.bind(receiver, AF_INET, INADDR_ANY, 9);
    const sender = alice.sockets.socket(AF_INET, SOCK_DGRAM);
    const address = wordOf(values, "to") === "Bob" ? bob.at(9) : inetSockaddr(0x0a00_0063, 9);
    await lab.run(async () => {
      for (let sent = 0; sent < 2; sent++) {
        await alice.sockets.sendto(sender, "hello", address).catch(() => undefined);
        await lab.sleep(`${numberOf(values, "pause")}s`);
      }
    });
  },
};
