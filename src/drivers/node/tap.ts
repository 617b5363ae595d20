/** Opens a Linux TAP device (Documentation/networking/tuntap.rst), sets it up, and gives it as a link. */
import { accessSync, closeSync, constants, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { arch, endianness } from "node:os";
import {
  checkSettings,
  FLAG,
  formatIpv4,
  integer,
  oneOf,
  parseIpv4,
  prefixMask,
  type Rules,
  rule,
  TEXT,
} from "../../stack/index.ts";
import { errnoName, type Libc, loadLibc } from "./libc.ts";
import {
  addAddress,
  configureDevice,
  type DeviceAddress,
  listAddresses,
  removeAddress,
} from "./rtnetlink.ts";
import { type Batching, openDescriptor } from "./tap-descriptor.ts";
import { cannotAttach, cannotConfigure, cannotOpenTun, TapError } from "./tap-error.ts";
import { TapLink } from "./tap-link.ts";
import { VNET_HEADER_BYTES } from "./vnet-header.ts";

const TUN = "/dev/net/tun";
const LITTLE_ENDIAN: boolean = endianness() === "LE";

/** Direction bits of an ioctl number; MIPS and PowerPC have their own. */
const IOC_WRITE: number = /^(mips|ppc)/.test(arch()) ? 0x8000_0000 : 0x4000_0000;
const IOC_INT = 0x0004_0000;
const TUNSETIFF: number = IOC_WRITE + IOC_INT + 0x54ca;
const TUNSETOFFLOAD: number = IOC_WRITE + IOC_INT + 0x54d0;
const TUNSETVNETHDRSZ: number = IOC_WRITE + IOC_INT + 0x54d8;
const SIOCGIFMTU = 0x8921;
const SIOCGIFFLAGS = 0x8913;
/** In those flags. */
const IFF_UP = 1;

const IFF_TAP = 0x0002;
const IFF_MULTI_QUEUE = 0x0100;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;

const TUN_F_CSUM = 1;
const TUN_F_TSO4 = 2;
const TUN_F_TSO6 = 4;
/** UDP super-segments (TUN_F_USO4, USO6) are not asked for: no part of the stack would cut them up. */
const OFFLOADS: number = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;

/** `struct ifreq`: a name of 16 octets, and a union of up to 24. */
const IFREQ_BYTES = 40;
const IFNAMSIZ = 16;

const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 0o2000002;

/** CAP_NET_ADMIN's bit in the capability masks of /proc/self/status. */
const CAP_NET_ADMIN = 12n;

/** What to open, and how to set it up. */
export interface TapOptions {
  /** At most 15 characters; a device of that name is attached to, or else made. `%d` lets the kernel number it. */
  readonly name?: string | undefined;
  /** The kernel's own address on the device, with its prefix length: `10.77.0.1/24`. */
  readonly hostAddress?: string | undefined;
  /** Octets of the largest IP datagram, 68 to 65,521; by default as the device has it (1500 when made). */
  readonly mtu?: number | undefined;
  /** Checksums and super-segments are left to the kernel; by default so. */
  readonly offload?: boolean | undefined;
  /** Frames that may wait in the kernel for us to read them; 5,000 by default, as bursts overrun the usual 1,000. */
  readonly queueLength?: number | undefined;
  /** Microseconds to keep looking for frames before sleeping; 0 sleeps at once. */
  readonly spin?: number | undefined;
  /** How frames in crowds pass between us and the kernel; `thread` by default. See {@link Batching}. */
  readonly batching?: Batching | undefined;
}

const RULES: Rules<TapOptions> = {
  name: TEXT,
  hostAddress: rule(
    "an address with its prefix, as in 10.77.0.1/24",
    (value) => typeof value === "string" && readPrefix(value) !== undefined,
  ),
  // 65,521 is what the kernel allows an Ethernet device: 65,535 less the header.
  mtu: integer(68, 65_521),
  offload: FLAG,
  queueLength: integer(1),
  spin: integer(0),
  batching: oneOf(["single", "batch", "thread"]),
};

/** Whether a TAP can be opened here, and if not, why and what to do. */
export type TapAvailability =
  | {
      /** It can. */
      readonly ok: true;
    }
  | {
      /** It cannot. */
      readonly ok: false;
      /** Why, and what to do about it: for people. */
      readonly reason: string;
    };

/**
 * Opens a TAP device and brings it up. Call `attach` on the link (a stack's `addInterface` does) to begin.
 *
 * Closing the link removes the device if this call made it; from a device that was there before, it removes
 * only the address that this call added. If the process dies, the kernel does the same but for the address.
 *
 * @throws {@link TapError} with a `code` and a message that says what to do
 * @throws TypeError for an option that there is not
 * @throws RangeError for a value that cannot be
 */
export async function openTap(options: TapOptions = {}): Promise<TapLink> {
  const { name = "tap0", offload = true } = options;
  checkSettings("openTap", options, RULES);
  checkName(name);
  const address = options.hostAddress === undefined ? undefined : readPrefix(options.hostAddress);
  const libc = await loadLibc();
  if (address !== undefined) refuseConflict(libc, name, address);
  const fd = openTun();
  try {
    const device = attachDevice(libc, fd, name, offload);
    const added = setUp(libc, device, options, address);
    const { batching = "thread", spin } = options;
    const descriptor = openDescriptor(libc, fd, batching, () => {
      if (added !== undefined && !device.made) removeAddress(libc, device.index, added);
    });
    return new TapLink(descriptor, { name: device.name, mtu: readMtu(libc, device.name), offload, spin });
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Whether {@link openTap} has what it needs: Linux, koffi, `/dev/net/tun` and the right to use it. */
export async function tapAvailable(name = "tap0"): Promise<TapAvailability> {
  try {
    const libc = await loadLibc();
    accessTun();
    // Whoever owns a persistent device may attach to it without being an administrator.
    if (libc.interfaceIndex(name) === 0 && !isNetworkAdministrator())
      throw cannotAttach(name, "EPERM", false);
    return { ok: true };
  } catch (error) {
    if (error instanceof TapError) return { ok: false, reason: error.message };
    throw error;
  }
}

interface Device {
  readonly name: string;
  readonly index: number;
  /** It was not there before, and goes with its descriptor. */
  readonly made: boolean;
}

function checkName(name: string): void {
  if (name === "" || Buffer.byteLength(name) >= IFNAMSIZ || /[\s/:]|^\.\.?$/.test(name)) {
    throw new TapError(
      "EINVAL",
      `"${name}" is no name for a device: take 1 to 15 characters without / : or blanks`,
    );
  }
}

/** Undefined if `text` is no address with a prefix. */
function readPrefix(text: string): DeviceAddress | undefined {
  const slash = text.indexOf("/");
  const address = parseIpv4(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (slash < 0 || address === undefined || !/^[0-9]{1,2}$/.test(length) || Number(length) > 32)
    return undefined;
  return { word: address.word3, prefixLength: Number(length) };
}

/**
 * The kernel would take the address, but send what is meant for us out of the other device, where an equal or
 * longer prefix is. (A shorter one elsewhere does no harm.)
 */
function refuseConflict(libc: Libc, name: string, { word, prefixLength }: DeviceAddress): void {
  const others = listAddresses(libc);
  if (typeof others === "string") throw cannotConfigure("address", name, others);
  for (const { device, ...theirs } of others) {
    if (device.replace(/:.*$/, "") === name) continue; // an alias, as eth0:1, is the device too
    const covered = theirs.prefixLength >= prefixLength && samePrefix(word, theirs.word, prefixLength);
    if (!covered && theirs.word !== word) continue;
    throw new TapError(
      "EADDRINUSE",
      `${device} has ${formatIpv4(theirs.word)}/${theirs.prefixLength}, in the same network: choose another one for ${name}`,
    );
  }
}

function samePrefix(a: number, b: number, length: number): boolean {
  return ((a ^ b) & prefixMask(length)) === 0;
}

function openTun(): number {
  try {
    return openSync(TUN, constants.O_RDWR | constants.O_NONBLOCK); // Node adds O_CLOEXEC
  } catch (error) {
    throw noTun(error);
  }
}

function accessTun(): void {
  try {
    accessSync(TUN, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw noTun(error);
  }
}

function noTun(error: unknown): TapError {
  const mode = statSync(TUN, { throwIfNoEntry: false })?.mode;
  const octal = mode === undefined ? "" : (mode & 0o7777).toString(8).padStart(4, "0");
  return cannotOpenTun((error as NodeJS.ErrnoException).code, octal, error);
}

function isNetworkAdministrator(): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return ((BigInt(`0x${mask}`) >> CAP_NET_ADMIN) & 1n) === 1n;
}

/** Makes the device or attaches to it, and settles the offloads. */
function attachDevice(libc: Libc, fd: number, name: string, offload: boolean): Device {
  const made = libc.interfaceIndex(name) === 0;
  const flags = IFF_TAP | IFF_NO_PI | (offload ? IFF_VNET_HDR : 0);
  let request = ifreq(name, flags);
  if (libc.ioctl(fd, TUNSETIFF, request) < 0) {
    const code = errnoName(libc.errno());
    // A persistent device made with several queues is attached to in the same manner, or not at all.
    request = ifreq(name, flags | IFF_MULTI_QUEUE);
    if (made || code !== "EINVAL" || libc.ioctl(fd, TUNSETIFF, request) < 0)
      throw cannotAttach(name, code, !made);
  }
  const given = Buffer.from(request.subarray(0, request.indexOf(0))).toString();
  if (offload) setHeaderSize(libc, fd, given);
  // What an earlier user of a persistent device has asked for is still in force, so it is set either way.
  if (libc.ioctlValue(fd, TUNSETOFFLOAD, offload ? OFFLOADS : 0) < 0) {
    throw cannotConfigure("offloads", given, errnoName(libc.errno()));
  }
  return { name: given, index: libc.interfaceIndex(given), made };
}

function setHeaderSize(libc: Libc, fd: number, name: string): void {
  const size = new Uint8Array(4);
  new DataView(size.buffer).setInt32(0, VNET_HEADER_BYTES, LITTLE_ENDIAN);
  if (libc.ioctl(fd, TUNSETVNETHDRSZ, size) < 0) {
    throw cannotConfigure("virtio-net header", name, errnoName(libc.errno()));
  }
}

/**
 * Sets what was asked for; returns the address if it was added by this call. Whoever only owns the device may attach to
 * it and set nothing: that is enough where everything is as it was asked for.
 */
function setUp(
  libc: Libc,
  device: Device,
  options: TapOptions,
  address: DeviceAddress | undefined,
): DeviceAddress | undefined {
  const { name, index, made } = device;
  const { mtu, queueLength = 5_000 } = options;
  if (made) silenceIpv6(name);
  const settings = { queueLength, up: true };
  const refused = configureDevice(libc, index, mtu === undefined ? settings : { ...settings, mtu });
  if (refused === "EPERM" && !made && isAsAsked(libc, name, options, address)) return undefined;
  if (refused !== "")
    throw cannotConfigure(mtu === undefined ? "queue length" : `MTU of ${mtu}`, name, refused);
  if (address === undefined) return undefined;
  const code = addAddress(libc, index, address);
  if (code === "EEXIST") return undefined;
  if (code !== "") throw cannotConfigure("address", name, code);
  return address;
}

/** The device is up, and has the MTU and the address that were asked for. Its queue is as long as its owner made it. */
function isAsAsked(
  libc: Libc,
  name: string,
  { mtu, queueLength }: TapOptions,
  address: DeviceAddress | undefined,
): boolean {
  if ((readFlags(libc, name) & IFF_UP) === 0 || queueLength !== undefined) return false;
  if (mtu !== undefined && readMtu(libc, name) !== mtu) return false;
  if (address === undefined) return true;
  const addresses = listAddresses(libc);
  if (typeof addresses === "string") return false;
  return addresses.some(
    ({ device, word, prefixLength }) =>
      device === name && word === address.word && prefixLength === address.prefixLength,
  );
}

/**
 * Keeps the kernel from sending router solicitations and multicast reports into a network that has only
 * IPv4. Best effort: /proc/sys is read-only in many containers, and a few packets more do no harm.
 */
function silenceIpv6(name: string): void {
  try {
    writeFileSync(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, "1");
  } catch {
    // then they are received, and dropped as of an unknown type
  }
}

function readMtu(libc: Libc, name: string): number {
  return ask(libc, SIOCGIFMTU, "MTU", name).getInt32(IFNAMSIZ, LITTLE_ENDIAN);
}

function readFlags(libc: Libc, name: string): number {
  return ask(libc, SIOCGIFFLAGS, "flags", name).getUint16(IFNAMSIZ, LITTLE_ENDIAN);
}

/** What the kernel answers to an ioctl about a device: a `struct ifreq`. */
function ask(libc: Libc, ioctl: number, what: string, name: string): DataView {
  const request = ifreq(name, 0);
  const socket = libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
  if (socket < 0) throw cannotConfigure(what, name, errnoName(libc.errno()));
  try {
    if (libc.ioctl(socket, ioctl, request) < 0) throw cannotConfigure(what, name, errnoName(libc.errno()));
  } finally {
    closeSync(socket);
  }
  return new DataView(request.buffer);
}

function ifreq(name: string, flags: number): Uint8Array<ArrayBuffer> {
  const request = new Uint8Array(IFREQ_BYTES);
  request.set(Buffer.from(name));
  new DataView(request.buffer).setUint16(IFNAMSIZ, flags, LITTLE_ENDIAN);
  return request;
}
