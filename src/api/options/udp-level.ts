/** The options of IPPROTO_UDP: udp(7). */
import { IPPROTO_UDP, UDP_CORK } from "../constants.ts";
import type { UdpLike } from "./places.ts";
import { held, type OptionRow, type Place } from "./rows.ts";
import { ON_OFF } from "./shapes.ts";

const corkKept = held(IPPROTO_UDP, UDP_CORK, 0, "acts");

/** Pulling the cork sends what it has held back. */
const cork: Place<UdpLike> = {
  effect: "acts",
  get: corkKept.get,
  set: (socket, value: number) => {
    corkKept.set(socket, value);
    return value === 0 ? socket.pullCork() : 0;
  },
};

/** The rows, in the order of the documentation. */
export const UDP_ROWS: readonly OptionRow[] = [
  {
    name: "UDP_CORK",
    level: IPPROTO_UDP,
    number: UDP_CORK,
    family: "inet",
    shape: ON_OFF,
    places: { udp: cork },
    meaning: "what is sent is one datagram, until it is 0 again",
  },
];
