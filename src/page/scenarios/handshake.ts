/** Three segments open a connection, and each side learns the other's first sequence number. */
import { connect, listen, readAll } from "../programs.ts";
import { choice, lineOf, numberOf, type Scenario, slider, surroundings, tcpOf, wordOf } from "../scenario.ts";

/** What the page shows. */
export const scenario: Scenario = {
  title: "The handshake",
  about:
    "Alice connects to a server of Bob's, says hello, and closes. Follow the three segments that open the connection, and the four that end it. Then let the first SYN be lost.",
  question: {
    text: "The first SYN is lost. How long does Alice wait before she sends it again?",
    options: ["One round trip", "200 ms", "1 second", "She does not: connect fails"],
    right: 2,
    because:
      "No round trip has been measured yet, so the retransmission timeout is its initial value of one second (RFC 6298 §2). It doubles each time.",
  },
  controls: {
    delay: slider("Delay, one way", 20, "ms", { from: 1, to: 500, step: 1 }),
    lost: choice("Lost", ["nothing", "the SYN", "the SYN's answer", "the last ACK"]),
    pause: slider("Alice waits before she closes", 100, "ms", { from: 0, to: 1000, step: 10 }),
    ...surroundings("loss", "rate", "queue", "sendBuffer", "receiveBuffer", "congestion"),
  },
  async run(lab, values) {
    const tcp = tcpOf(values);
    const alice = lab.host("alice", "10.0.0.1/24", { tcp });
    const bob = lab.host("bob", "10.0.0.2/24", { tcp });
    lab.link(alice, bob, { impairments: lineOf(values) });
    const lost = wordOf(values, "lost");
    if (lost === "the SYN") lab.drop({ from: "alice", flags: "S" });
    if (lost === "the SYN's answer") lab.drop({ from: "bob", flags: "S." });
    if (lost === "the last ACK") lab.drop({ from: "alice", flags: "." });

    const server = listen(bob, 80);
    await lab.run(async () => {
      const served = bob.sockets.accept(server).then(([socket]) => readAll(bob, socket));
      const client = await connect(alice, bob, 80);
      await alice.sockets.send(client, "hello");
      await lab.sleep(`${numberOf(values, "pause")}ms`);
      await alice.sockets.close(client);
      await served;
    });
    await lab.runFor("2s");
  },
};
