/** Sends what IGMP says: with a time to live of 1, the Router Alert option and DSCP CS6 (RFC 3376 §4). */
import type { Drop } from "../base/drop.ts";
import { type IpAddress, ipv4 } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import type { Send } from "../base/send.ts";
import type { IgmpCounters } from "../contract/counters.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";
import type { Services } from "../contract/services.ts";
import { type AnyRecord, packRecords } from "../multicast/packing.ts";
import { fillChecksum } from "../wire/checksum-field.ts";
import type { GroupRecord } from "../wire/group-record.ts";
import {
  IGMP_BYTES,
  IGMP_CHECKSUM_OFFSET,
  IGMP_LEAVE,
  IGMP_RECORD_BYTES,
  IGMP_V1_REPORT,
  IGMP_V2_REPORT,
  IGMP_V3_REPORT_BYTES,
  IgmpMessage,
  IPPROTO_IGMP,
  igmpReportBytes,
  writeIgmp,
  writeIgmpReport,
} from "../wire/igmp.ts";
import { ALERTED_HEADER_BYTES, writeAlertedHeader } from "../wire/ipv4-options.ts";

/** All routers on the link, whom it concerns that a group is left. */
const ALL_ROUTERS: IpAddress = ipv4(0xe000_0002);
/** All routers that speak version 3 (RFC 3376 §4.2.14). */
const ALL_V3_ROUTERS: IpAddress = ipv4(0xe000_0016);

/** Every message has the Router Alert option (RFC 3376 §4). */
const HEADER: number = ALERTED_HEADER_BYTES;
/** DSCP CS6, internetwork control: what routing protocols send with. */
const TRAFFIC_CLASS = 0xc0;
const ADDRESS_BYTES = 4;

/** Who sends for IGMP. */
export interface IgmpNetwork {
  /** Sends a datagram whose IP header is written but for source, identification and checksum. Takes the packet. */
  sendWithHeader(packet: Packet, destination: IpAddress, through: NetworkInterface): Drop;
}

/** Sends IGMP messages. */
export class IgmpSender {
  readonly #services: Services;
  readonly #network: IgmpNetwork;
  readonly #counters: IgmpCounters;
  readonly #message: IgmpMessage = new IgmpMessage();

  constructor(services: Services, network: IgmpNetwork, counters: IgmpCounters) {
    this.#services = services;
    this.#network = network;
    this.#counters = counters;
  }

  /** A report of version 3, or more of them. */
  report(records: readonly AnyRecord[], through: NetworkInterface, why: Send): void {
    const room = through.link.capabilities.mtu - HEADER - IGMP_V3_REPORT_BYTES;
    for (const some of packRecords(records, room, IGMP_RECORD_BYTES, ADDRESS_BYTES)) {
      const words = some.map(wordsOf);
      const packet = this.#take(igmpReportBytes(words));
      writeIgmpReport(packet.view, packet.transport, words);
      this.#counters.igmpOutReports++;
      this.#send(packet, ALL_V3_ROUTERS, through, why);
    }
  }

  /** A report of version 2, or 1. */
  oldReport(group: IpAddress, version1: boolean, through: NetworkInterface, why: Send): void {
    this.#counters.igmpOutReports++;
    this.#sendOld(version1 ? IGMP_V1_REPORT : IGMP_V2_REPORT, group, group, through, why);
  }

  /** A Leave Group message of version 2. */
  leave(group: IpAddress, through: NetworkInterface, why: Send): void {
    this.#counters.igmpOutLeaves++;
    this.#sendOld(IGMP_LEAVE, group, ALL_ROUTERS, through, why);
  }

  #sendOld(type: number, group: IpAddress, to: IpAddress, through: NetworkInterface, why: Send): void {
    const packet = this.#take(IGMP_BYTES);
    const message = this.#message;
    message.type = type;
    message.group = group.word3;
    writeIgmp(packet.view, packet.transport, message);
    this.#send(packet, to, through, why);
  }

  #take(octets: number): Packet {
    const packet = this.#services.pool.take(HEADER + octets);
    packet.end = packet.start + HEADER + octets;
    packet.transport = packet.start + HEADER;
    packet.notToSelf = true;
    return packet;
  }

  #send(packet: Packet, destination: IpAddress, through: NetworkInterface, why: Send): void {
    const { view, start, transport } = packet;
    // TTL 1: no router passes it on.
    writeAlertedHeader(view, start, TRAFFIC_CLASS, 1, IPPROTO_IGMP, destination.word3);
    fillChecksum(packet, transport + IGMP_CHECKSUM_OFFSET, transport, packet.end, 0, 0);
    this.#counters.igmpOutMsgs++;
    const { trace } = this.#services;
    const before = trace?.sent("igmp", why, packet) ?? 0;
    this.#network.sendWithHeader(packet, destination, through);
    if (trace !== undefined) trace.cause = before;
  }
}

function wordsOf({ type, group, sources }: AnyRecord): GroupRecord<number> {
  return { type, group: group.word3, sources: sources.map(({ word3 }) => word3) };
}
