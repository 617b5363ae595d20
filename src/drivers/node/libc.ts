/**
 * The few calls of the C library that Node does not offer, through koffi. koffi is an optional dependency,
 * loaded on the first use, so everything else of this package works without it.
 *
 * Memory is passed by address, as a number. A koffi call with an address in hand costs about 250 ns besides the
 * system call, and allocates nothing. A `subarray` per frame would cost 50 ns more, and garbage.
 */
import { getSystemErrorName } from "node:util";
import { cannotLoad, type Koffi, loadKoffi } from "./koffi.ts";
import { TapError } from "./tap-error.ts";

/** Waits for a descriptor in Node's own event loop (`uv_poll_t`): no thread, no polling. */
export interface Watcher {
  /** Calls `ready` once per turn of the event loop as long as the descriptor is ready; ends an earlier watch. */
  start(interest: Readiness, ready: Ready): void;
  close(): void;
  ref(): void;
  unref(): void;
}

/** What a descriptor is, or is waited for to be, ready for. */
export interface Readiness {
  readonly readable: boolean;
  readonly writable: boolean;
}

/** Called when a descriptor is ready; with a negative `status` when it is broken. */
export type Ready = (status: number, now: Readiness) => void;

/** The calls of the C library that the TAP needs. */
export interface Libc {
  /** Octets read to `address`; -1 on failure, and then `errno` says why. */
  read(fd: number, address: number, octets: number): number;
  /** Octets written from `address`; -1 on failure, and then `errno` says why. */
  write(fd: number, address: number, octets: number): number;
  ioctl(fd: number, request: number, argument: Uint8Array): number;
  /** For the requests whose argument is a number rather than where one is. */
  ioctlValue(fd: number, request: number, argument: number): number;
  socket(domain: number, type: number, protocol: number): number;
  send(fd: number, message: Uint8Array, octets: number, flags: number): number;
  recv(fd: number, message: Uint8Array, octets: number, flags: number): number;
  /** Whether the descriptor is ready for any of `events` (poll(2)): those that it is ready for; -1 on failure. */
  poll(fd: number, events: number): number;
  /** Any system call by its number; -1 on failure, and then `errno` says why. */
  syscall(number: number, a: number, b: number, c: number, d: number, e: number, f: number): number;
  /** Maps `octets` of what `fd` offers at `offset` into memory, to read and to write; the address, or -1. */
  map(fd: number, octets: number, offset: number): number;
  unmap(address: number, octets: number): void;
  /** The memory at `address`, which must not be used any more once it is unmapped. */
  view(address: number, octets: number): ArrayBuffer;
  /** The index of a network device in this thread's network namespace; 0 if there is none of that name. */
  interfaceIndex(name: string): number;
  /** The error number of the last call that failed in this thread. */
  errno(): number;
  /** Where in memory `bytes` are. It holds as long as they live, since only short arrays are ever moved. */
  addressOf(bytes: Uint8Array | Int32Array): number;
  watch(fd: number, interest: Readiness, ready: Ready): Watcher;
}

/** The name of an error number, as `EBUSY`. */
export function errnoName(errno: number): string {
  // TUN's own "descriptor in bad state" is not among those that libuv can name.
  return errno === EBADFD ? "EBADFD" : getSystemErrorName(-errno);
}

/** Linux: no data now, or no room now. */
export const EAGAIN = 11;
/** Linux: a call was interrupted by a signal. */
export const EINTR = 4;
/** Linux: a frame was written to a device that is down. */
export const EIO = 5;
/** Linux: the TUN descriptor's device has been deleted. */
export const EBADFD = 77;
/** Linux: this cannot be done with such a descriptor. */
export const EOPNOTSUPP = 95;

const ENXIO = 6;
const EBADF = 9;
const ENODEV = 19;

/** Whether an error number says that there is no device behind the descriptor any more. */
export function isGone(errno: number): boolean {
  return errno === EBADFD || errno === ENODEV || errno === ENXIO || errno === EBADF;
}

const PROT_READ_WRITE = 3;
/** `MAP_SHARED | MAP_POPULATE`: pages that the kernel shares, all there from the start. */
const MAP_SHARED_POPULATE = 0x8001;

let loading: Promise<Libc> | undefined;

/**
 * Loads koffi and binds the calls, once.
 *
 * @throws {@link TapError} `ENOSYS` on another system than Linux; `ENOKOFFI` when koffi is not installed, `EKOFFI`
 * when it is and does not load
 */
export function loadLibc(): Promise<Libc> {
  loading ??= bind().catch((error: unknown) => {
    loading = undefined; // it may be installed meanwhile
    throw error;
  });
  return loading;
}

async function bind(): Promise<Libc> {
  if (process.platform !== "linux") {
    throw new TapError("ENOSYS", `TAP devices are supported on Linux only, and this is ${process.platform}`);
  }
  const koffi = await loadKoffi();
  try {
    return bindCalls(koffi);
  } catch (error) {
    throw cannotLoad(error); // it is there, and the C library is not as it takes it to be
  }
}

function bindCalls(koffi: Koffi): Libc {
  const library = koffi.load(null);
  const long = "int64_t";
  const poll = library.func("poll", "int", ["void *", "ulong", "int"]);
  const asked = new Int16Array(4); // struct pollfd: a descriptor of 32 bits, what is asked, what holds
  const mmap = library.func("mmap", long, [long, "size_t", "int", "int", "int", long]);
  return {
    read: library.func("read", "int", ["int", "int64_t", "int"]),
    write: library.func("write", "int", ["int", "int64_t", "int"]),
    ioctl: library.func("ioctl", "int", ["int", "ulong", "void *"]),
    ioctlValue: library.func("ioctl", "int", ["int", "ulong", "ulong"]),
    socket: library.func("socket", "int", ["int", "int", "int"]),
    send: library.func("send", "int", ["int", "void *", "int", "int"]),
    recv: library.func("recv", "int", ["int", "void *", "int", "int"]),
    syscall: library.func("syscall", long, [long, long, long, long, long, long, long]),
    poll: (fd, events) => {
      new Int32Array(asked.buffer)[0] = fd;
      asked[2] = events;
      asked[3] = 0;
      return (poll(asked, 1, 0) as number) < 0 ? -1 : (asked[3] as number);
    },
    map: (fd, octets, offset) => mmap(0, octets, PROT_READ_WRITE, MAP_SHARED_POPULATE, fd, offset) as number,
    unmap: library.func("munmap", "int", [long, "size_t"]),
    view: (address, octets) => koffi.view(address, octets),
    interfaceIndex: library.func("if_nametoindex", "uint", ["str"]),
    errno: koffi.errno as () => number,
    addressOf: (bytes) => Number(koffi.address(bytes)),
    watch: (fd, interest, ready) =>
      // koffi's types lack the status, which its callback is given as the first argument.
      koffi.node.poll(fd, interest, ready as unknown as () => void) as unknown as Watcher,
  };
}
