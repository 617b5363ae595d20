/** Many connections opened at once. */
import { expect } from "chai";
import { seconds } from "../../src/stack/index.ts";
import { at, twoHosts } from "../support/net.ts";

describe("many connections at once", () => {
  it("are all established although more SYNs than may wait come before the neighbour's address is known", () => {
    const { lab, alice, bob } = twoHosts(3, {});
    const listener = bob.stack.openTcp();
    expect(listener.bind(at(bob, 80))).to.equal(undefined);
    expect(listener.listen(1024)).to.equal(undefined);
    const clients = Array.from({ length: 200 }, () => alice.stack.openTcp());
    for (const client of clients) expect(client.connect(at(bob, 80))).to.equal(undefined);
    lab.time.elapse(seconds(4)); // what was crowded out is sent again after 1 s, and after 2 s more
    expect(clients.map((client) => client.failure).filter((failure) => failure !== undefined)).to.deep.equal(
      [],
    );
    expect(clients.filter((client) => client.connected)).to.have.length(200);
    lab.close();
  });
});
