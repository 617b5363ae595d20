/** Ancillary data of AF_UNIX: open sockets that are passed (SCM_RIGHTS), and who sent a message (SCM_CREDENTIALS). */
import type { Failure } from "../../stack/index.ts";
import { unixSockaddr } from "../address.ts";
import { SCM_CREDENTIALS, SCM_RIGHTS, SOL_SOCKET } from "../constants.ts";
import { type ControlMessage, Received } from "../operations.ts";
import { type Description, Socket } from "../socket.ts";
import type { Chunk } from "./chunk.ts";

/** SCM_MAX_FD of Linux: sockets in one message. */
const MOST_PASSED = 253;

/** Nothing is passed. */
const NO_RIGHTS: readonly Description[] = [];

/** The open sockets that `control` passes, one reference each; or why they cannot be. */
export function takeRights(control: readonly ControlMessage[] | undefined): readonly Description[] | Failure {
  if (control === undefined || control.length === 0) return NO_RIGHTS;
  const rights: Description[] = [];
  for (const { level, type, data } of control) {
    // Everybody here is one process: credentials that are sent are ignored in favour of the true ones.
    if (level === SOL_SOCKET && type === SCM_CREDENTIALS) continue;
    if (level !== SOL_SOCKET || type !== SCM_RIGHTS || !Array.isArray(data)) return "invalid";
    if (!collect(data as readonly unknown[], rights)) return "not-open";
  }
  if (rights.length > MOST_PASSED) return "invalid";
  for (const description of rights) description.retain();
  return rights;
}

/** Appends the open sockets of `sockets` to `rights`; false if one is not open. */
function collect(sockets: readonly unknown[], rights: Description[]): boolean {
  for (const socket of sockets) {
    const description = Socket.of(socket);
    if (description === undefined) return false;
    rights.push(description);
  }
  return true;
}

/** Gives up references that nobody received. */
export function dropRights(rights: readonly Description[]): void {
  for (const description of rights) {
    if (description.release()) description.operations.close();
  }
}

/** Tells a receiver who sent `chunk`, and gives it the sockets that came with it. */
export function describe(
  chunk: Chunk,
  details: Received | undefined,
  wantsCredentials: boolean,
  peek: boolean,
): void {
  const { rights, sender } = chunk;
  if (details?.wantsControl !== true) {
    if (rights.length > 0 && !peek) {
      dropRights(rights);
      if (details !== undefined) details.flags |= Received.CONTROL_CUT_OFF;
    }
  } else if (rights.length > 0) {
    // MSG_PEEK gives sockets of its own, and leaves those in the message where they are.
    const data = rights.map((description) => new Socket(peek ? description.retain() : description));
    details.control.push({ level: SOL_SOCKET, type: SCM_RIGHTS, data });
  }
  if (!peek) chunk.rights = NO_RIGHTS;
  if (details === undefined) return;
  if (sender.path !== undefined) details.address ??= unixSockaddr(sender.path);
  if (wantsCredentials && details.wantsControl) {
    details.control.push({ level: SOL_SOCKET, type: SCM_CREDENTIALS, data: sender.credentials });
  }
}
