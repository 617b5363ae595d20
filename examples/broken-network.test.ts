import { createServer, request } from "node:http";
import { expect } from "chai";
import { Lab } from "tapstack/lab";
import { createHttpAgent, createNet } from "tapstack/net";

describe("an upload by Node's http", () => {
  it("survives lost SYNs, a bad line, and a cable that is pulled out", async () => {
    const lab = new Lab({ seed: 7 });
    const [client, server] = [lab.host("client", "10.0.0.1/24"), lab.host("server", "10.0.0.2/24")];
    lab.link(client, server, { impairments: "loss=10%,delay=5ms,rate=1mbit" });
    lab.intervene([
      { when: { from: "client", flags: "S" }, times: 2, do: "drop" },
      { at: "3.5s", do: "unplug", cable: "client-server" },
      { at: "20s", do: "plug", cable: "client-server" },
    ]);

    const site = createNet(server.stack).adopt(
      createServer((incoming, outgoing) => {
        let octets = 0;
        incoming.on("data", (chunk) => {
          octets += chunk.length;
        });
        incoming.on("end", () => outgoing.end(`${octets} octets`));
      }),
    );
    site.listen(80, "10.0.0.2");
    const answer = new Promise<string>((resolve, reject) => {
      const agent = createHttpAgent(createNet(client.stack));
      const sent = request({ host: "10.0.0.2", method: "POST", agent }, (response) => {
        response.setEncoding("utf8").on("data", resolve);
      });
      sent.on("error", reject).end(Buffer.alloc(200_000));
    });

    expect(await lab.run(answer)).to.equal("200000 octets");
    expect(lab.time.now()).to.be.above(20_000_000); // microseconds, of which the test took some milliseconds
    lab.close();
  });
});
