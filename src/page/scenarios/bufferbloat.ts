/** A large queue makes a line slow for everybody, even those who send little. */
import { AF_INET, INADDR_ANY, SOCK_DGRAM } from "tapstack";
import { transfer } from "../programs.ts";
import { choice, lineOf, numberOf, type Scenario, slider, surroundings, tcpOf, wordOf } from "../scenario.ts";

/** What the page shows. */
export const scenario: Scenario = {
  title: "Bufferbloat",
  about:
    "Alice uploads a file through a slow line while a small datagram goes to Bob and back every 50 ms, as in a game or a call. A large queue is filled by the upload, and each datagram waits behind all of it. Try the disciplines.",
  question: {
    text: "Twice as large a queue: what becomes of the upload's rate?",
    options: ["It doubles", "It is nearly the same", "It halves"],
    right: 1,
    because:
      "The bottleneck was busy all the time already. A larger queue only makes everybody wait longer; about one bandwidth-delay product of it is of use. CoDel (RFC 8289) keeps the wait near 5 ms.",
  },
  controls: {
    rate: slider("Line", 4000, "kbit", { from: 500, to: 20_000, step: 500 }),
    delay: slider("Delay, one way", 10, "ms", { from: 1, to: 100, step: 1 }),
    queue: slider("Queue", 200, "kB", { from: 10, to: 1000, step: 10 }),
    discipline: choice("Discipline", ["drop-tail", "red", "codel", "fq_codel"]),
    size: slider("File", 1500, "kB", { from: 200, to: 4000, step: 100 }),
    congestion: choice("Congestion control", ["cubic", "newreno", "fixed"]),
    ...surroundings("loss", "sendBuffer", "receiveBuffer"),
  },
  async run(lab, values) {
    const tcp = tcpOf(values);
    const alice = lab.host("alice", "10.0.0.1/24", { tcp });
    const bob = lab.host("bob", "10.0.0.2/24", { tcp });
    lab.link(alice, bob, { impairments: `${lineOf(values, "out:")}:${wordOf(values, "discipline")}` });

    const echo = bob.sockets.socket(AF_INET, SOCK_DGRAM);
    bob.sockets.bind(echo, AF_INET, INADDR_ANY, 7);
    const pinger = alice.sockets.socket(AF_INET, SOCK_DGRAM);
    let busy = true;
    async function answer(): Promise<void> {
      const buffer = new Uint8Array(64);
      for (;;) {
        const [count, from] = await bob.sockets.recvfromInto(echo, buffer);
        await bob.sockets.sendto(echo, buffer.slice(0, count), from as ReturnType<typeof bob.at>);
      }
    }
    async function ping(): Promise<void> {
      while (busy) {
        await alice.sockets.sendto(pinger, new Uint8Array(32), bob.at(7));
        await lab.sleep("50ms");
      }
    }
    async function upload(): Promise<void> {
      await transfer(alice, bob, numberOf(values, "size") * 1000);
      busy = false;
    }
    await lab.run(Promise.race([answer(), Promise.all([ping(), upload()])]));
  },
};
