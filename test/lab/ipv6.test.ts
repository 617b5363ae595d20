/** Hosts of a Lab with IPv6 addresses. */
import { expect } from "chai";
import { AF_INET6, SOCK_STREAM } from "../../src/api/index.ts";
import { Lab } from "../../src/lab/index.ts";

describe("a Lab with IPv6", () => {
  it("has hosts that talk at once, by the same calls", async () => {
    const lab = new Lab({ seed: 1 });
    const alice = lab.host("alice", "fd00::1/64");
    const bob = lab.host("bob", "fd00::2/64");
    lab.link(alice, bob, { impairments: "delay=1ms" });
    const heard = await lab.run(
      (async () => {
        const server = bob.sockets.socket(AF_INET6, SOCK_STREAM);
        bob.sockets.bind(server, bob.at(7));
        bob.sockets.listen(server, 1);
        const client = alice.sockets.socket(AF_INET6, SOCK_STREAM);
        await alice.sockets.connect(client, bob.at(7));
        await alice.sockets.send(client, new TextEncoder().encode("hello"));
        const [connection] = await bob.sockets.accept(server);
        const into = new Uint8Array(9);
        const count = await bob.sockets.recvInto(connection, into);
        return new TextDecoder().decode(into.subarray(0, count));
      })(),
    );
    expect(heard).to.equal("hello");
    expect(`${alice.ip}`).to.equal("fd00::1");
    lab.close();
  });

  it("refuses what is no address", () => {
    const lab = new Lab({ seed: 1 });
    for (const text of ["fd00::1", "fd00::1/129", "fd00:::1/64", "10.0.0.1/33", "::g/64"]) {
      expect(() => lab.host("x", text), text).to.throw(RangeError);
    }
    lab.close();
  });
});
