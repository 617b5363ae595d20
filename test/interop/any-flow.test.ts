/** The program in the README that catches any flow, over a TUN, against the kernel's nc and ping. */
import { expect } from "chai";
import { skipIf } from "../support/peers.ts";
import { Namespace } from "./namespace.ts";

describe("the example that catches any flow", () => {
  const namespace = new Namespace("any-flow");

  before(async function () {
    skipIf(this, await namespace.open("nc", "ping"));
  });

  after(async () => {
    await namespace.killAll();
    namespace.close();
  });

  it("takes connections to every address and port that are routed to the TUN", async () => {
    const server = namespace.start("build/test/interop/echo-server.js", "4321");
    await server.next("listening");
    const told = namespace.startQuietly(process.execPath, "build/examples/any-flow.js", "127.0.0.1");
    const shell = (script: string): string => namespace.runNode(["sh", "-c", script]);
    shell(
      "for i in $(seq 200); do ip route add 192.0.2.0/24 dev tun0 2>/dev/null && exit; sleep 0.05; done; exit 1",
    );
    expect(namespace.devices()).to.include("tun0");
    for (const host of ["192.0.2.1", "192.0.2.200"]) {
      expect(shell(`printf 'hello ${host}' | nc -N -w 10 ${host} 4321`)).to.equal(`hello ${host}`);
    }
    expect(namespace.run("ping -w 10 -c 2 -i 0.2 192.0.2.77")).to.include(" 2 received");
    while (told().length < 2) await new Promise((resolve) => setTimeout(resolve, 10)); // mocha bounds it
    // It listens at the wildcard address of both families, where IPv4 addresses are mapped ones.
    const lines = told().map((line) => line.replaceAll("::ffff:", ""));
    expect(lines.filter((line) => line.includes(":4321"))).to.deep.equal([
      "10.90.0.1 calls 192.0.2.1:4321",
      "10.90.0.1 calls 192.0.2.200:4321",
    ]);
  });
});
