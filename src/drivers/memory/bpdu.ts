/** Bridge protocol data units of the spanning tree: IEEE 802.1D-1998 §9.3, in LLC frames (§7.12.3). */

/** Where bridges send them: no bridge passes that address on. */
export const BRIDGE_GROUP = 0x0180_c200_0000;

/** Octets of the Ethernet header and LLC in front. */
const ETHERNET = 14;
const LLC = 3;
const AT = ETHERNET + LLC;
const CONFIGURATION_BYTES = 35;
const NOTIFICATION_BYTES = 4;
/** Times count 256ths of a second. */
const TICK = 1_000_000 / 256;
/** The smallest frame of Ethernet, without its checksum. */
const SMALLEST = 60;

/** What a bridge tells of itself: of two, the smaller is the better one, field by field. */
export interface Configuration {
  readonly kind: "configuration";
  /** Who is taken for the root: priority and station address, 64 bits. */
  readonly root: bigint;
  readonly rootPathCost: number;
  readonly bridge: bigint;
  readonly port: number;
  /** Microseconds since the root has said so. */
  readonly messageAge: number;
  readonly maxAge: number;
  readonly helloTime: number;
  readonly forwardDelay: number;
  readonly topologyChange: boolean;
  readonly topologyChangeAck: boolean;
}

/** The topology has changed: told towards the root. */
export interface Notification {
  readonly kind: "notification";
}

/** Either of them. */
export type Bpdu = Configuration | Notification;

/** The frame of a BPDU, from the station `mac` (48 bits). */
export function bpduFrame(bpdu: Bpdu, mac: number): Uint8Array<ArrayBuffer> {
  const octets = bpdu.kind === "configuration" ? CONFIGURATION_BYTES : NOTIFICATION_BYTES;
  const bytes = new Uint8Array(Math.max(SMALLEST, AT + octets));
  const view = new DataView(bytes.buffer);
  setStation(view, 0, BRIDGE_GROUP);
  setStation(view, 6, mac);
  view.setUint16(12, LLC + octets);
  bytes.set([0x42, 0x42, 0x03], ETHERNET); // the bridge group's service access point, unnumbered information
  view.setUint8(AT + 3, bpdu.kind === "configuration" ? 0x00 : 0x80);
  if (bpdu.kind === "notification") return bytes;
  view.setUint8(AT + 4, (bpdu.topologyChange ? 0x01 : 0) | (bpdu.topologyChangeAck ? 0x80 : 0));
  view.setBigUint64(AT + 5, bpdu.root);
  view.setUint32(AT + 13, bpdu.rootPathCost);
  view.setBigUint64(AT + 17, bpdu.bridge);
  view.setUint16(AT + 25, bpdu.port);
  for (const [at, time] of [bpdu.messageAge, bpdu.maxAge, bpdu.helloTime, bpdu.forwardDelay].entries()) {
    view.setUint16(AT + 27 + at * 2, Math.min(0xffff, Math.round(time / TICK)));
  }
  return bytes;
}

/** What the frame in `[at, end)` says; undefined of what is no BPDU that an 802.1D bridge reads (§9.3.4). */
export function readBpdu(view: DataView, at: number, end: number): Bpdu | undefined {
  const body = at + AT;
  if (end - body < NOTIFICATION_BYTES || view.getUint16(at + ETHERNET) !== 0x4242) return undefined;
  if (view.getUint8(at + ETHERNET + 2) !== 0x03 || view.getUint16(body) !== 0) return undefined;
  const type = view.getUint8(body + 3);
  if (type === 0x80) return { kind: "notification" };
  if (type !== 0x00 || end - body < CONFIGURATION_BYTES) return undefined;
  const flags = view.getUint8(body + 4);
  const time = (offset: number): number => view.getUint16(body + offset) * TICK;
  const read: Configuration = {
    kind: "configuration",
    topologyChange: (flags & 0x01) !== 0,
    topologyChangeAck: (flags & 0x80) !== 0,
    root: view.getBigUint64(body + 5),
    rootPathCost: view.getUint32(body + 13),
    bridge: view.getBigUint64(body + 17),
    port: view.getUint16(body + 25),
    messageAge: time(27),
    maxAge: time(29),
    helloTime: time(31),
    forwardDelay: time(33),
  };
  return read.messageAge < read.maxAge ? read : undefined; // too old to be believed (§9.3.4 a)
}

function setStation(view: DataView, at: number, station: number): void {
  view.setUint16(at, Math.floor(station / 0x1_0000_0000));
  view.setUint32(at + 2, station >>> 0);
}
