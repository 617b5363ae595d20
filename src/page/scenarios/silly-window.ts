/** A reader that takes a few octets at a time, and why the window does not open by as few. */
import { connect, listen, sendAll } from "../programs.ts";
import { lineOf, numberOf, type Scenario, slider, surroundings, tcpOf } from "../scenario.ts";

/** What the page shows. */
export const scenario: Scenario = {
  title: "Silly window",
  about:
    "Bob's application reads a few octets at a time from a full buffer. If he told Alice of each little space, she would fill it with a tiny segment, and so on for ever: the silly window syndrome. Look at when the window edge moves.",
  question: {
    text: "How much must be free before Bob tells Alice?",
    options: [
      "One octet",
      "What the application has just read",
      "A full segment, or half the buffer",
      "The whole buffer",
    ],
    right: 2,
    because:
      "The receiver keeps the right edge of its window where it is until it can move it by a segment, or by half of the buffer if that is less (RFC 9293 §3.8.6.2.2).",
  },
  controls: {
    delay: slider("Delay, one way", 10, "ms", { from: 1, to: 200, step: 1 }),
    buffer: slider("Bob's buffer (SO_RCVBUF)", 4, "KiB", { from: 3, to: 64, step: 1 }),
    read: slider("Bob reads at a time", 100, "octets", { from: 10, to: 3000, step: 10 }),
    every: slider("… every", 10, "ms", { from: 1, to: 100, step: 1 }),
    size: slider("Alice sends", 30, "kB", { from: 5, to: 200, step: 5 }),
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
      const little = new Uint8Array(numberOf(values, "read"));
      while ((await bob.sockets.recvInto(socket, little)) > 0)
        await lab.sleep(`${numberOf(values, "every")}ms`);
      await bob.sockets.close(socket);
    }
    async function send(): Promise<void> {
      const client = await connect(alice, bob, 80);
      await sendAll(alice, client, numberOf(values, "size") * 1000);
    }
    await lab.run(Promise.all([serve(), send()]));
  },
};
