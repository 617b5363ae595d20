/** A router with rules: who is inside calls out under its address, and one server inside can be called. */
import { AF_INET, formatSockaddr, "inet-pton" as inetPton, SOCK_STREAM } from "tapstack";
import { Lab, type LabHost } from "tapstack/lab";
import { Firewall } from "tapstack/stack";

const lab = new Lab({ seed: 1 });
const machine = lab.host("router", "192.168.1.1/24");
const inside = lab.host("inside", "192.168.1.10/24", { gateway: "192.168.1.1" });
const outside = lab.host("outside", "203.0.113.80/24");
lab.link(machine, inside); // eth0
lab.link(machine, outside, { addresses: ["203.0.113.5/24"] }); // eth1

const router = machine.stack.startRouter({ reversePath: "strict" });
const firewall = new Firewall(router, {
  input: {
    policy: "drop",
    rules: [
      { state: ["established", "related"], do: "accept" },
      { in: "eth0", do: "accept" },
    ],
  },
  forward: {
    policy: "drop",
    rules: [
      { state: ["established", "related"], do: "accept" },
      { in: "eth0", out: "eth1", do: "accept" },
      { out: "eth0", destination: "192.168.1.10", protocol: "tcp", destinationPort: 80, do: "accept" },
    ],
  },
  nat: [
    { do: "masquerade", out: "eth1", behaviour: "home-router" },
    { do: "dnat", in: "eth1", protocol: "tcp", destinationPort: 8080, to: "192.168.1.10:80" },
  ],
  track: { most: 65536, timeouts: { udp: "5m" } },
});

await call(inside, outside, "203.0.113.80", 443);
await call(outside, inside, "203.0.113.5", 80, 8080);
console.log(`${firewall}`);
lab.close();

/** `called` listens, and tells by whom it is called at `address`. */
async function call(
  caller: LabHost,
  called: LabHost,
  address: string,
  port: number,
  at: number = port,
): Promise<void> {
  const listener = called.sockets.socket(AF_INET, SOCK_STREAM);
  called.sockets.bind(listener, called.at(port));
  called.sockets.listen(listener, 1);
  const socket = caller.sockets.socket(AF_INET, SOCK_STREAM);
  await lab.run(caller.sockets.connect(socket, AF_INET, inetPton(AF_INET, address), at));
  const [, from] = await lab.run(called.sockets.accept(listener));
  console.log(`${called.name} is called by ${formatSockaddr(from).replace(/:\d+$/, "")}`);
}
