/**
 * Proportional rate reduction (RFC 9937, which replaces RFC 6937): how much may be sent for what the ACKs of fast
 * recovery tell. While more is in flight than the window that congestion control has decided on, a share of what has
 * arrived: so the flight shrinks evenly, and sending does not stop for a part of a round trip. While less is, as
 * after the loss of half a window, about as much as has arrived: all at once it would overflow the same queue
 * again, and the loss of what is sent again costs a timeout.
 *
 * The names are the RFC's. Octets throughout.
 */
export class RateReduction {
  /** What may be sent now; below 0 when more went out than was to. */
  sndCnt = 0;
  /** What had not arrived when recovery began; 0 when nothing is to be reduced. */
  #recoverFs = 0;
  #prrDelivered = 0;
  #prrOut = 0;
  #safeAcks = 0;

  get active(): boolean {
    return this.#recoverFs > 0;
  }

  /** §6.1: recovery begins, for which `recoverFs` octets were in the network, lost ones among them. */
  begin(recoverFs: number): void {
    this.sndCnt = 0;
    this.#recoverFs = recoverFs;
    this.#prrDelivered = 0;
    this.#prrOut = 0;
    this.#safeAcks = 0;
  }

  /** Recovery is over: the window is the limit, and nothing else. */
  end(): void {
    this.#recoverFs = 0;
  }

  /** SafeACK of §6.2: an ACK has moved SND.UNA, and tells of no further loss. */
  noteSafeAck(): void {
    this.#safeAcks++;
  }

  /** §6.2, for all the ACKs since the last time: together they tell that `deliveredData` octets have arrived. */
  reckon(deliveredData: number, inFlight: number, ssthresh: number, mss: number): void {
    this.#prrDelivered += deliveredData;
    if (inFlight > ssthresh) {
      this.sndCnt = Math.ceil((this.#prrDelivered * ssthresh) / this.#recoverFs) - this.#prrOut;
    } else {
      // PRR-CRB; and when all goes well PRR-SSRB, in which the flight grows as in slow start.
      const most = Math.max(this.#prrDelivered - this.#prrOut, deliveredData) + this.#safeAcks * mss;
      this.sndCnt = Math.min(ssthresh - inFlight, most);
    }
    this.#safeAcks = 0;
  }

  /** §6.3: `octets` were sent, new ones or old ones. */
  sent(octets: number): void {
    this.#prrOut += octets;
    this.sndCnt -= octets;
  }
}
