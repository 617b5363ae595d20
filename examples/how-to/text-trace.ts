/** What happens in a stack, as text: frames as tcpdump writes them, changes of state, drops. */
import { AF_INET, INADDR_ANY, SOCK_STREAM } from "tapstack";
import { TextTrace } from "tapstack/drivers/observe";
import { Lab } from "tapstack/lab";
import type { Clock } from "tapstack/stack";

const lab = new Lab();
const clock: Clock = lab.time;
const tracer = new TextTrace({ clock, line: (text) => console.log(text) });
const alice = lab.host("alice", "10.0.0.1/24", { tracer });
const bob = lab.host("bob", "10.0.0.2/24");
lab.link(alice, bob, { impairments: "delay=5ms" });

const server = bob.sockets.socket(AF_INET, SOCK_STREAM);
bob.sockets.bind(server, AF_INET, INADDR_ANY, 7);
bob.sockets.listen(server, 1);
const client = alice.sockets.socket(AF_INET, SOCK_STREAM);
await lab.run(alice.sockets.connect(client, bob.at(7)));
await lab.run(alice.sockets.send(client, Buffer.from("hello")));
