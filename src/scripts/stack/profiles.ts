/** Constants of TCP by name: what a script expects of the system that it was written for. */
import { milliseconds, seconds, type TcpSettings } from "../../stack/index.ts";

/** The names of the profiles. */
export type ProfileName = "linux" | "default";

/**
 * What Linux 6 does where RFCs leave a choice: delayed ACKs of 40 ms, and at first none; a minimum RTO of 200 ms; ECN
 * where the peer asks for it; closed windows probed without text; RACK's way with holes; the buffers that packetdrill's collections set, hence a scale of 8.
 */
export const LINUX_PROFILE: TcpSettings = {
  config: {
    minRto: milliseconds(200),
    maxRto: seconds(120),
    delayedAck: milliseconds(40),
    quickAcks: 16,
    timeWait: seconds(60),
    dataRetries: 15,
    suspectRetries: 3,
    synAckRetries: 5,
    minMss: 48,
    tailLossProbe: true,
    leastProbeWait: milliseconds(2),
    reorderingSlack: milliseconds(2),
    windowProbes: "old-number",
    allBelowLost: true,
    growsByNews: true,
    shutDiscards: false,
    blackHoleDetection: false,
    pushBursts: 2,
    ecn: "off",
  },
  options: {
    receiveBuffer: 15 * 1024 * 1024,
    sendBuffer: 4 * 1024 * 1024,
    synCount: 5,
    congestion: "cubic",
  },
};

/** The profiles by name; "default" is the stack as it is. */
export const PROFILES: Readonly<Record<ProfileName, TcpSettings>> = { linux: LINUX_PROFILE, default: {} };
