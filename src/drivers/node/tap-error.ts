/** What can go wrong with a TAP device, and what to do about it. */

/**
 * The errno names that opening a TAP can fail with; `ENOKOFFI` when the native bridge, koffi, is not installed, `EKOFFI`
 * when it is and something keeps it from loading.
 */
export type TapErrorCode =
  | "ENOKOFFI"
  | "EKOFFI"
  | "ENOSYS"
  | "ENOENT"
  | "ENODEV"
  | "EACCES"
  | "EPERM"
  | "EBUSY"
  | "EINVAL"
  | "EADDRINUSE"
  | "EIO";

/** A TAP device could not be opened or set up. The message says what to do. */
export class TapError extends Error {
  /** Of the class. */
  override readonly name: string = "TapError";
  /** What kind of failure it is. */
  readonly code: TapErrorCode;

  constructor(code: TapErrorCode, message: string, options?: ErrorOptions) {
    super(`${message} (${code})`, options);
    this.code = code;
  }
}

const NEED_RIGHTS = "run as root, or give the process CAP_NET_ADMIN (in a container: --cap-add NET_ADMIN)";
/** Rights to the network do not open a file. */
const NEED_THE_FILE =
  "run as root, or have it opened to others (sudo chmod 666 /dev/net/tun); then CAP_NET_ADMIN, or a device of one's own";

/**
 * The error for a failure to open `/dev/net/tun`.
 *
 * @param mode - of that file, as `0600`; "" if it is not known
 */
export function cannotOpenTun(code: string | undefined, mode: string, cause: unknown): TapError {
  const options = { cause };
  if (code === "ENOENT" || code === "ENODEV" || code === "ENXIO") {
    const remedy = "load the driver (modprobe tun); in a container add --device /dev/net/tun";
    return new TapError(
      code === "ENOENT" ? "ENOENT" : "ENODEV",
      `there is no /dev/net/tun: ${remedy}`,
      options,
    );
  }
  if (code === "EACCES" || code === "EPERM") {
    const known = mode === "" ? "" : `, whose mode is ${mode}`;
    return new TapError(code, `may not open /dev/net/tun${known}: ${NEED_THE_FILE}`, options);
  }
  return new TapError("EIO", `cannot open /dev/net/tun: ${code ?? String(cause)}`, options);
}

/** The error for a TUNSETIFF that failed: `name` could not be created, or not be attached to. */
export function cannotAttach(name: string, code: string, existed: boolean): TapError {
  switch (code) {
    case "EPERM":
    case "EACCES":
      return new TapError(
        code,
        `may not ${existed ? "attach to" : "create"} the device ${name}: ${NEED_RIGHTS}`,
      );
    case "EBUSY":
      return new TapError(
        "EBUSY",
        `the device ${name} is in use by another process: stop that one, or choose another name`,
      );
    case "EINVAL":
      return new TapError(
        "EINVAL",
        existed
          ? `${name} exists and is not a TAP device: choose another name, or delete it (ip link delete ${name})`
          : `the kernel takes no device named "${name}": choose another name`,
      );
    default:
      return new TapError("EIO", `cannot ${existed ? "attach to" : "create"} the device ${name}: ${code}`);
  }
}

/** The error for a setting of the device that the kernel refused. */
export function cannotConfigure(what: string, name: string, code: string): TapError {
  if (code === "EPERM" || code === "EACCES") {
    const before = "or set it up before, with address, MTU and up (ip address add, ip link set)";
    return new TapError(code, `may not set the ${what} of ${name}: ${NEED_RIGHTS}; ${before}`);
  }
  if (code === "ENODEV")
    return new TapError("ENODEV", `${name} vanished while it was being set up: try again`);
  if (code === "EINVAL") return new TapError("EINVAL", `the kernel refuses this ${what} for ${name}`);
  return new TapError("EIO", `cannot set the ${what} of ${name}: ${code}`);
}
