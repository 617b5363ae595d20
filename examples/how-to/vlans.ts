/** A router on a stick: one cable to a switch, and an interface of the router for each VLAN. */
import { Lab, type LabHost, parseInterfaceAddress } from "tapstack/lab";

const lab = new Lab({ seed: 1 });
const hub = lab.switch({ vlans: true });
const router = lab.router("router", "192.0.2.1/24");
lab.link(router, hub, { vlans: { 10: "10.0.10.254/24", 20: "10.0.20.254/24" }, port: { tagged: [10, 20] } });
const alice = lab.host("alice", "10.0.10.1/24", { gateway: "10.0.10.254" });
const bob = lab.host("bob", "10.0.20.1/24", { gateway: "10.0.20.254" });
const carol = lab.host("carol", "10.0.10.3/24");
lab.link(alice, hub, { port: { vlan: 10 } });
lab.link(bob, hub, { port: { vlan: 20 } });
lab.link(carol, hub, { port: { vlan: 20 } }); // in the wrong one

await ping(alice, "10.0.20.1");
await ping(alice, "10.0.10.3");
console.log(`${router.stack.interfaces.map(({ name }) => name).join(", ")}`);
lab.close();

async function ping(from: LabHost, to: string): Promise<void> {
  const echo = from.stack.openEcho();
  echo.request(parseInterfaceAddress(`${to}/32`).address, 1, new Uint8Array(56));
  await lab.runFor("5s");
  const reply = echo.reply();
  console.log(
    reply?.failure === undefined && reply !== undefined
      ? `${to} answers, hop limit ${reply.hopLimit}`
      : `${to} does not`,
  );
  echo.close();
}
