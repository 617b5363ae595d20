/** A reader that stops reading: the window closes, and the sender asks now and then. */
import { connect, listen, readAll, sendAll } from "../programs.ts";
import { choice, lineOf, numberOf, type Scenario, slider, surroundings, tcpOf, wordOf } from "../scenario.ts";

/** What the page shows. */
export const scenario: Scenario = {
  title: "Zero window",
  about:
    "Bob accepts the connection, and does not read for a while. His buffer fills, and the window that he tells Alice shrinks to nothing. What if the segment that opens it again is lost?",
  question: {
    text: "The window update is lost. What saves the connection?",
    options: [
      "Bob sends it again",
      "Alice's window probes",
      "Nothing: both wait for ever",
      "The keep-alive timer",
    ],
    right: 1,
    because:
      "An ACK without text is never sent again by itself. So Alice must ask, with growing pauses, for as long as the window is closed (RFC 9293 §3.8.6.1).",
  },
  controls: {
    delay: slider("Delay, one way", 20, "ms", { from: 1, to: 200, step: 1 }),
    sleep: slider("Bob does not read for", 3000, "ms", { from: 100, to: 20_000, step: 100 }),
    buffer: slider("Bob's buffer (SO_RCVBUF)", 16, "KiB", { from: 3, to: 128, step: 1 }),
    lost: choice("The window update is", ["lost", "delivered"]),
    ...surroundings("loss", "rate", "queue", "sendBuffer", "congestion"),
  },
  async run(lab, values) {
    const tcp = tcpOf(values);
    const alice = lab.host("alice", "10.0.0.1/24", { tcp });
    const bob = lab.host("bob", "10.0.0.2/24", { tcp });
    lab.link(alice, bob, { impairments: lineOf(values) });
    const server = listen(bob, 80, { receiveBuffer: numberOf(values, "buffer") * 1024 });
    async function serve(): Promise<void> {
      const [socket] = await bob.sockets.accept(server);
      await lab.sleep(`${numberOf(values, "sleep")}ms`);
      if (wordOf(values, "lost") === "lost") lab.drop({ from: "bob", protocol: "tcp" });
      await readAll(bob, socket);
    }
    async function send(): Promise<void> {
      const client = await connect(alice, bob, 80);
      await sendAll(alice, client, 200_000);
    }
    await lab.run(Promise.all([serve(), send()]));
  },
};
