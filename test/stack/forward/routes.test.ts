/** Which way a router chooses: equal ways, tables and rules, options that want to know the way. */
import { expect } from "chai";
import { arpRequest, bytes, datagram, describeFrame, ethernet, PEER, udp } from "../../support/frames.ts";
import { RouterRig, through } from "../../support/router-rig.ts";
import { address, HandLink } from "../../support/wire-rig.ts";

describe("a router", () => {
  let rig: RouterRig;
  let third: HandLink;

  /** eth0 10.77.0.2, eth1 10.78.0.2, eth2 10.79.0.2; a known peer .1 on each. */
  beforeEach(() => {
    rig = new RouterRig();
    third = new HandLink();
    rig.stack.addInterface("eth2", third, [{ address: address("10.79.0.2"), prefixLength: 24 }], {
      claim: "off",
    });
    third.receive(arpRequest("10.79.0.1", PEER, "10.79.0.2"));
    third.sent.length = 0;
  });
  afterEach(() => rig.close());

  const eth = (name: string) => {
    const found = rig.stack.interface(name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };
  const left = (): readonly [number, number] => [
    rig.second.sent.splice(0).length,
    third.sent.splice(0).length,
  ];
  const flow = (port: number, from = "10.77.0.1"): void => {
    const fields = { from, to: "192.0.2.1" };
    rig.receive(ethernet(datagram(17, udp(port, 9, bytes("x"), fields), fields)));
  };

  it("spreads flows over ways that cost the same, and keeps each flow on its way (RFC 2992)", () => {
    rig.stack.addRoute(address("192.0.2.0"), 24, address("10.78.0.1"), eth("eth1"));
    rig.stack.addRoute(address("192.0.2.0"), 24, address("10.79.0.1"), eth("eth2"));
    for (let port = 1; port <= 200; port++) flow(port);
    const [one, other] = left();
    expect(one + other).to.equal(200);
    expect(Math.min(one, other)).to.be.greaterThan(60);
    for (let i = 0; i < 20; i++) flow(7);
    expect(left()).to.deep.include(0);
  });

  it("takes the longer prefix, and of equal ones the smaller metric", () => {
    rig.stack.addRoute(address("192.0.0.0"), 16, address("10.78.0.1"), eth("eth1"));
    flow(1);
    expect(left()).to.deep.equal([1, 0]);
    rig.stack.addRoute(address("192.0.2.0"), 24, address("10.79.0.1"), eth("eth2"), undefined, 5);
    flow(1);
    expect(left()).to.deep.equal([0, 1]);
    rig.stack.addRoute(address("192.0.2.0"), 24, address("10.78.0.1"), eth("eth1"), undefined, 4);
    flow(1);
    expect(left()).to.deep.equal([1, 0]);
  });

  it("chooses the table by source, interface and mark, and falls back to the next rule", () => {
    rig.stack.addRoute(address("192.0.2.0"), 24, address("10.78.0.1"), eth("eth1"));
    const { policy } = rig.router;
    const route = { destination: address("192.0.2.0"), prefixLength: 24, source: undefined, metric: 0 };
    policy.table("other").add({ ...route, gateway: address("10.79.0.1"), interface: eth("eth2") });
    const bySource = {
      priority: 10,
      source: { address: address("10.77.0.8"), prefixLength: 29 },
      table: "other",
    };
    policy.addRule({ priority: 5, table: "empty" });
    policy.addRule(bySource);
    flow(1, "10.77.0.1");
    flow(1, "10.77.0.9");
    expect(left()).to.deep.equal([1, 1]);
    expect(policy.removeRule(bySource)).to.equal(true);
    policy.addRule({ priority: 10, from: eth("eth1"), table: "other" });
    flow(1, "10.77.0.9");
    expect(left()).to.deep.equal([1, 0]);
    policy.addRule({ priority: 10, mark: 3, table: "other" });
    rig.router.hooks.add("prerouting", (passage) => {
      passage.mark = 3;
      return 0;
    });
    flow(1);
    expect(left()).to.deep.equal([0, 1]);
  });

  it("records its address in a route that is recorded (RFC 1812 §4.2.2.9)", () => {
    rig.receive(through({ options: bytes(7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0) }));
    const [frame = bytes()] = rig.second.sent;
    expect([...frame.subarray(34, 46)]).to.deep.equal([7, 11, 8, 10, 78, 0, 2, 0, 0, 0, 0, 0]);
    expect(describeFrame(frame)).to.equal("> peer: 10.77.0.1 > 10.78.0.1 icmp 8/0 8");
  });
});
