/**
 * Resets for segments that belong to no connection (RFC 9293 §3.10.7.1, §3.5.2). Each burst gets a bounded number of
 * them, and none takes an allocation.
 */

import { Drop } from "../../base/drop.ts";
import { ANY_ADDRESS, type IpAddress } from "../../base/ip-address.ts";
import { Send } from "../../base/send.ts";
import { type SeqNum, seqAdd, seqNum } from "../../base/seq.ts";
import type { Arrival } from "../../contract/transport.ts";
import { ACK, RST } from "../../wire/tcp.ts";
import type { Segment } from "../connection/segment.ts";
import { type BareSender, bareHeader, sendBare } from "./bare.ts";

/** As many as a driver's burst has frames, and some. */
const MOST = 256;

/** One that is due. Used again and again. */
class Reset {
  local: IpAddress = ANY_ADDRESS;
  remote: IpAddress = ANY_ADDRESS;
  localPort = 0;
  remotePort = 0;
  seq: SeqNum = seqNum(0);
  ack: SeqNum = seqNum(0);
  flags = 0;
}

/** Resets that were noted, to be sent at the end of the entry. */
export class Resets {
  readonly #sender: BareSender;
  readonly #due: Reset[] = [];
  #count = 0;

  constructor(sender: BareSender) {
    this.#sender = sender;
  }

  /** Whether any is due. */
  get pending(): boolean {
    return this.#count > 0;
  }

  /** Notes the reset that answers `segment`, which was dropped for that reason, is none itself, and came to this host alone. */
  note(segment: Segment, arrival: Arrival, dropped: Drop): void {
    if (this.#count === MOST) {
      this.#sender.counters.resetsSuppressed++;
      return;
    }
    if (this.#count === this.#due.length) this.#due.push(new Reset());
    const reset = this.#due[this.#count++] as Reset;
    const why = dropped === Drop.nobodyReads ? Send.resetNobodyReads : Send.resetAnswer;
    this.#sender.trace?.noted(reset, 0, why);
    const { header } = segment;
    reset.local = arrival.destination;
    reset.remote = arrival.source;
    reset.localPort = header.destinationPort;
    reset.remotePort = header.sourcePort;
    if (segment.hasAck) {
      reset.flags = RST;
      reset.seq = header.ack;
      reset.ack = seqNum(0);
    } else {
      reset.flags = RST | ACK;
      reset.seq = seqNum(0);
      reset.ack = seqAdd(header.seq, segment.lengthOnWire);
    }
  }

  /** Sends those that are due, where there is a way back. */
  flush(): void {
    for (let i = 0; i < this.#count; i++) {
      const reset = this.#due[i] as Reset;
      const { local, remote, localPort, remotePort, seq, ack, flags } = reset;
      const why = this.#sender.trace?.due(reset, 0) ?? Send.unknown;
      const route = this.#sender.context.route(remote, local);
      if (route === undefined || route.toMany) {
        this.#sender.context.trace?.withheld("tcp", Send.withheldRoute);
        continue;
      }
      bareHeader(localPort, remotePort, seq, ack, flags);
      this.#sender.counters.outRsts++;
      sendBare(this.#sender, route, 0, why);
    }
    this.#count = 0;
  }
}
