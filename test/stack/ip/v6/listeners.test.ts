/** Multicast Listener Discovery: RFC 3810 §6, and RFC 2710 beside old routers. */
import { expect } from "chai";
import { seconds } from "../../../../src/stack/index.ts";
import { bytes } from "../../../support/frames.ts";
import {
  describeRecords6,
  ip6,
  mldFrame,
  OUR_IP6,
  PEER_LINK_LOCAL,
  text6,
} from "../../../support/frames6.ts";
import { address, WireRig } from "../../../support/wire-rig.ts";

const GROUP = "ff05::123";

/** What an MLD message says, and fails where it is not sent as it must be. */
function describeMld(frame: Uint8Array): string | undefined {
  if (frame[20] !== 0 || frame[54] !== 58) return undefined;
  expect([frame[21], ...frame.subarray(56, 60)], "hop limit 1, router alert of MLD").to.deep.equal([
    1, 5, 2, 0, 0,
  ]);
  const to = text6(frame.subarray(38, 54));
  const type = frame[62];
  if (type !== 143) return `${type} ${text6(frame.subarray(70, 86))} to ${to}`;
  return `${describeRecords6(frame.subarray(62))} to ${to}`;
}

function start(): { rig: WireRig; sent: () => string[]; join: () => { leave: () => void } } {
  const rig = new WireRig({ addresses: [`${OUR_IP6}/64`] });
  rig.run(seconds(2));
  rig.taken();
  return {
    rig,
    sent: () =>
      rig
        .taken()
        .map(describeMld)
        .filter((line) => line !== undefined)
        .filter((line) => !line.includes("ff02::1:ff")),
    join: () => {
      const socket = rig.stack.openUdp();
      expect(socket.joinGroup(address(GROUP), "eth0")).to.equal(undefined);
      return { leave: () => expect(socket.leaveGroup(address(GROUP), "eth0")).to.equal(undefined) };
    },
  };
}

const JOINED = `to_ex ${GROUP} { } to ff02::16`;
const LEFT = `to_in ${GROUP} { } to ff02::16`;
const IS = `is_ex ${GROUP} { } to ff02::16`;

describe("MLD of version 2 (RFC 3810)", () => {
  it("tells twice that a group is listened to, and twice that it is left", () => {
    const { rig, sent, join } = start();
    const { leave } = join();
    expect(sent()).to.deep.equal([JOINED]);
    rig.run(seconds(2));
    expect(sent()).to.deep.equal([JOINED]);
    leave();
    expect(sent()).to.deep.equal([LEFT]);
    rig.run(seconds(2));
    expect(sent()).to.deep.equal([LEFT]);
    rig.run(seconds(9));
    expect(sent()).to.deep.equal([]);
    rig.close();
  });

  it("reports the solicited-node groups of its addresses, but not what stays on the interface", () => {
    const rig = new WireRig({ addresses: [`${OUR_IP6}/64`], interface: { claim: "probe" } });
    rig.stack.openUdp().joinGroup(address("ff01::5"), "eth0");
    rig.run(seconds(3));
    const groups = new Set(
      rig
        .taken()
        .map(describeMld)
        .filter((line) => line !== undefined),
    );
    expect([...groups].filter((line) => line.includes("ff02::1:ff00:2"))).to.deep.equal([
      "to_ex ff02::1:ff00:2 { } to ff02::16",
    ]);
    expect(groups.size).to.equal(2); // and that of the link-local address
  });

  it("answers a general query, one for the group, and one for some of its sources", () => {
    const { rig, sent, join } = start();
    join();
    rig.run(seconds(2));
    sent();
    rig.receive(mldFrame(130, 1000, "::", {}, bytes(2, 125, 0, 0)));
    rig.run(seconds(1));
    // One report has all groups (RFC 3810 §6.3).
    const all = rig
      .taken()
      .map(describeMld)
      .filter((line) => line !== undefined);
    expect(all).to.have.length(1);
    expect(all[0]?.split(", ").filter((one) => !one.includes("ff02::1:ff"))).to.deep.equal([IS]);
    rig.receive(mldFrame(130, 1000, GROUP, {}, bytes(2, 125, 0, 0)));
    rig.run(seconds(1));
    expect(sent()).to.deep.equal([IS]);
    rig.receive(mldFrame(130, 1000, GROUP, {}, bytes(2, 125, 0, 1, ip6("fd77::99"))));
    rig.run(seconds(1));
    expect(sent()).to.deep.equal([`is_in ${GROUP} { fd77::99 } to ff02::16`]);
    rig.receive(mldFrame(130, 1000, "ff05::999", {}, bytes(2, 125, 0, 0)));
    rig.run(seconds(1));
    expect(sent()).to.deep.equal([]);
  });

  it("answers a general query to one of its own addresses (RFC 3810 §5.1.15)", () => {
    const { rig, sent, join } = start();
    join();
    rig.run(seconds(2));
    sent();
    rig.receive(mldFrame(130, 1000, "::", { to: OUR_IP6 }, bytes(2, 125, 0, 0)));
    rig.run(seconds(1));
    expect(rig.taken().map(describeMld).join()).to.include(`is_ex ${GROUP} { }`);
  });
});

describe("MLD of version 1 (RFC 2710), beside a router that knows no other", () => {
  it("reports to the group, leaves with a done to the routers, and goes back after 260 s", () => {
    const { rig, sent, join } = start();
    const first = join();
    rig.run(seconds(2));
    sent();
    rig.receive(mldFrame(130, 1000, "::"));
    rig.run(seconds(1));
    expect(sent()).to.deep.equal([`131 ${GROUP} to ${GROUP}`]);
    first.leave();
    rig.run(seconds(20));
    expect(sent()).to.deep.equal([`132 ${GROUP} to ff02::2`]);
    rig.run(seconds(260));
    join();
    expect(sent()).to.deep.equal([JOINED]);
  });

  it("says nothing when another has reported the group, then or when it leaves", () => {
    const { rig, sent, join } = start();
    const { leave } = join();
    rig.run(seconds(2));
    sent();
    rig.receive(mldFrame(130, 10_000, GROUP));
    rig.receive(mldFrame(131, 0, GROUP, { from: PEER_LINK_LOCAL }));
    rig.run(seconds(12));
    expect(sent()).to.deep.equal([]);
    leave();
    rig.run(seconds(12));
    expect(sent()).to.deep.equal([]);
  });
});
