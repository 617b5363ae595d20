/** Which connection is meant: both ends tell of it, each by its own view, and so do the segments between them. */
import type { ConnectionEnds } from "tapstack/stack";
import type { Ends } from "./flight-book.ts";
import { endText, type RunConnection } from "./run-record.ts";

type Open = {
  ends: [string, string];
  hosts: [number, number];
  isn: [number, number];
};

/** All connections of a run. */
export class ConnectionBook {
  readonly #list: Open[] = [];
  /** The newest connection between two ends, by both. */
  readonly #byEnds: Map<string, number> = new Map();

  get list(): readonly RunConnection[] {
    return this.#list;
  }

  /** That of which `host` tells; a listener's is none. */
  ofHost(host: number, ends: ConnectionEnds): number {
    if (ends.remotePort === 0) return -1;
    const local = endText(ends.localAddress, ends.localPort);
    const index = this.#find(local, endText(ends.remoteAddress, ends.remotePort));
    const connection = this.#list[index] as Open;
    connection.hosts[connection.ends[0] === local ? 0 : 1] = host;
    return index;
  }

  /** That of a segment; -1 of what is none. */
  ofPacket(host: number, packet: Ends): number {
    const { source, destination, sourcePort, destinationPort, flags, sequence } = packet;
    if (packet.protocol !== "tcp" || source === undefined || destination === undefined) return -1;
    if (sourcePort === 0 && destinationPort === 0) return -1; // a later fragment
    const from = endText(source, sourcePort);
    const to = endText(destination, destinationPort);
    const known = this.#byEnds.get(keyOf(from, to));
    const isOld = known !== undefined && flags === "S" && isOther(this.#list[known], from, sequence);
    const index = isOld ? this.#add(from, to) : this.#find(from, to);
    const connection = this.#list[index] as Open;
    const side = connection.ends[0] === from ? 0 : 1;
    if (connection.hosts[side] < 0) connection.hosts[side] = host; // whoever passes it on comes later
    if (flags.includes("S")) connection.isn[side] = sequence;
    return index;
  }

  /** The end from which a packet of that connection comes, whoever has passed it on. */
  sideOf(connection: number, { source, sourcePort }: Ends): 0 | 1 {
    const from = source === undefined ? "" : endText(source, sourcePort);
    return this.#list[connection]?.ends[1] === from ? 1 : 0;
  }

  #find(one: string, other: string): number {
    return this.#byEnds.get(keyOf(one, other)) ?? this.#add(one, other);
  }

  #add(one: string, other: string): number {
    const isn: [number, number] = [Number.NaN, Number.NaN];
    const index = this.#list.push({ ends: [one, other], hosts: [-1, -1], isn }) - 1;
    this.#byEnds.set(keyOf(one, other), index);
    return index;
  }
}

/** Whether a SYN from that end opens another connection than this one. */
function isOther(connection: Open | undefined, from: string, sequence: number): boolean {
  const isn = connection?.isn[connection.ends[0] === from ? 0 : 1];
  return isn !== undefined && !Number.isNaN(isn) && isn !== sequence;
}

function keyOf(one: string, other: string): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}
