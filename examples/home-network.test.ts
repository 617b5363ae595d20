import { expect } from "chai";
import { AF_INET, formatSockaddr, SOCK_STREAM } from "tapstack";
import { Lab } from "tapstack/lab";

describe("a home network", () => {
  it("calls out by the address of its router", async () => {
    const lab = new Lab({ seed: 1 });
    const router = lab.nat("router", "192.168.1.1/24", "home-router");
    const laptop = lab.host("laptop", "192.168.1.10/24", { gateway: "192.168.1.1" });
    const server = lab.host("server", "203.0.113.80/24");
    lab.link(router, laptop);
    lab.link(router, server, { addresses: ["203.0.113.5/24"], impairments: "delay=10ms" });
    const web = server.sockets.socket(AF_INET, SOCK_STREAM);
    server.sockets.bind(web, server.at(80));
    server.sockets.listen(web, 1);
    const accepted = server.sockets.accept(web);
    await lab.run(laptop.sockets.connect(laptop.sockets.socket(AF_INET, SOCK_STREAM), server.at(80)));
    const [, caller] = await lab.run(accepted);
    expect(formatSockaddr(caller)).to.match(/^203\.0\.113\.5:\d+$/);
    lab.close();
  });
});
