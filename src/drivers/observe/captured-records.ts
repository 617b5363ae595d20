/** What is in a capture, once it has been read. */

/** An interface that packets were captured on. */
export interface ReadInterface {
  readonly name: string | undefined;
  readonly description: string | undefined;
  /** LINKTYPE_ number: 1 Ethernet, 101 raw IP. */
  readonly linkType: number;
  /** Octets kept of each packet; 0: all. */
  readonly snapLength: number;
  /** What was asked for, in tcpdump's words. */
  readonly filter: string | undefined;
}

/** A packet of a capture. */
export interface ReadPacket {
  readonly kind: "packet";
  /** As Wireshark counts: from 1, and custom blocks are counted, too. */
  readonly number: number;
  /** Where its record begins in the file, in octets. */
  readonly offset: number;
  readonly interface: ReadInterface;
  /** Microseconds from 1970, or from wherever the writer counts; of a simple packet, undefined. */
  readonly time: number | undefined;
  /** Nanoseconds beyond those, 0 to 999. */
  readonly nanoseconds: number;
  /** What was kept of it. */
  readonly bytes: Uint8Array;
  /** How long it was. */
  readonly length: number;
  readonly direction: "in" | "out" | undefined;
  readonly comments: readonly string[];
  readonly id: number | undefined;
  /** Packets that were lost before it. */
  readonly lost: number | undefined;
  /** The process and the socket, where it is a file of ours. */
  readonly socket: string | undefined;
}

/** Secrets of TLS, or of another protocol. */
export interface ReadSecrets {
  readonly kind: "secrets";
  readonly offset: number;
  /** 0x544c534b: lines of a TLS key log. */
  readonly type: number;
  readonly data: Uint8Array;
}

/** How hosts are called. */
export interface ReadNames {
  readonly kind: "names";
  readonly offset: number;
  readonly names: readonly { readonly address: Uint8Array; readonly names: readonly string[] }[];
}

/** What an interface has counted. */
export interface ReadStatistics {
  readonly kind: "statistics";
  readonly offset: number;
  readonly interface: ReadInterface;
  readonly received: number | undefined;
  readonly lostByInterface: number | undefined;
  readonly accepted: number | undefined;
  readonly dropped: number | undefined;
  readonly delivered: number | undefined;
}

/** A block of our own: see `PcapngWriter.own`. */
export interface ReadOwn {
  readonly kind: "own";
  readonly offset: number;
  readonly type: number;
  readonly data: Uint8Array;
}

/** One thing that is in a capture. */
export type CaptureRecord = ReadPacket | ReadSecrets | ReadNames | ReadStatistics | ReadOwn;

/** A whole capture. */
export interface ReadCapture {
  readonly format: "pcap" | "pcapng";
  readonly records: readonly CaptureRecord[];
  readonly interfaces: readonly ReadInterface[];
  /** The program that wrote it, if it says so. */
  readonly application: string | undefined;
  /** Blocks that nobody here knows, by their types; they were passed over. */
  readonly unknownBlocks: readonly number[];
  /** What is wrong with the file, and where; undefined: nothing. What stood before it is in `records`. */
  readonly damage: { readonly offset: number; readonly what: string } | undefined;
}
