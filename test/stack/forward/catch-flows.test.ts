/** Any flow to one's own code: every address and every port of an interface. */
import { expect } from "chai";
import { Lab, type LabHost } from "../../../src/lab/index.ts";
import { createNet } from "../../../src/node/index.ts";
import { catchFlows, type IpAddress, type NetworkInterface, parseIpv4 } from "../../../src/stack/index.ts";
import { Ear } from "../../support/nat-net.ts";

const ip = (text: string): IpAddress => parseIpv4(text) as IpAddress;

/** client, whose default gateway is a host that catches everything. */
function caught(): { lab: Lab; client: LabHost; catcher: LabHost; eth0: NetworkInterface } {
  const lab = new Lab({ seed: 1 });
  const client = lab.host("client", "10.0.0.1/24", { gateway: "10.0.0.2" });
  const catcher = lab.host("catcher", "10.0.0.2/24");
  lab.link(client, catcher);
  return { lab, client, catcher, eth0: catcher.stack.interface("eth0") as NetworkInterface };
}

describe("a host that catches all flows", () => {
  it("takes connections to any address and port, and tells whom they were for", async () => {
    const { lab, client, catcher, eth0 } = caught();
    const net = createNet(catcher.stack);
    const asked: string[] = [];
    const stop = catchFlows(catcher.stack, eth0, (protocol, port) => {
      asked.push(`${protocol} ${port}`);
      const server = net.createServer((flow) => {
        flow.end(`${flow.localAddress?.replace("::ffff:", "")}:${flow.localPort}`);
      });
      server.listen(port);
      return () => server.close();
    });
    const call = (host: string, port: number): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = createNet(client.stack).connect(port, host);
        let text = "";
        socket.setEncoding("latin1").on("data", (more: string) => {
          text += more;
        });
        socket.on("end", () => resolve(text)).on("error", reject);
      });
    const all = [call("192.0.2.1", 80), call("192.0.2.2", 80), call("203.0.113.9", 40_000)];
    expect(await lab.run(Promise.all(all))).to.deep.equal([
      "192.0.2.1:80",
      "192.0.2.2:80",
      "203.0.113.9:40000",
    ]);
    expect(asked).to.deep.equal(["tcp 80", "tcp 40000"]);
    stop();
    expect(await lab.run(call("192.0.2.1", 80).catch((error: Error) => error.message))).to.match(
      /EHOSTUNREACH|ETIMEDOUT|ECONNREFUSED/,
    );
    lab.close();
  });

  it("takes datagrams to any address and port, and answers from there", async () => {
    const { lab, client, catcher, eth0 } = caught();
    const stop = catchFlows(catcher.stack, eth0, (protocol, port) => {
      if (protocol !== "udp" || port !== 53) return undefined;
      const socket = catcher.stack.openUdp();
      socket.bind({ address: ip("0.0.0.0"), port });
      const into = new Uint8Array(100);
      socket.onChange(() => {
        const from = { address: ip("0.0.0.0"), port: 0 };
        for (
          let count = socket.receive(into, from);
          count !== undefined;
          count = socket.receive(into, from)
        ) {
          const { destination } = socket.lastReceived; // whom it was for answers
          socket.sendWith?.(into.subarray(0, count), { source: destination }, from);
        }
      });
      return () => socket.close();
    });
    const ear = new Ear(client, 5000);
    for (const address of ["9.9.9.9", "8.8.8.8"]) ear.say(address, { address: ip(address), port: 53 });
    await lab.runFor("1s");
    expect(ear.heard).to.deep.equal(["9.9.9.9 from 9.9.9.9:53", "8.8.8.8 from 8.8.8.8:53"]);
    stop();
    lab.close();
  });
});
