/** Both sides close at once: CLOSING, a state that is hardly ever seen. */
import { connect, listen, readAll } from "../programs.ts";
import { lineOf, numberOf, type Scenario, slider, surroundings, tcpOf } from "../scenario.ts";

/** What the page shows. */
export const scenario: Scenario = {
  title: "Both close at once",
  about:
    "Alice and Bob close their ends at the same moment. The two FINs cross on the way. Look at the states: FIN-WAIT-1, CLOSING, TIME-WAIT. Make the difference larger than the delay, and the usual close comes back.",
  question: {
    text: "Who is in TIME-WAIT at the end?",
    options: ["Alice", "Bob", "Both", "Neither"],
    right: 2,
    because:
      "Each has sent a FIN before it saw the other's, so each was the active closer (RFC 9293 §3.6, figure 13). Each has to stay, since its last ACK may be lost.",
  },
  controls: {
    delay: slider("Delay, one way", 50, "ms", { from: 1, to: 300, step: 1 }),
    later: slider("Bob closes later by", 0, "ms", { from: 0, to: 400, step: 5 }),
    ...surroundings("loss", "rate", "queue", "sendBuffer", "receiveBuffer", "congestion"),
  },
  async run(lab, values) {
    const tcp = tcpOf(values);
    const alice = lab.host("alice", "10.0.0.1/24", { tcp });
    const bob = lab.host("bob", "10.0.0.2/24", { tcp });
    lab.link(alice, bob, { impairments: lineOf(values) });
    const server = listen(bob, 80);
    await lab.run(async () => {
      const accepted = bob.sockets.accept(server);
      const client = await connect(alice, bob, 80);
      const [served] = await accepted;
      await lab.sleep("100ms");
      alice.sockets.shutdown(client, 1);
      await lab.sleep(`${numberOf(values, "later")}ms`);
      bob.sockets.shutdown(served, 1);
      await Promise.all([readAll(alice, client), readAll(bob, served)]);
    });
    await lab.runFor("2s");
  },
};
