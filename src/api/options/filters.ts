/** SO_ATTACH_FILTER and its kin (socket(7)); and time stamps, of which a socket has only one kind at a time. */
import { type FilterInstruction, isFilter, PacketFilter } from "../../stack/index.ts";
import { SO_LOCK_FILTER, SOL_SOCKET } from "../constants.ts";
import { errno } from "../errors.ts";
import type { SocketOperations } from "../operations.ts";
import { optionKey } from "./option-value.ts";
import { type FullPlace, held, type Place } from "./rows.ts";

/** What receives packets, and can leave some out. */
interface Filtered extends SocketOperations {
  attachFilter(filter: PacketFilter | undefined): void;
  /** Empty: there is none. */
  program: readonly FilterInstruction[];
}

const LOCKED = optionKey(SOL_SOCKET, SO_LOCK_FILTER);

/** SO_ATTACH_FILTER. */
export const attachFilter: Place<Filtered> = {
  effect: "acts",
  get: ({ program }) => program,
  set: (socket, program: unknown) => {
    if (socket.kept.isOn(LOCKED)) return -errno.EPERM;
    if (!isFilter(program)) return -errno.EINVAL;
    socket.attachFilter(new PacketFilter(program));
    socket.program = program;
    return 0;
  },
};

/** SO_DETACH_FILTER. */
export const detachFilter: Place<Filtered> = {
  effect: "acts",
  set: (socket) => {
    if (socket.kept.isOn(LOCKED)) return -errno.EPERM;
    if (socket.program.length === 0) return -errno.ENOENT;
    socket.attachFilter(undefined);
    socket.program = [];
    return 0;
  },
};

/** Once locked, a filter stays so. */
export const lockFilter: Place<SocketOperations> = {
  effect: "acts",
  get: ({ kept }) => Number(kept.isOn(LOCKED)),
  set: ({ kept }, value: number) => {
    if (value === 0 && kept.isOn(LOCKED)) return -errno.EPERM;
    kept.set(LOCKED, value);
    return 0;
  },
};

/** A time stamp's option: turning one on turns the other off. */
export function stamp(number: number, other: number): Place<SocketOperations> {
  return exclusive(held(SOL_SOCKET, number, 0, "acts"), other);
}

/** Kept as a stamp's option is, where stamps have no effect. */
export function stampKept(number: number, other: number): Place<SocketOperations> {
  return exclusive(held(SOL_SOCKET, number, 0, "kept"), other);
}

function exclusive(place: FullPlace<SocketOperations, number>, other: number): Place<SocketOperations> {
  return {
    effect: place.effect,
    get: place.get,
    set: (socket, value: number) => {
      socket.kept.set(optionKey(SOL_SOCKET, other), 0);
      return place.set(socket, value);
    },
  };
}
