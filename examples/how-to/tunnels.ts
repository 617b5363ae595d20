/** Two hosts that are joined by two tunnels over one line: VXLAN, and L2TPv3 with cookies. */
import { L2tpLink, VxlanLink } from "tapstack/drivers/link";
import { Lab, type LabHost, parseInterfaceAddress } from "tapstack/lab";

const lab = new Lab({ seed: 1 });
const alice = lab.host("alice", ["10.0.0.1/24", "fd00::1/64"]);
const bob = lab.host("bob", ["10.0.0.2/24", "fd00::2/64"]);
lab.link(alice, bob, { impairments: "delay=5ms" });

const cookies = [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1)] as const;
tunnels(alice, "10.0.0.2", "fd00::2", 1);
tunnels(bob, "10.0.0.1", "fd00::1", 2);
for (const to of ["10.90.0.2", "10.91.0.2"]) {
  const echo = alice.stack.openEcho();
  await lab.runFor("1s");
  const began = lab.time.now();
  echo.request(parseInterfaceAddress(`${to}/32`).address, 1, new Uint8Array(56));
  while (!echo.readable) await lab.runFor("1ms");
  console.log(`${echo.reply()?.from} answers, ${(lab.time.now() - began) / 1000} ms`);
}
lab.close();

/** `end` is 1 or 2: what is `session` and `cookie` here is `peerSession` and `peerCookie` there. */
function tunnels({ stack }: LabHost, other4: string, other6: string, end: number): void {
  const remotes = [parseInterfaceAddress(`${other4}/32`).address];
  const vxlan = new VxlanLink(stack, lab.time, lab.time, { vni: 42, remotes }); // or a group: { group, remotes: [group] }
  stack.addInterface("vxlan0", vxlan, [parseInterfaceAddress(`10.90.0.${end}/24`)]);

  const wire = new L2tpLink(stack, lab.time, {
    remote: parseInterfaceAddress(`${other6}/128`).address,
    session: end,
    peerSession: 3 - end,
    cookie: cookies[end - 1],
    peerCookie: cookies[2 - end],
  });
  stack.addInterface("l2tp0", wire, [parseInterfaceAddress(`10.91.0.${end}/24`)]); // of the same stack, or of another
}
