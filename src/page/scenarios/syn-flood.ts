/** Somebody opens connections and never finishes: what that does to a server, and to honest clients. */
import { AF_INET, SOCK_NONBLOCK, SOCK_STREAM } from "tapstack";
import { connect, listen, readAll } from "../programs.ts";
import { choice, lineOf, numberOf, type Scenario, slider, surroundings, wordOf } from "../scenario.ts";

/** What the page shows. */
export const scenario: Scenario = {
  title: "A flood of SYNs",
  about:
    "Mallory sends SYN after SYN and never acknowledges the answers. Each half-open connection takes a place in Bob's queue. When it is full, Bob answers with SYN cookies: all that he must remember is in the sequence number of his answer. Alice, who is honest, connects in the midst of it.",
  question: {
    text: "Can Alice connect while the flood goes on?",
    options: ["Yes", "Only after it is over", "Only if she is lucky"],
    right: 0,
    because:
      "The ACK that ends her handshake carries the cookie back, and Bob makes the connection from it (RFC 4987 §3.6). He remembers nothing of the others.",
  },
  controls: {
    delay: slider("Delay, one way", 10, "ms", { from: 1, to: 100, step: 1 }),
    flood: slider("SYNs of the flood", 300, "", { from: 10, to: 2000, step: 10 }),
    cookies: choice("SYN cookies", ["when-full", "never", "always"]),
    queue: slider("Places for half-open connections", 64, "", { from: 1, to: 512, step: 1 }),
    ...surroundings("loss", "rate"),
  },
  async run(lab, values) {
    const synCookies = wordOf(values, "cookies") as "when-full" | "never" | "always";
    const config = { synQueue: numberOf(values, "queue"), synCookies };
    const middle = lab.switch();
    const alice = lab.host("alice", "10.0.0.1/24");
    const bob = lab.host("bob", "10.0.0.2/24", { tcp: { config } });
    const mallory = lab.host("mallory", "10.0.0.66/24");
    for (const host of [alice, bob, mallory]) {
      lab.link(host, middle, { impairments: lineOf({ ...values, delay: numberOf(values, "delay") / 2 }) });
    }
    lab.drop({ from: "bob", to: "mallory", protocol: "tcp" }, { times: "always" });
    const server = listen(bob, 80);
    async function serve(): Promise<void> {
      const [socket] = await bob.sockets.accept(server);
      await readAll(bob, socket);
    }
    async function flood(): Promise<void> {
      for (let sent = 0; sent < numberOf(values, "flood"); sent++) {
        const socket = mallory.sockets.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
        await mallory.sockets.connect(socket, bob.at(80)).catch(() => undefined); // EINPROGRESS
        if (sent % 10 === 9) await lab.sleep("1ms");
      }
    }
    async function ask(): Promise<void> {
      await lab.sleep("100ms");
      const client = await connect(alice, bob, 80);
      await alice.sockets.send(client, "an honest request");
      await alice.sockets.close(client);
    }
    await lab.run(Promise.race([Promise.all([serve(), flood(), ask()]), lab.sleep("30s")]));
  },
};
