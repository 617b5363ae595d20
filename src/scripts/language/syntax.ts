/** What a script says, as the parser gives it. Times are microseconds, numbers those of the script. */
import type { Place } from "./place.ts";

/** A whole script. */
export interface Script {
  /** `--tolerance_usecs=10000`: by name, without the dashes. */
  readonly options: ReadonlyMap<string, string>;
  /** The command in backticks in front of the first event. */
  readonly before: ShellAction | undefined;
  readonly events: readonly ScriptEvent[];
  /** The one behind the last. */
  readonly after: ShellAction | undefined;
}

/** When an event is: at `from`, or between `from` and `to`, of the time that `base` says. */
export interface When {
  /** "last": after the event before; "start": after the beginning of the script; "any": whenever it comes. */
  readonly base: "last" | "start" | "any";
  readonly from: number;
  readonly to: number;
}

/** One event. */
export interface ScriptEvent {
  readonly place: Place;
  readonly when: When;
  readonly action: Action;
  /** As it is written, white space apart. */
  readonly text: string;
}

/** What happens. */
export type Action = PacketAction | CallAction | ShellAction | CodeAction;

/** A command in backticks. */
export interface ShellAction {
  readonly kind: "shell";
  readonly command: string;
  readonly place: Place;
}

/** Assertions in `%{ }%`. */
export interface CodeAction {
  readonly kind: "code";
  readonly code: string;
  readonly place: Place;
}

/** A socket call, and what it must come to. */
export interface CallAction {
  readonly kind: "call";
  readonly place: Place;
  readonly name: string;
  readonly arguments: readonly Expression[];
  readonly result: Expression;
  /** The errno with which it fails. */
  readonly errno: string | undefined;
  /** When it returns, of a call that waits; as `When.from` of the event. */
  readonly end: number | undefined;
}

/** A part of a call. */
export type Expression =
  | { readonly kind: "number"; readonly value: number; readonly place: Place }
  | { readonly kind: "name"; readonly name: string; readonly place: Place }
  | { readonly kind: "text"; readonly value: string; readonly place: Place }
  | { readonly kind: "rest"; readonly place: Place }
  | { readonly kind: "or"; readonly parts: readonly Expression[]; readonly place: Place }
  | { readonly kind: "list"; readonly items: readonly Expression[]; readonly place: Place }
  | { readonly kind: "struct"; readonly fields: readonly Field[]; readonly place: Place }
  | {
      readonly kind: "apply";
      readonly name: string;
      readonly of: readonly Expression[];
      readonly place: Place;
    };

/** A member of a structure; without a name, one that is known by its place. */
export interface Field {
  readonly name: string | undefined;
  readonly value: Expression;
}

/** Bits 0 and 1 of the type of service octet (RFC 3168 §5), as scripts call them; "ect01" is either. */
export type EcnName = "noecn" | "ect1" | "ect0" | "ce" | "ect01";

/** What a script says of the IP header. */
export interface IpWords {
  readonly ecn: EcnName | undefined;
  readonly trafficClass: number | undefined;
  readonly hopLimit: number | undefined;
}

/** A packet to (`<`) or from (`>`) what is under test. */
export interface PacketAction {
  readonly kind: "packet";
  readonly place: Place;
  readonly inbound: boolean;
  readonly ip: IpWords;
  readonly body: TcpWords | UdpWords | IcmpWords;
}

/** Ports of source and destination, where they are given. */
export interface PortWords {
  readonly source: number;
  readonly destination: number;
}

/** A TCP segment. */
export interface TcpWords {
  readonly kind: "tcp";
  readonly ports: PortWords | undefined;
  /** As in the header: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128. */
  readonly flags: number;
  readonly from: number;
  readonly length: number;
  readonly ack: number;
  readonly window: number | undefined;
  readonly urgent: number;
  /** undefined: any. */
  readonly options: readonly TcpOption[] | undefined;
}

/** An option of TCP. */
export type TcpOption =
  | { readonly kind: "nop" | "eol" | "sackOK" }
  | { readonly kind: "mss" | "wscale"; readonly value: number }
  | { readonly kind: "TS"; readonly val: number; readonly ecr: number }
  | { readonly kind: "sack"; readonly blocks: readonly (readonly [number, number])[] }
  /** Others: kind and octets behind the length. */
  | { readonly kind: "raw"; readonly number: number; readonly data: readonly number[] };

/** A UDP datagram. */
export interface UdpWords {
  readonly kind: "udp";
  readonly ports: PortWords | undefined;
  readonly length: number;
}

/** An ICMP error about a segment that was sent. */
export interface IcmpWords {
  readonly kind: "icmp";
  readonly type: number;
  readonly code: number;
  readonly mtu: number;
  /** The sequence number that is quoted; undefined: that of the datagram sent last. */
  readonly echoed:
    | { readonly protocol: "tcp" | "udp"; readonly from: number; readonly length: number }
    | undefined;
}
