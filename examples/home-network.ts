import { Lab } from "tapstack/lab";
import { createNet } from "tapstack/net";

const lab = new Lab({ seed: 1 });
const router = lab.nat("router", ["192.168.1.1/24", "2001:db8:1::1/64"]);
const laptop = lab.host("laptop", "192.168.1.10/24", { gateway: "192.168.1.1", autoconfigure: true });
const server = lab.host("server", ["203.0.113.80/24", "2001:db8:80::80/64"], { gateway: "2001:db8:80::1" });
lab.link(router, laptop);
lab.link(router, server, { addresses: [["203.0.113.5/24", "2001:db8:80::1/64"]] });
await lab.runFor("3s"); // the laptop makes an address of the prefix that the router tells of, and nobody else has it

createNet(server.stack)
  .createServer((call) => console.log(`called by ${call.remoteAddress}`))
  .listen(80);
for (const host of ["203.0.113.80", "2001:db8:80::80"]) createNet(laptop.stack).connect(80, host);
await lab.runFor("1s");
lab.close();
