/** Why a segment was sent, what a connection waits for, and where the time of its octets went. */
import { AF_INET, INADDR_ANY, SOCK_STREAM } from "tapstack";
import { totalWaits, whereTimeWent, why, whyNot } from "tapstack/explain";
import { Lab } from "tapstack/lab";

const lab = new Lab({ seed: 7, events: true });
const alice = lab.host("alice", "10.0.0.1/24");
const bob = lab.host("bob", "10.0.0.2/24");
lab.link(alice, bob, { impairments: "delay=20ms,rate=10mbit,queue=100kb" });
lab.drop({ from: "alice", data: true }, { nth: 5 });

const server = bob.sockets.socket(AF_INET, SOCK_STREAM);
bob.sockets.bind(server, AF_INET, INADDR_ANY, 7);
bob.sockets.listen(server, 1);
const client = alice.sockets.socket(AF_INET, SOCK_STREAM);
const accepted = bob.sockets.accept(server);
await lab.run(alice.sockets.connect(client, bob.at(7)));
const [connection] = await lab.run(accepted);
await lab.run(alice.sockets.send(client, new Uint8Array(60_000)));

console.log(whyNot(lab.events, { host: "alice" }).text);

let unread = 60_000;
while (unread > 0) unread -= await lab.run(bob.sockets.recvInto(connection, new Uint8Array(60_000)));

for (const event of lab.events.events({ host: "alice", kinds: ["segment"] })) {
  if (event.kind !== "segment" || event.reason !== "fastRetransmit") continue;
  console.log(`\n${why(lab.events, event).text}\n`);
  const waits = totalWaits(whereTimeWent(lab.events, "alice", event.connection));
  for (const [wait, total] of Object.entries(waits)) {
    if (total > 0) console.log(`${wait}: ${(total / 60_000 / 1000).toFixed(3)} ms an octet`);
  }
}
