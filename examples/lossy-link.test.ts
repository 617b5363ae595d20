import { expect } from "chai";
import { AF_INET, INADDR_ANY, SOCK_STREAM } from "tapstack";
import { Lab } from "tapstack/lab";

describe("TCP", () => {
  it("delivers behind a link that loses every third frame", async () => {
    const lab = new Lab({ seed: 1 });
    const alice = lab.host("alice", "10.0.0.1/24");
    const bob = lab.host("bob", "10.0.0.2/24");
    lab.link(alice, bob, { impairments: "loss=33%,delay=20ms" });
    const server = bob.sockets.socket(AF_INET, SOCK_STREAM);
    bob.sockets.bind(server, AF_INET, INADDR_ANY, 7);
    bob.sockets.listen(server, 1);
    const client = alice.sockets.socket(AF_INET, SOCK_STREAM);
    const received = new Uint8Array(5);
    await lab.run(async () => {
      const accepted = bob.sockets.accept(server);
      await alice.sockets.connect(client, AF_INET, 0x0a00_0002, 7);
      await alice.sockets.send(client, Uint8Array.of(1, 2, 3, 4, 5));
      await bob.sockets.recvInto((await accepted)[0], received);
    });
    expect([...received]).to.deep.equal([1, 2, 3, 4, 5]);
  });
});
