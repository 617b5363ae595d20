/** Differential cases: which sockets there are. */
import type { Case } from "./case.ts";

export const CREATION: readonly Case[] = [
  { title: "a family that nobody has", script: "s = socket 99 stream" },
  { title: "a family that is not there", script: "s = socket 12 dgram" },
  { title: "AF_UNSPEC", script: "s = socket 0 stream" },
  { title: "a style that nobody has", script: "s = socket inet 99" },
  { title: "style 0", script: "s = socket inet 0" },
  { title: "SOCK_RDM of AF_INET", script: "s = socket inet rdm" },
  { title: "SOCK_SEQPACKET of AF_INET", script: "s = socket inet seqpacket" },
  { title: "SOCK_RDM of AF_UNIX", script: "s = socket unix rdm" },
  { title: "TCP as a datagram protocol", script: "s = socket inet dgram 6" },
  { title: "UDP as a stream protocol", script: "s = socket inet stream 17" },
  { title: "a protocol that nobody has", script: "s = socket inet stream 9999" },
  { title: "an unassigned protocol", script: "s = socket inet stream 250" },
  { title: "a negative protocol", script: "s = socket inet stream -2" },
  { title: "protocols by their numbers", script: "s = socket inet stream 6\nd = socket inet dgram 17" },
  { title: "a protocol of AF_UNIX", script: "s = socket unix stream 6\nt = socket unix stream 1" },
  { title: "SOCK_RAW without protocol", script: "s = socket inet raw" },
  {
    title: "SOCK_RAW of AF_UNIX is a datagram socket",
    script: "s = socket unix raw\ngetopt s SOL_SOCKET.SO_TYPE",
  },
  { title: "a pair of AF_INET", script: "a,b = pair inet stream\nc,d = pair inet dgram" },
  { title: "a pair of no family", script: "a,b = pair 99 stream" },
  { title: "a pair of no style", script: "a,b = pair unix rdm" },
  {
    title: "what a socket says of itself",
    script: `
      s = socket inet stream
      getopt s SOL_SOCKET.SO_TYPE
      getopt s SOL_SOCKET.SO_DOMAIN
      getopt s SOL_SOCKET.SO_PROTOCOL
      getopt s SOL_SOCKET.SO_ERROR
      getopt s SOL_SOCKET.SO_ACCEPTCONN
      sockname s
      peername s
    `,
  },
  {
    title: "what a datagram socket says of itself",
    script: `
      s = socket inet dgram
      getopt s SOL_SOCKET.SO_TYPE
      getopt s SOL_SOCKET.SO_PROTOCOL
      sockname s
      peername s
    `,
  },
];
