/** What is counted of one stream, and of one interval of it. */

/** Octets and times of one stream, in whole and by interval. */
export class Tally {
  /** Since the test began, or since the omitted part of it ended. */
  bytes = 0;
  /** UDP: datagrams sent, or the highest number received. */
  packets = 0;
  lost = 0;
  outOfOrder = 0;
  /** UDP, received: RFC 1889's estimate of jitter, in seconds. */
  jitter = 0;
  /** The same counters when the current interval began. */
  markedBytes = 0;
  markedPackets = 0;
  markedLost = 0;
  markedRetransmits = 0;
  /** `packets` and TCP's retransmissions when counting began. */
  firstPacket = 0;
  firstRetransmit = 0;
  /** Over the reports of TCP info so far: octets, and microseconds. */
  largestCwnd = 0;
  largestWindow = 0;
  largestRtt = 0;
  smallestRtt = 0;
  rttSum = 0;
  rttSamples = 0;

  /** Counts from here: what was before is omitted. `retransmits`: TCP's so far. */
  restart(retransmits: number): void {
    this.bytes = 0;
    this.firstPacket = this.packets;
    this.lost = 0;
    this.outOfOrder = 0;
    this.jitter = 0;
    this.firstRetransmit = retransmits;
    this.largestCwnd = 0;
    this.largestWindow = 0;
    this.largestRtt = 0;
    this.smallestRtt = 0;
    this.rttSum = 0;
    this.rttSamples = 0;
    this.mark(retransmits);
  }

  /** An interval begins. */
  mark(retransmits: number): void {
    this.markedBytes = this.bytes;
    this.markedPackets = this.packets;
    this.markedLost = this.lost;
    this.markedRetransmits = retransmits;
  }

  sampleRtt(rtt: number): void {
    if (rtt <= 0) return;
    this.largestRtt = Math.max(this.largestRtt, rtt);
    this.smallestRtt = this.smallestRtt === 0 ? rtt : Math.min(this.smallestRtt, rtt);
    this.rttSum += rtt;
    this.rttSamples++;
  }
}
