/** Opens a Linux TAP or TUN device (Documentation/networking/tuntap.rst), sets it up, and gives it as a link. */
import { accessSync, closeSync, constants, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { arch, endianness } from "node:os";
import {
  addressBits,
  checkSettings,
  FLAG,
  integer,
  oneOf,
  parseIp,
  type Rules,
  rule,
  samePrefix,
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

const IFF_TUN = 0x0001;
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
  /** `"tun"`: IP datagrams without Ethernet headers, neighbours and broadcasts (IFF_TUN); `"tap"` by default. */
  readonly kind?: "tap" | "tun" | undefined;
  /** At most 15 characters; a device of that name is attached to, or else made. `%d` lets the kernel number it. */
  readonly name?: string | undefined;
  /** The kernel's own address on the device, with its prefix length: `10.77.0.1/24`. */
  readonly hostAddress?: string | undefined;
  /** The kernel's own IPv6 address on the device, likewise: `fd77::1/64`. */
  readonly hostAddress6?: string | undefined;
  /** The kernel speaks IPv6 on a device that is made; by default if it is given an IPv6 address. */
  readonly ipv6?: boolean | undefined;
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
    (value) => typeof value === "string" && readPrefix(value)?.address.family === 4,
  ),
  // 65,521 is what the kernel allows an Ethernet device: 65,535 less the header.
  mtu: integer(68, 65_521),
  offload: FLAG,
  queueLength: integer(1),
  spin: integer(0),
  batching: oneOf(["single", "batch", "thread"]),
  hostAddress6: rule(
    "an IPv6 address with its prefix, as in fd77::1/64",
    (value) => typeof value === "string" && readPrefix(value)?.address.family === 6,
  ),
  ipv6: FLAG,
  kind: oneOf(["tap", "tun"]),
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
  const { kind = "tap", name = `${kind}0`, offload = true } = options;
  checkSettings("openTap", options, RULES);
  checkName(name);
  const addresses = [options.hostAddress, options.hostAddress6]
    .map((text) => (text === undefined ? undefined : readPrefix(text)))
    .filter((one) => one !== undefined);
  const libc = await loadLibc();
  for (const address of addresses) refuseConflict(libc, name, address);
  const fd = openTun();
  try {
    const device = attachDevice(libc, fd, name, kind, offload);
    const added = setUp(libc, device, options, addresses);
    const { batching = "thread", spin } = options;
    const descriptor = openDescriptor(libc, fd, batching, () => {
      if (!device.made) for (const address of added) removeAddress(libc, device.index, address);
    });
    return new TapLink(descriptor, {
      name: device.name,
      mtu: readMtu(libc, device.name),
      offload,
      bare: kind === "tun",
      spin,
    });
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
  const address = parseIp(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (slash < 0 || address === undefined || !/^[0-9]{1,3}$/.test(length)) return undefined;
  return Number(length) > addressBits(address.family) ? undefined : { address, prefixLength: Number(length) };
}

/**
 * The kernel would take the address, but send what is meant for us out of the other device, where an equal or
 * longer prefix is. (A shorter one elsewhere does no harm.)
 */
function refuseConflict(libc: Libc, name: string, { address, prefixLength }: DeviceAddress): void {
  const others = listAddresses(libc);
  if (typeof others === "string") throw cannotConfigure("address", name, others);
  const index = libc.interfaceIndex(name);
  for (const { device, ...theirs } of others) {
    if (theirs.index === index) continue; // of the device itself, or of an alias of it
    const covered = theirs.prefixLength >= prefixLength && samePrefix(address, theirs.address, prefixLength);
    if (!covered && !theirs.address.equals(address)) continue;
    throw new TapError(
      "EADDRINUSE",
      `${device === "" ? `device ${theirs.index}` : device} has ${theirs.address}/${theirs.prefixLength}, in the same network: choose another one for ${name}`,
    );
  }
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
function attachDevice(libc: Libc, fd: number, name: string, kind: "tap" | "tun", offload: boolean): Device {
  const made = libc.interfaceIndex(name) === 0;
  const flags = (kind === "tun" ? IFF_TUN : IFF_TAP) | IFF_NO_PI | (offload ? IFF_VNET_HDR : 0);
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
 * Sets what was asked for; returns the addresses that were added by this call. Whoever only owns the device may attach to
 * it and set nothing: that is enough where everything is as it was asked for.
 */
function setUp(
  libc: Libc,
  device: Device,
  options: TapOptions,
  addresses: readonly DeviceAddress[],
): readonly DeviceAddress[] {
  const { name, index, made } = device;
  const { mtu, queueLength = 5_000 } = options;
  if (made) switchIpv6(name, options.ipv6 ?? options.hostAddress6 !== undefined);
  const settings = { queueLength, up: true };
  const refused = configureDevice(libc, index, mtu === undefined ? settings : { ...settings, mtu });
  if (refused === "EPERM" && !made && isAsAsked(libc, name, options, addresses)) return [];
  if (refused !== "")
    throw cannotConfigure(mtu === undefined ? "queue length" : `MTU of ${mtu}`, name, refused);
  return addresses.filter((address) => {
    const code = addAddress(libc, index, address);
    if (code !== "" && code !== "EEXIST") throw cannotConfigure("address", name, code);
    return code === "";
  });
}

/** The device is up, and has the MTU and the address that were asked for. Its queue is as long as its owner made it. */
function isAsAsked(
  libc: Libc,
  name: string,
  { mtu, queueLength }: TapOptions,
  wanted: readonly DeviceAddress[],
): boolean {
  if ((readFlags(libc, name) & IFF_UP) === 0 || queueLength !== undefined) return false;
  if (mtu !== undefined && readMtu(libc, name) !== mtu) return false;
  if (wanted.length === 0) return true;
  const index = libc.interfaceIndex(name);
  const there = listAddresses(libc);
  if (typeof there === "string") return false;
  return wanted.every(({ address, prefixLength }) =>
    there.some(
      (one) => one.index === index && one.address.equals(address) && one.prefixLength === prefixLength,
    ),
  );
}

/**
 * Has the kernel speak IPv6 on the device; or keeps it from sending router solicitations and multicast reports into a
 * network that has only IPv4. Best effort: /proc/sys is read-only in many containers; where IPv6 is off and wanted, it is
 * the address that is refused.
 */
function switchIpv6(name: string, on: boolean): void {
  try {
    writeFileSync(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, on ? "0" : "1");
  } catch {
    // then a few packets more are received and dropped
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
