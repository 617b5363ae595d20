/** The test that the README shows: the package by its own name, as an application imports it. */
import { expect } from "chai";
import { AF_INET, INADDR_ANY, SOCK_STREAM } from "tapstack";
import { Lab } from "tapstack/lab";

it("A greeting arrives over a line that loses every tenth frame", async () => {
  const lab = new Lab({ seed: 42 });
  const alice = lab.host("alice", "10.0.0.1/24");
  const bob = lab.host("bob", "10.0.0.2/24");
  lab.link(alice, bob, { impairments: "loss=10%,delay=20ms,reorder=25%" });

  const listener = bob.sockets.socket(AF_INET, SOCK_STREAM);
  bob.sockets.bind(listener, AF_INET, INADDR_ANY, 7);
  bob.sockets.listen(listener, 5);
  const client = alice.sockets.socket(AF_INET, SOCK_STREAM);
  const [[server]] = await lab.run(
    Promise.all([bob.sockets.accept(listener), alice.sockets.connect(client, bob.at(7))]),
  );
  const buffer = Buffer.alloc(100);
  await alice.sockets.send(client, Buffer.from("hello"));
  const count = await lab.run(bob.sockets["recv!"](server, buffer));
  expect(buffer.toString("utf8", 0, count)).to.equal("hello");
});
