/** VLAN 10, with priority 5, on one end of a cable; at the other end the frames are read as they are on it. */
import { VlanTrunk } from "tapstack/drivers/link";
import { pipe } from "tapstack/drivers/memory";
import { Lab, parseInterfaceAddress } from "tapstack/lab";
import { seconds } from "tapstack/stack";

const lab = new Lab({ seed: 1 });
const { stack } = lab.host("alice", "192.0.2.1/24");
const [link, wire] = pipe(lab.time); // or a TAP, or another VLAN

const trunk = new VlanTrunk(link);
stack.addInterface("eth1", trunk.native(), [parseInterfaceAddress("10.0.0.1/24")], { claim: "off" });
stack.addInterface("eth1.10", trunk.vlan(10, { priority: 5 }), [parseInterfaceAddress("10.0.10.1/24")], {
  claim: "off",
});

const pool = stack.contextFor("wire").pool;
wire.attach({
  pool,
  received: (frames, count) => {
    for (const { bytes, start } of frames.slice(0, count))
      console.log(Buffer.from(bytes.subarray(start + 12, start + 18)).toString("hex"));
  },
  writable: () => {},
  failed: (error) => console.log(error),
});
for (const to of ["10.0.0.2", "10.0.10.2"]) {
  const { address } = parseInterfaceAddress(`${to}/32`);
  stack.openUdp().send(new Uint8Array(1), { address, port: 9 }); // who has it is asked first
  lab.time.elapse(seconds(0));
}
lab.close();
