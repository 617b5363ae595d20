/** Differential cases: what options do, beyond being kept. */
import { type Case, CONNECTED, UDP_CONNECTED } from "./case.ts";

const TTL = "IPPROTO_IP.IP_TTL";
const LEAST = "IPPROTO_IP.IP_MINTTL";
const PEEK_OFF = "SOL_SOCKET.SO_PEEK_OFF";

/** A look, and where the next one begins. */
const look = (octets: number, socket = "s"): string => `
  recv ${socket} ${octets} peek|dontwait
  getopt ${socket} ${PEEK_OFF}
`;
const take = (octets: number, socket = "s"): string => `
  recv ${socket} ${octets} dontwait
  getopt ${socket} ${PEEK_OFF}
`;

const LEAST_HOPS: readonly Case[] = [
  {
    title: "IP_MINTTL of a listener: a SYN from too far away is not heard",
    script: `
      l = socket inet stream
      bind l 127.0.0.1:0
      listen l 5
      setopt l ${LEAST} 65
      c = socket inet stream
      nonblock c
      connect c @l
      settle 20
      poll c out 0
      setopt c ${TTL} 65
      settle 1500
      poll c out 0
    `,
  },
  {
    title: "IP_MINTTL of a connection: text from too far away is not heard until it comes from nearer",
    script: `${CONNECTED}
      setopt s ${LEAST} 65
      send c hello
      settle 20
      recv s 9 dontwait
      setopt c ${TTL} 65
      settle 700
      recv s 9 dontwait
    `,
  },
  {
    title: "IPV6_MINHOPCOUNT of a connection",
    script: `
      l = socket inet6 stream
      bind l [::1]:0
      listen l 5
      c = socket inet6 stream
      connect c @l
      s = accept l
      setopt s IPPROTO_IPV6.IPV6_MINHOPCOUNT 255
      send c hello
      settle 20
      recv s 9 dontwait
      setopt c IPPROTO_IPV6.IPV6_UNICAST_HOPS 255
      settle 700
      recv s 9 dontwait
    `,
  },
  {
    title: "IP_MINTTL of UDP",
    script: `${UDP_CONNECTED}
      setopt s ${LEAST} 65
      send c far
      settle 10
      recv s 9 dontwait
      setopt c ${TTL} 65
      send c near
      settle 10
      recv s 9 dontwait
    `,
    differs: {
      7: {
        ours: { error: "EAGAIN" },
        linux: "far",
        why: "RFC 5082 is not about TCP alone; Linux keeps IP_MINTTL of UDP and does nothing with it, FreeBSD drops, too",
      },
    },
  },
];

const FREE_BIND: readonly Case[] = [
  {
    title: "IP_FREEBIND: an address that is nobody's, tcp",
    script: `
      s = socket inet stream
      bind s 192.0.2.1:0
      setopt s IPPROTO_IP.IP_FREEBIND 1
      bind s 192.0.2.1:0
      sockname s
      listen s 5
    `,
  },
  {
    title: "IP_FREEBIND: an address that is nobody's, udp",
    script: `
      s = socket inet dgram
      bind s 192.0.2.1:0
      setopt s IPPROTO_IP.IP_FREEBIND 1
      bind s 192.0.2.1:0
      sockname s
    `,
  },
  {
    title: "IP_FREEBIND: an address that is nobody's, raw",
    script: `
      s = socket inet raw 99
      bind s 192.0.2.1:0
      setopt s IPPROTO_IP.IP_FREEBIND 1
      bind s 192.0.2.1:0
    `,
  },
  {
    title: "IPV6_FREEBIND: an address that is nobody's",
    script: `
      s = socket inet6 dgram
      bind s [2001:db8::1]:0
      setopt s IPPROTO_IPV6.IPV6_FREEBIND 1
      bind s [2001:db8::1]:0
      sockname s
      t = socket inet6 stream
      bind t [2001:db8::1]:0
      setopt t IPPROTO_IPV6.IPV6_FREEBIND 1
      bind t [2001:db8::1]:0
      sockname t
    `,
  },
  {
    title: "IP_FREEBIND: nothing is sent from an address that this host has not got",
    script: `
      s = socket inet dgram
      setopt s IPPROTO_IP.IP_FREEBIND 1
      bind s 192.0.2.1:0
      sendto s x 127.0.0.1:9
      connect s 127.0.0.1:9
      t = socket inet stream
      setopt t IPPROTO_IP.IP_FREEBIND 1
      bind t 192.0.2.1:0
      connect t 127.0.0.1:9
    `,
  },
];

/** What each kind of stream does with an offset. */
const STREAM_LOOKS = `
  setopt s ${PEEK_OFF} 0
  send c abcdefgh
  settle 20
  ${look(3)}${look(3)}${look(9)}${look(9)}${take(2)}${look(9)}${take(9)}${look(9)}
  send c ij
  settle 20
  setopt s ${PEEK_OFF} 1
  ${look(9)}
  setopt s ${PEEK_OFF} 9
  ${look(9)}
  setopt s ${PEEK_OFF} -1
  ${look(9)}${look(1)}
  setopt s ${PEEK_OFF} 1
  shutdown c 1
  settle 20
  ${look(9)}${look(9)}${take(9)}${take(9)}${look(9)}
`;

/** The same with messages: a look ends with its message, and the next one goes on. */
const MESSAGE_LOOKS = `
  setopt s ${PEEK_OFF} 0
  send c abcd
  send c efgh
  settle 10
  ${look(3)}${look(3)}${look(3)}${look(9)}${look(9)}${take(2)}${look(9)}
  recvcount s 2 dontwait|trunc
  getopt s ${PEEK_OFF}
  send c xyz
  settle 10
  setopt s ${PEEK_OFF} 1
  recvcount s 1 dontwait|trunc|peek
  getopt s ${PEEK_OFF}
  setopt s ${PEEK_OFF} 7
  ${look(9)}${take(9)}
`;

const LOOKS: readonly Case[] = [
  { title: "SO_PEEK_OFF of tcp", script: `${CONNECTED}${STREAM_LOOKS}` },
  { title: "SO_PEEK_OFF of a unix stream", script: `s,c = pair unix stream\n${STREAM_LOOKS}` },
  {
    title: "SO_PEEK_OFF of udp",
    script: `${UDP_CONNECTED}${MESSAGE_LOOKS}`,
    differs: {
      27: { ours: 2, linux: 3, why: "MSG_TRUNC tells what is left of the datagram, as of AF_UNIX" },
      28: { ours: 3, linux: 4, why: "MSG_TRUNC tells what is left of the datagram, as of AF_UNIX" },
    },
  },
  { title: "SO_PEEK_OFF of a unix seqpacket", script: `s,c = pair unix seqpacket\n${MESSAGE_LOOKS}` },
  { title: "SO_PEEK_OFF of a unix datagram", script: `s,c = pair unix dgram\n${MESSAGE_LOOKS}` },
  {
    title: "SO_PEEK_OFF: a look that waits for what is behind its offset",
    script: `${CONNECTED}
      setopt s ${PEEK_OFF} 2
      spawn t recv s 9 peek
      send c ab
      waits t
      send c cd
      outcome t
    `,
  },
];

const OF_TCP: readonly Case[] = [
  {
    title: "TCP_SAVE_SYN: the headers of the SYN, once",
    script: `
      l = socket inet stream
      bind l 127.0.0.1:0
      listen l 5
      setopt l IPPROTO_TCP.TCP_SAVE_SYN 1
      c = socket inet stream
      connect c @l
      s = accept l
      getopt s IPPROTO_TCP.TCP_SAVED_SYN length
      getopt s IPPROTO_TCP.TCP_SAVED_SYN length
      getopt c IPPROTO_TCP.TCP_SAVED_SYN length
      getopt l IPPROTO_TCP.TCP_SAVED_SYN length
    `,
  },
  {
    title: "TCP_SAVE_SYN of IPv6",
    script: `
      l = socket inet6 stream
      bind l [::1]:0
      listen l 5
      setopt l IPPROTO_TCP.TCP_SAVE_SYN 1
      c = socket inet6 stream
      connect c @l
      s = accept l
      getopt s IPPROTO_TCP.TCP_SAVED_SYN length
    `,
  },
  {
    title: "TCP_NOTSENT_LOWAT: room is told of while little is unsent",
    script: `${CONNECTED}
      setopt c IPPROTO_TCP.TCP_NOTSENT_LOWAT 20000
      poll c out 0
      fill c 100000
      poll c out 0
      spawn t send c x
      waits t
      drain s
      settle 100
      outcome t
      drain s
      settle 100
      poll c out 0
      nonblock c
    `,
  },
  {
    title: "TCP_NOTSENT_LOWAT: a larger one ends a wait",
    script: `${CONNECTED}
      setopt c IPPROTO_TCP.TCP_NOTSENT_LOWAT 20000
      fill c 100000
      spawn p poll c out -1
      waits p
      setopt c IPPROTO_TCP.TCP_NOTSENT_LOWAT -1
      poll c out 0
    `,
  },
  {
    title: "TCP_WINDOW_CLAMP of a connection cannot be forgotten",
    script: `${CONNECTED}
      setopt s IPPROTO_TCP.TCP_WINDOW_CLAMP 0
      setopt s IPPROTO_TCP.TCP_WINDOW_CLAMP 3000
      getopt s IPPROTO_TCP.TCP_WINDOW_CLAMP
      setopt l IPPROTO_TCP.TCP_WINDOW_CLAMP 0
    `,
  },
];

export const EFFECTS: readonly Case[] = [...LEAST_HOPS, ...FREE_BIND, ...LOOKS, ...OF_TCP];
