/** Nagle's algorithm and delayed ACKs, each sensible, wait for one another. */
import { IPPROTO_TCP, TCP_NODELAY } from "tapstack";
import { connect, listen, readAll } from "../programs.ts";
import { choice, lineOf, numberOf, type Scenario, slider, surroundings, tcpOf, wordOf } from "../scenario.ts";

/** What the page shows. */
export const scenario: Scenario = {
  title: "Nagle against the delayed ACK",
  about:
    "Alice writes each request in two small pieces, header and body, and Bob answers when he has both. Nagle's algorithm holds the second piece until the first is acknowledged; Bob holds his ACK since an answer might carry it.",
  question: {
    text: "Who breaks the deadlock, when nobody turns anything off?",
    options: [
      "Alice's retransmission timer",
      "Bob's delayed-ACK timer",
      "The application",
      "Nobody: it hangs",
    ],
    right: 1,
    because:
      "After at most 500 ms (RFC 9293 §3.8.6.3; 40 ms here) Bob acknowledges without an answer to carry it. Then Nagle lets the second piece go. TCP_NODELAY, or writing both at once, avoids the wait.",
  },
  controls: {
    delay: slider("Delay, one way", 5, "ms", { from: 1, to: 100, step: 1 }),
    nagle: choice("Nagle's algorithm (TCP_NODELAY)", ["on", "off"]),
    requests: slider("Requests", 20, "", { from: 1, to: 50, step: 1 }),
    pieces: choice("Alice writes a request", ["in two pieces", "at once"]),
    ...surroundings("loss", "rate", "queue", "sendBuffer", "receiveBuffer", "congestion"),
  },
  async run(lab, values) {
    const tcp = tcpOf(values);
    const alice = lab.host("alice", "10.0.0.1/24", { tcp });
    const bob = lab.host("bob", "10.0.0.2/24", { tcp });
    lab.link(alice, bob, { impairments: lineOf(values) });
    const server = listen(bob, 80);
    const requests = numberOf(values, "requests");
    async function serve(): Promise<void> {
      const [socket] = await bob.sockets.accept(server);
      const request = new Uint8Array(200);
      for (let served = 0; served < requests; served++) {
        for (let have = 0; have < 200; ) have += await bob.sockets.recvInto(socket, request, 0, have);
        await bob.sockets.send(socket, new Uint8Array(100));
      }
      await readAll(bob, socket);
    }
    async function ask(): Promise<void> {
      const { recvInto, send, setsockopt, close } = alice.sockets;
      const client = await connect(alice, bob, 80);
      setsockopt(client, IPPROTO_TCP, TCP_NODELAY, wordOf(values, "nagle") === "on" ? 0 : 1);
      const answer = new Uint8Array(100);
      const sizes = wordOf(values, "pieces") === "at once" ? [200] : [80, 120];
      for (let asked = 0; asked < requests; asked++) {
        for (const size of sizes) await send(client, new Uint8Array(size));
        for (let have = 0; have < 100; ) have += await recvInto(client, answer, 0, have);
      }
      await close(client);
    }
    await lab.run(Promise.all([serve(), ask()]));
    await lab.runFor("1s");
  },
};
