import { expect } from "chai";
import { SimulationError, World } from "../../src/simulate/index.ts";

describe("a world in which little happens", function () {
  this.timeout(0); // virtual time bounds it

  /** What is told when the condition can no longer come true. */
  async function complaint(world: World): Promise<string> {
    const error = await world.until(() => false).catch((one: unknown) => one);
    await world.close();
    expect(error).to.be.instanceOf(SimulationError);
    return (error as Error).message;
  }

  it("lets a span pass in which there are only timers that keep no program alive", async () => {
    const world = new World();
    const host = world.host("server", () => {
      require("node:http").createServer().listen(80); // looks after its connections every 30 s
      setInterval(() => console.log(performance.now()), 20_000).unref();
    });
    await world.run("100s");
    await world.run("30s");
    await world.close();
    expect(world.now).to.equal(130_000);
    expect(host.log.text).to.equal("20000\n40000\n60000\n80000\n100000\n120000");
  });

  it("names host, socket and line of all that wait, though HTTP has timers that only go round", async () => {
    const world = new World();
    world.host("server", () => {
      require("node:http")
        .createServer(() => undefined) // never answers
        .listen(80);
    });
    world.host("client", () => {
      require("node:http").get("http://server/");
    });
    const lines = (await complaint(world)).split("\n");
    expect(lines[0]).to.match(/^\d+\.\d+ s: the condition does not hold: nothing is left that could happen$/);
    // An hour after the last segment but the probes of the connection.
    expect(world.now).to.be.within(3_600_000, 3_700_000);
    expect(lines.slice(1).map((line) => line.replaceAll(/:\d{5}/g, ":PORT"))).to.deep.equal([
      "  server: 0.0.0.0:80 listen (server.js:4)",
      "  server: 10.0.0.1:80 to 10.0.0.2:PORT established (server.js:4)",
      "  client: 10.0.0.2:PORT to 10.0.0.1:80 established (client.js:2)",
    ]);
  });

  it("waits for as long as probes of a connection may find that its peer is gone", async () => {
    const world = new World();
    const server = world.host("server", () => {
      require("node:net").createServer().listen(80);
    });
    const client = world.host("client", () => {
      const socket = require("node:net").connect({
        port: 80,
        host: "server",
        keepAlive: true,
        keepAliveInitialDelay: 2 * 3_600_000,
      });
      socket.on("error", ({ code }: { code: string }) => console.log(code));
    });
    world.at("1s", () => server.crash());
    await world.until(() => !client.running);
    await world.close();
    expect(client.log.text).to.equal("ETIMEDOUT\nexit 0");
    expect(world.now).to.be.greaterThan(2 * 3_600_000);
  });
});
