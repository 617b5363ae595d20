/** Differential cases: options. */
import { type Case, CONNECTED } from "./case.ts";

/** Sets an option of a stream socket to each of `values`, and looks. */
function tries(option: string, values: readonly string[], style = "stream"): Case {
  const script = values.map((value) => `setopt s ${option} ${value}\ngetopt s ${option}`);
  return {
    title: `${option} of a ${style} socket`,
    script: `s = socket inet ${style}\n${script.join("\n")}`,
  };
}

export const OPTIONS: readonly Case[] = [
  tries("SOL_SOCKET.SO_REUSEADDR", ["1", "0", "7"]),
  tries("SOL_SOCKET.SO_REUSEPORT", ["1", "0"]),
  tries("SOL_SOCKET.SO_KEEPALIVE", ["1", "0", "-1"]),
  tries("SOL_SOCKET.SO_OOBINLINE", ["1", "0"]),
  tries("SOL_SOCKET.SO_BROADCAST", ["1", "0"], "dgram"),
  tries("SOL_SOCKET.SO_DONTROUTE", ["1", "0"]),
  tries("SOL_SOCKET.SO_RCVLOWAT", ["100", "0", "1"]),
  tries("SOL_SOCKET.SO_TYPE", ["1"]),
  tries("SOL_SOCKET.SO_ERROR", ["1"]),
  tries("SOL_SOCKET.SO_ACCEPTCONN", ["1"]),
  tries("SOL_SOCKET.9999", ["1"]),
  tries("IPPROTO_TCP.TCP_NODELAY", ["1", "0", "5"]),
  tries("IPPROTO_TCP.TCP_CORK", ["1", "0"]),
  tries("IPPROTO_TCP.TCP_KEEPIDLE", ["10", "0", "32767", "32768"]),
  tries("IPPROTO_TCP.TCP_KEEPINTVL", ["5", "0", "40000"]),
  tries("IPPROTO_TCP.TCP_KEEPCNT", ["3", "0", "127", "128"]),
  tries("IPPROTO_TCP.TCP_SYNCNT", ["2", "0", "127", "128"]),
  tries("IPPROTO_TCP.TCP_USER_TIMEOUT", ["1500", "0", "-1"]),
  tries("IPPROTO_TCP.TCP_LINGER2", ["20", "-1", "120"]),
  tries("IPPROTO_TCP.TCP_MAXSEG", ["1000", "87", "88", "32768"]),
  tries("IPPROTO_TCP.9999", ["1"]),
  tries("IPPROTO_IP.IP_TTL", ["1", "255", "0", "256", "-1"]),
  tries("IPPROTO_IP.IP_TOS", ["16", "0"], "dgram"),
  tries("IPPROTO_IP.IP_MTU_DISCOVER", ["0", "2", "3", "9"], "dgram"),
  tries("IPPROTO_IP.IP_RECVERR", ["1", "0"], "dgram"),
  tries("IPPROTO_IP.IP_PKTINFO", ["1", "0"], "dgram"),
  tries("IPPROTO_IP.IP_MULTICAST_TTL", ["5", "0", "255", "256", "-1"], "dgram"),
  tries("IPPROTO_IP.IP_MULTICAST_LOOP", ["0", "1"], "dgram"),
  tries("IPPROTO_IP.9999", ["1"]),
  tries("77.1", ["1"]),
  {
    title: "an option of TCP on a datagram socket",
    script: "s = socket inet dgram\nsetopt s IPPROTO_TCP.TCP_NODELAY 1",
  },
  {
    title: "SO_LINGER",
    script: `
      s = socket inet stream
      getopt s SOL_SOCKET.SO_LINGER pair
      setopt s SOL_SOCKET.SO_LINGER 1,5
      getopt s SOL_SOCKET.SO_LINGER pair
      setopt s SOL_SOCKET.SO_LINGER 0,5
    `,
  },
  {
    title: "SO_RCVTIMEO out of range",
    script: `
      s = socket inet stream
      setopt s SOL_SOCKET.SO_RCVTIMEO 0,1000000
      setopt s SOL_SOCKET.SO_RCVTIMEO 0,-1
      getopt s SOL_SOCKET.SO_RCVTIMEO time
      setopt s SOL_SOCKET.SO_SNDTIMEO 3,0
      getopt s SOL_SOCKET.SO_SNDTIMEO time
    `,
  },
  {
    title: "SO_RCVLOWAT above SO_RCVBUF is capped by it",
    script: `
      s = socket inet stream
      setopt s SOL_SOCKET.SO_RCVBUF 4096
      setopt s SOL_SOCKET.SO_RCVLOWAT 1000000
      getopt s SOL_SOCKET.SO_RCVLOWAT
      setopt s SOL_SOCKET.SO_RCVLOWAT -1
      getopt s SOL_SOCKET.SO_RCVLOWAT
    `,
  },
  {
    title: "a negative SO_RCVTIMEO does not wait",
    script: `${CONNECTED}
      setopt s SOL_SOCKET.SO_RCVTIMEO -1,0
      getopt s SOL_SOCKET.SO_RCVTIMEO time
      recv s 10
      setopt l SOL_SOCKET.SO_RCVTIMEO -5,0
      x = accept l
      setopt s SOL_SOCKET.SO_RCVTIMEO 0,0
      send c hi
      recv s 10
    `,
  },
  {
    title: "SO_SNDLOWAT",
    script: "s = socket inet stream\ngetopt s SOL_SOCKET.SO_SNDLOWAT\nsetopt s SOL_SOCKET.SO_SNDLOWAT 5",
  },
  {
    title: "SO_DEBUG",
    script: "s = socket inet stream\nsetopt s SOL_SOCKET.SO_DEBUG 1\ngetopt s SOL_SOCKET.SO_DEBUG",
  },
  {
    title: "TCP_DEFER_ACCEPT and TCP_QUICKACK",
    script: `
      s = socket inet stream
      setopt s IPPROTO_TCP.TCP_DEFER_ACCEPT 0
      getopt s IPPROTO_TCP.TCP_DEFER_ACCEPT
      setopt s IPPROTO_TCP.TCP_QUICKACK 1
      getopt s IPPROTO_TCP.TCP_QUICKACK
    `,
  },
  {
    title: "TCP_CONGESTION",
    script: `
      s = socket inet stream
      setopt s IPPROTO_TCP.TCP_CONGESTION cubic
      getopt s IPPROTO_TCP.TCP_CONGESTION text
      setopt s IPPROTO_TCP.TCP_CONGESTION nothing
    `,
  },
  {
    title: "SO_BINDTODEVICE",
    script: `
      s = socket inet dgram
      setopt s SOL_SOCKET.SO_BINDTODEVICE lo
      getopt s SOL_SOCKET.SO_BINDTODEVICE text
      setopt s SOL_SOCKET.SO_BINDTODEVICE nothing0
    `,
  },
  {
    title: "TCP_INFO and TCP_MAXSEG of a connection",
    script: `${CONNECTED}
      getopt c IPPROTO_TCP.TCP_INFO exists
      setopt c IPPROTO_TCP.TCP_INFO 1
    `,
  },
  {
    title: "options of an accepted socket are the listener's",
    script: `
      l = socket inet stream
      setopt l SOL_SOCKET.SO_KEEPALIVE 1
      setopt l IPPROTO_TCP.TCP_NODELAY 1
      setopt l IPPROTO_TCP.TCP_KEEPIDLE 77
      bind l 127.0.0.1:0
      listen l 1
      c = socket inet stream
      connect c @l
      s = accept l
      getopt s SOL_SOCKET.SO_KEEPALIVE
      getopt s IPPROTO_TCP.TCP_NODELAY
      getopt s IPPROTO_TCP.TCP_KEEPIDLE
      getopt s SOL_SOCKET.SO_ACCEPTCONN
      getopt l SOL_SOCKET.SO_ACCEPTCONN
    `,
  },
  {
    title: "options of AF_UNIX",
    script: `
      s = socket unix stream
      setopt s SOL_SOCKET.SO_PASSCRED 1
      getopt s SOL_SOCKET.SO_PASSCRED
      setopt s SOL_SOCKET.9999 1
      setopt s IPPROTO_TCP.TCP_NODELAY 1
      getopt s IPPROTO_TCP.TCP_NODELAY
      getopt s SOL_SOCKET.SO_ERROR
    `,
  },
];
