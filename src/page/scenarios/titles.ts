/** What there is to choose from: the page shows it before it has loaded any of them. */
export const TITLES: readonly (readonly [name: string, title: string])[] = [
  ["handshake", "The handshake"],
  ["loss", "Loss and fast retransmit"],
  ["slow-start", "Slow start and CUBIC"],
  ["nagle", "Nagle against the delayed ACK"],
  ["silly-window", "Silly window"],
  ["zero-window", "Zero window"],
  ["bufferbloat", "Bufferbloat"],
  ["ecn", "ECN: a mark instead of a loss"],
  ["simultaneous-close", "Both close at once"],
  ["reassembly", "Fragments"],
  ["arp", "ARP"],
  ["syn-flood", "A flood of SYNs"],
  ["black-hole", "A black hole for large packets"],
];
