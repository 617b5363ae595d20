import { expect } from "chai";
import { AF_INET, AF_INET6, formatSockaddr, SOCK_STREAM } from "tapstack";
import { Lab } from "tapstack/lab";

it("A laptop at home calls out by the router's IPv4 address, and by an IPv6 address of its own", async () => {
  const lab = new Lab({ seed: 1 });
  const router = lab.nat("router", ["192.168.1.1/24", "2001:db8:1::1/64"]);
  const laptop = lab.host("laptop", "192.168.1.10/24", { gateway: "192.168.1.1", autoconfigure: true });
  const server = lab.host("server", ["203.0.113.80/24", "2001:db8:80::80/64"], { gateway: "2001:db8:80::1" });
  lab.link(router, laptop);
  lab.link(router, server, {
    addresses: [["203.0.113.5/24", "2001:db8:80::1/64"]],
    impairments: "delay=10ms",
  });
  await lab.runFor("3s"); // the router tells the laptop of its prefix, and nobody else has the address
  const web = server.sockets.socket(AF_INET6, SOCK_STREAM);
  server.sockets.bind(web, AF_INET6, 0n, 80); // takes calls of both families
  server.sockets.listen(web, 2);
  const callers: string[] = [];
  for (const family of [4, 6] as const) {
    const call = laptop.sockets.socket(family === 4 ? AF_INET : AF_INET6, SOCK_STREAM);
    await lab.run(laptop.sockets.connect(call, server.at(80, family)));
    const [, caller] = await lab.run(server.sockets.accept(web));
    callers.push(formatSockaddr(caller).replace(/:\d+$/, ""));
  }
  expect(callers).to.deep.equal(["[::ffff:203.0.113.5]", `[${laptop.addressOf(6)}]`]);
  lab.close();
});
