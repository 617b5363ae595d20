import { expect } from "chai";
import { simulate } from "tapstack/simulate";

describe("a client that tries again", () => {
  it(
    "has its answers, though the line loses frames, is cut, and the server's power fails",
    simulate({ seeds: 3 }, async (world) => {
      const server = world.host("server", async () => {
        const { createServer } = await import("node:http");
        createServer((_request, response) => setTimeout(() => response.end("done"), 500)).listen(80);
      });
      const client = world.host("client", async () => {
        for (let answers = 0; answers < 20; ) {
          try {
            const response = await fetch("http://server/", { signal: AbortSignal.timeout(5000) });
            console.log(`${++answers}: ${await response.text()}`);
          } catch (error) {
            console.log(`again, for ${String(error)}`);
          }
        }
      });
      world.link(server, client, { impairments: "delay=5ms,loss=5%" });
      world.inject(
        { at: "3s", for: "4s", do: "partition", these: ["client"], those: ["server"] },
        { at: "9s", for: "2s", do: "crash", host: "server" },
      );
      await world.until(() => client.exitCode !== undefined, "1h");
      expect(client.log.includes("20: done")).to.equal(true);
      expect(client.log.includes("again")).to.equal(true);
    }),
  );
});
