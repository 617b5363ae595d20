/** TCP_INFO by Linux's names (include/uapi/linux/tcp.h), from what our stack knows. Times are microseconds. */
import type { TcpInfo } from "../../stack/index.ts";
import { TCP_STATES } from "../run/constants.ts";

/** TCP_CA_Open, TCP_CA_Disorder, TCP_CA_Recovery and TCP_CA_Loss. */
const RECOVERY_STATES: Readonly<Record<TcpInfo["recovery"], number>> = {
  none: 0,
  disorder: 1,
  fast: 3,
  timeout: 4,
};
/** TCP_INFINITE_SSTHRESH. */
const NO_THRESHOLD = 0x7fff_ffff;

/** The values that assertions may name. What a segment is counts by the MSS, as windows do in Linux. */
export function tcpInfo(info: TcpInfo): Readonly<Record<string, number>> {
  const segments = (octets: number): number => (info.sendMss > 0 ? Math.ceil(octets / info.sendMss) : 0);
  const whole = (octets: number): number => (info.sendMss > 0 ? Math.floor(octets / info.sendMss) : 0);
  const options =
    (info.timestamps ? 1 : 0) | (info.sack ? 2 : 0) | (info.sendScale + info.receiveScale > 0 ? 4 : 0);
  return {
    tcpi_state: TCP_STATES[info.state] ?? 0,
    tcpi_ca_state: RECOVERY_STATES[info.recovery],
    tcpi_retransmits: info.retransmits,
    tcpi_backoff: info.retransmits,
    tcpi_options: options,
    tcpi_snd_wscale: info.sendScale,
    tcpi_rcv_wscale: info.receiveScale,
    tcpi_rto: info.retransmissionTimeout,
    tcpi_snd_mss: info.sendMss,
    tcpi_advmss: info.receiveMss,
    tcpi_rcv_mss: info.peerSegment,
    tcpi_unacked: segments(info.outstanding),
    tcpi_sacked: segments(info.sacked),
    tcpi_lost: segments(info.lost),
    tcpi_retrans: segments(info.resent),
    tcpi_reordering: info.reordering,
    tcpi_rtt: info.smoothedRtt,
    tcpi_rttvar: info.rttVariation,
    tcpi_snd_ssthresh: Number.isFinite(info.slowStartThreshold)
      ? whole(info.slowStartThreshold)
      : NO_THRESHOLD,
    tcpi_snd_cwnd: whole(info.congestionWindow),
    tcpi_total_retrans: info.totalRetransmits,
    tcpi_bytes_acked: info.bytesAcknowledged,
    tcpi_bytes_received: info.bytesReceived,
    tcpi_bytes_sent: info.bytesSent,
    tcpi_segs_out: info.segmentsSent,
    tcpi_segs_in: info.segmentsReceived,
    tcpi_snd_wnd: info.sendWindow,
    tcpi_rcv_wnd: info.receiveWindow,
  };
}
