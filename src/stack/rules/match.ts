/** What a rule matches, in the form in which each datagram is compared with it. */
import type { IpAddress } from "../base/ip-address.ts";
import { samePrefix } from "../base/prefix.ts";
import type { Passage } from "../contract/forwarding.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";
import type { TrackState } from "../contract/tracking.ts";
import { ReadTuple } from "../track/ports.ts";

/** Some addresses. */
export interface AddressRange {
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** All others. */
  readonly not: boolean;
}

/** Ports from `least` to `most`, both included. */
export interface PortRange {
  readonly least: number;
  readonly most: number;
}

/** What a rule is about; undefined stands for anything. */
export interface Match {
  readonly in: string | undefined;
  readonly out: string | undefined;
  readonly source: readonly AddressRange[] | undefined;
  readonly destination: readonly AddressRange[] | undefined;
  readonly protocol: number | undefined;
  readonly sourcePort: readonly PortRange[] | undefined;
  readonly destinationPort: readonly PortRange[] | undefined;
  readonly state: readonly TrackState[] | undefined;
  readonly mark: number | undefined;
}

const tuple = new ReadTuple();

/** Whether the datagram is what the rule is about. */
export function matches(match: Match, passage: Passage): boolean {
  if (match.state !== undefined && !match.state.includes(passage.state)) return false;
  if (match.in !== undefined && !isNamed(passage.from, match.in)) return false;
  if (match.out !== undefined && !isNamed(passage.through, match.out)) return false;
  if (match.protocol !== undefined && match.protocol !== passage.protocol) return false;
  if (match.mark !== undefined && match.mark !== passage.mark) return false;
  if (match.source !== undefined && !isAmong(passage.source, match.source)) return false;
  if (match.destination !== undefined && !isAmong(passage.destination, match.destination)) return false;
  return portsMatch(match, passage);
}

function portsMatch({ sourcePort, destinationPort }: Match, passage: Passage): boolean {
  if (sourcePort === undefined && destinationPort === undefined) return true;
  if (!tuple.read(passage)) return false;
  if (sourcePort !== undefined && !isWithin(tuple.sourcePort, sourcePort)) return false;
  return destinationPort === undefined || isWithin(tuple.destinationPort, destinationPort);
}

function isNamed(one: NetworkInterface | undefined, name: string): boolean {
  if (one === undefined) return false;
  return name.endsWith("*") ? one.name.startsWith(name.slice(0, -1)) : one.name === name;
}

function isAmong(address: IpAddress, ranges: readonly AddressRange[]): boolean {
  for (let i = 0; i < ranges.length; i++) {
    const range = ranges[i] as AddressRange;
    if (samePrefix(address, range.address, range.prefixLength) !== range.not) return true;
  }
  return false;
}

function isWithin(port: number, ranges: readonly PortRange[]): boolean {
  for (let i = 0; i < ranges.length; i++) {
    const range = ranges[i] as PortRange;
    if (port >= range.least && port <= range.most) return true;
  }
  return false;
}
