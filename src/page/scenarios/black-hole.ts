/** A line that swallows large packets and tells nobody: how TCP finds the size that passes. */
import { transfer } from "../programs.ts";
import { numberOf, type Scenario, slider } from "../scenario.ts";

/** What the page shows. */
export const scenario: Scenario = {
  title: "A black hole for large packets",
  about:
    "The cable takes packets up to a size, and drops larger ones without a word, as a tunnel does whose ICMP errors are filtered. The handshake works, since it is small; then the first full segments vanish.",
  question: {
    text: "Which segments are lost at first?",
    options: ["The SYNs", "All ACKs", "Full-sized data segments only", "Every second segment"],
    right: 2,
    because:
      "Small packets pass. So the connection opens, and then hangs: that is what makes black holes hard to find. Somebody has to make the segments smaller: the sender, by trying (RFC 4821), or whoever clamps the MSS (RFC 2923 §2.1).",
  },
  controls: {
    delay: slider("Delay, one way", 20, "ms", { from: 1, to: 200, step: 1 }),
    mtu: slider("Largest packet that passes", 1280, "octets", { from: 576, to: 1500, step: 4 }),
    clamp: slider("Largest segment of Alice's (TCP_MAXSEG)", 1460, "octets", {
      from: 500,
      to: 1460,
      step: 20,
    }),
    size: slider("Alice sends", 100, "kB", { from: 5, to: 500, step: 5 }),
  },
  async run(lab, values) {
    const maxSegment = numberOf(values, "clamp");
    const alice = lab.host("alice", "10.0.0.1/24", { tcp: { options: { maxSegment } } });
    const bob = lab.host("bob", "10.0.0.2/24");
    lab.link(alice, bob, {
      impairments: `delay=${numberOf(values, "delay")}ms,mtu=${numberOf(values, "mtu")}`,
    });
    const sent = transfer(alice, bob, numberOf(values, "size") * 1000);
    await lab.run(Promise.race([sent.catch(() => undefined), lab.sleep("60s")]));
  },
};
