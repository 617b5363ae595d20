/** What names in calls and assertions stand for: the numbers of Linux on x86-64. */
import * as api from "../../api/index.ts";
import { own } from "../language/own.ts";

/** States of TCP, as TCP_INFO has them (include/net/tcp_states.h). */
export const TCP_STATES: Readonly<Record<string, number>> = {
  established: 1,
  "syn-sent": 2,
  "syn-received": 3,
  "fin-wait-1": 4,
  "fin-wait-2": 5,
  "time-wait": 6,
  closed: 7,
  "close-wait": 8,
  "last-ack": 9,
  listen: 10,
  closing: 11,
};

/** What the socket interface has no name for, or another one. */
const OTHERS: Readonly<Record<string, number>> = {
  SOL_IP: 0,
  SOL_TCP: 6,
  SOL_UDP: 17,
  IPPROTO_MPTCP: 262,
  O_RDONLY: 0,
  O_WRONLY: 1,
  TCP_WINDOW_CLAMP: 10,
  TCP_MD5SIG: 14,
  TCP_FASTOPEN: 23,
  TCP_TIMESTAMP: 24,
  TCP_NOTSENT_LOWAT: 25,
  TCP_CM_INQ: 36,
  TCP_FASTOPEN_CONNECT: 30,
  TCP_ZEROCOPY_RECEIVE: 35,
  SO_ZEROCOPY: 60,
  SO_TIMESTAMPING: 37,
  SO_SNDBUFFORCE: 32,
  SO_RCVBUFFORCE: 33,
  MSG_FASTOPEN: 0x2000_0000,
  MSG_ZEROCOPY: 0x400_0000,
  MSG_WAITFORONE: 0x10000,
  IP_MINTTL: 21,
  IP_FREEBIND: 15,
  TCP_ESTABLISHED: 1,
  TCP_SYN_SENT: 2,
  TCP_SYN_RECV: 3,
  TCP_FIN_WAIT1: 4,
  TCP_FIN_WAIT2: 5,
  TCP_TIME_WAIT: 6,
  TCP_CLOSE: 7,
  TCP_CLOSE_WAIT: 8,
  TCP_LAST_ACK: 9,
  TCP_LISTEN: 10,
  TCP_CLOSING: 11,
  TCP_CA_Open: 0,
  TCP_CA_Disorder: 1,
  TCP_CA_CWR: 2,
  TCP_CA_Recovery: 3,
  TCP_CA_Loss: 4,
  TCPI_OPT_TIMESTAMPS: 1,
  TCPI_OPT_SACK: 2,
  TCPI_OPT_WSCALE: 4,
  TCPI_OPT_ECN: 8,
  TCPI_OPT_ECN_SEEN: 16,
  TCPI_OPT_SYN_DATA: 32,
  TCP_INFINITE_SSTHRESH: 0x7fff_ffff,
};

/** What `name` stands for; undefined if nobody knows. */
export function constantOf(name: string): number | undefined {
  const known = own(OTHERS, name) ?? own(api as Readonly<Record<string, unknown>>, name);
  if (typeof known === "number") return known;
  return own(api.errno as Readonly<Record<string, number>>, name);
}
