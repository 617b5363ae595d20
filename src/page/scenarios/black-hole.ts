/** A line that swallows large packets and tells nobody: what Path MTU Discovery does with, and without, its errors. */
import { parseIp } from "tapstack/stack";
import { transfer } from "../programs.ts";
import { choice, lineOf, numberOf, type Scenario, slider, surroundings, tcpOf, wordOf } from "../scenario.ts";

/** What the page shows. */
export const scenario: Scenario = {
  title: "A black hole for large packets",
  about:
    "Between two routers the line takes smaller packets than Alice's and Bob's own cables do, as a tunnel does. Alice forbids fragments, so the first router drops what is too large and tells her by ICMP how large it may be. A firewall on the way swallows that answer. The handshake works, since it is small; then the first full segments vanish, again and again.",
  question: {
    text: "Why does the connection open, and then hang?",
    options: [
      "The line is broken",
      "Small packets pass, full-sized ones do not, and nobody tells Alice",
      "Bob's buffer is full",
      "The routers have no way back",
    ],
    right: 1,
    because:
      "Path MTU Discovery lives by the router's error (RFC 1191 §3). Without it the sender sends the same large segment again at each timeout (RFC 2923 §2.1). Let the errors pass, or make Alice's segments smaller (TCP_MAXSEG): both help. A sender can also find out by trying smaller ones after some timeouts (RFC 4821 §7.7), as this stack does where it is not switched off.",
  },
  controls: {
    errors: choice("The router's ICMP errors are", ["swallowed", "delivered"]),
    mtu: slider("Largest packet of the line between", 1280, "octets", { from: 576, to: 1500, step: 4 }),
    detection: choice("Alice tries smaller segments after three timeouts", ["no", "yes"]),
    clamp: slider("Largest segment of Alice's (TCP_MAXSEG)", 1460, "octets", {
      from: 500,
      to: 1460,
      step: 20,
    }),
    size: slider("Alice sends", 100, "kB", { from: 5, to: 500, step: 5 }),
    delay: slider("Delay of each line", 10, "ms", { from: 1, to: 200, step: 1 }),
    ...surroundings("loss", "rate", "queue", "sendBuffer", "receiveBuffer", "congestion"),
  },
  async run(lab, values) {
    const { options } = tcpOf(values);
    const config = { blackHoleDetection: wordOf(values, "detection") === "yes" };
    const tcp = { config, options: { ...options, maxSegment: numberOf(values, "clamp") } };
    const alice = lab.host("alice", "10.0.1.1/24", { tcp, gateway: "10.0.1.254" });
    const near = lab.router("near", "10.0.1.254/24");
    const far = lab.router("far", "10.0.9.2/24");
    const bob = lab.host("bob", "10.0.2.1/24", { tcp: { options }, gateway: "10.0.2.254" });
    const impairments = lineOf(values);
    lab.link(alice, near, { impairments });
    lab.link(near, far, { impairments, mtu: numberOf(values, "mtu"), addresses: ["10.0.9.1/24", undefined] });
    lab.link(far, bob, { impairments, addresses: ["10.0.2.254/24", undefined] });
    for (const [router, network, gateway, through] of [
      [near, "10.0.2.0", "10.0.9.2", "eth1"],
      [far, "10.0.1.0", "10.0.9.1", "eth0"],
    ] as const) {
      const [destination, next] = [parseIp(network), parseIp(gateway)];
      const one = router.stack.interface(through);
      if (destination !== undefined && one !== undefined) router.stack.addRoute(destination, 24, next, one);
    }
    if (wordOf(values, "errors") === "swallowed") {
      lab.drop({ from: "near", to: "alice", protocol: "icmp" }, { times: "always" });
    }
    const sent = transfer(alice, bob, numberOf(values, "size") * 1000);
    await lab.run(Promise.race([sent.catch(() => undefined), lab.sleep("60s")]));
  },
};
