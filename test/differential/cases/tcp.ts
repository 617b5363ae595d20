/** Differential cases: stream sockets of AF_INET. */
import { type Case, CONNECTED } from "./case.ts";

/** Calls on sockets that are not connected. */
const UNCONNECTED: readonly Case[] = [
  { title: "recv before connect", script: "s = socket inet stream\nrecv s 10" },
  { title: "recv of nothing before connect", script: "s = socket inet stream\nrecvmsg s 0" },
  { title: "send before connect", script: "s = socket inet stream\nsend s hello" },
  { title: "shutdown before connect", script: "s = socket inet stream\nshutdown s 2" },
  { title: "shutdown with an unknown how", script: `${CONNECTED}\nshutdown c 3\nshutdown c -1` },
  { title: "accept without listen", script: "s = socket inet stream\nx = accept s" },
  { title: "getpeername before connect", script: "s = socket inet stream\npeername s" },
  { title: "poll before connect", script: "s = socket inet stream\npoll s in|out" },
  {
    title: "sendto an address without connection",
    script: "s = socket inet stream\nsendto s hi 127.0.0.1:9",
  },
  {
    title: "recv, send and connect on a listener",
    script: `
      s = socket inet stream
      bind s 127.0.0.1:0
      listen s 1
      recv s 10
      send s hello
      peername s
      connect s @s
      getopt s SOL_SOCKET.SO_ACCEPTCONN
    `,
  },
];

const NAMES: readonly Case[] = [
  {
    title: "bind to a free port",
    script: `
      s = socket inet stream
      sockname s
      bind s 127.0.0.1:0
      sockname s
      bind s 127.0.0.1:0
    `,
  },
  {
    title: "bind twice to the same address",
    script: `
      a = socket inet stream
      bind a 127.0.0.1:0
      b = socket inet stream
      bind b @a
      sockname b
    `,
  },
  {
    title: "bind to a listener's address with SO_REUSEADDR",
    script: `
      a = socket inet stream
      setopt a SOL_SOCKET.SO_REUSEADDR 1
      bind a 127.0.0.1:0
      listen a 1
      b = socket inet stream
      setopt b SOL_SOCKET.SO_REUSEADDR 1
      bind b @a
    `,
  },
  {
    title: "bind twice with SO_REUSEADDR, nobody listening",
    script: `
      a = socket inet stream
      setopt a SOL_SOCKET.SO_REUSEADDR 1
      bind a 127.0.0.1:0
      b = socket inet stream
      setopt b SOL_SOCKET.SO_REUSEADDR 1
      bind b @a
      listen a 1
      listen b 1
    `,
  },
  {
    title: "bind twice with SO_REUSEPORT",
    script: `
      a = socket inet stream
      setopt a SOL_SOCKET.SO_REUSEPORT 1
      bind a 127.0.0.1:0
      listen a 1
      b = socket inet stream
      setopt b SOL_SOCKET.SO_REUSEPORT 1
      bind b @a
      listen b 1
      c = socket inet stream
      bind c @a
    `,
  },
  {
    title: "the wildcard and a port that is taken at one address",
    script: `
      a = socket inet stream
      bind a 0.0.0.0:0
      b = socket inet stream
      bind b @a
    `,
  },
  { title: "bind to somebody else's address", script: "s = socket inet stream\nbind s 192.0.2.1:0" },
  { title: "bind to a name of AF_UNIX", script: "s = socket unix stream\nbind s unix:x\nsockname s" },
  {
    title: "listen without bind gets a port",
    script: "s = socket inet stream\nlisten s 3\nsockname s\nlisten s 5",
  },
  {
    title: "the port is free again after close",
    script: `
      a = socket inet stream
      bind a 127.0.0.1:0
      d = dup a
      close a
      b = socket inet stream
      bind b @d
      close d
      bind b 127.0.0.1:0
    `,
  },
  {
    title: "names of a connection",
    script: `${CONNECTED}
      sockname c
      peername c
      sockname s
      peername s
      sockname l
    `,
  },
  {
    title: "a connection to the wildcard address is one to this host",
    script: `
      l = socket inet stream
      bind l 0.0.0.0:0
      listen l 1
      c = socket inet stream
      connect c @l
      s = accept l
      peername c
      sockname s
    `,
  },
];

const CONNECTIONS: readonly Case[] = [
  {
    title: "connect where nobody listens, and again",
    script: `
      l = socket inet stream
      bind l 127.0.0.1:0
      c = socket inet stream
      connect c @l
      peername c
      getopt c SOL_SOCKET.SO_ERROR
      listen l 1
      connect c @l
      s = accept l
      send c again
      recv s 10
    `,
  },
  {
    title: "connect twice",
    script: `${CONNECTED}
      connect c @l
      connect s @l
    `,
  },
  {
    title: "connect without waiting",
    script: `
      l = socket inet stream
      bind l 127.0.0.1:0
      listen l 1
      c = socket inet stream
      nonblock c
      connect c @l
      settle 10
      poll c out
      getopt c SOL_SOCKET.SO_ERROR
      connect c @l
      connect c @l
      s = accept l
      peername c
    `,
  },
  {
    title: "a refusal without waiting is found by SO_ERROR",
    script: `
      l = socket inet stream
      bind l 127.0.0.1:0
      c = socket inet stream
      nonblock c
      connect c @l
      settle 10
      poll c in|out
      getopt c SOL_SOCKET.SO_ERROR
      getopt c SOL_SOCKET.SO_ERROR
    `,
  },
  {
    title: "a refusal without waiting is found by connect",
    script: `
      l = socket inet stream
      bind l 127.0.0.1:0
      c = socket inet stream
      nonblock c
      connect c @l
      settle 10
      connect c @l
    `,
  },
  {
    title: "connect to a family that is not the socket's",
    script: "s = socket inet stream\nconnect s unspec",
  },
  {
    title: "AF_UNSPEC dissolves a connection",
    script: `${CONNECTED}
      connect c unspec
      peername c
      settle 10
      recv s 10
      send c x
    `,
    differs: {
      10: {
        ours: { error: "EPIPE" },
        linux: { error: "ECONNRESET" },
        why: "Linux leaves the reset that it sent itself as an error of its own socket, for one call",
      },
    },
  },
  {
    title: "accept without waiting",
    script: `
      l = socket inet stream
      bind l 127.0.0.1:0
      listen l 1
      nonblock l
      s = accept l
      c = socket inet stream
      connect c @l
      settle 10
      poll l in
      s = accept l
      poll l in
    `,
  },
  {
    title: "connections are accepted in their order",
    script: `
      l = socket inet stream
      bind l 127.0.0.1:0
      listen l 5
      a = socket inet stream
      connect a @l
      b = socket inet stream
      connect b @l
      x = accept l
      y = accept l
    `,
  },
  {
    title: "a client that has closed before accept",
    script: `
      l = socket inet stream
      bind l 127.0.0.1:0
      listen l 5
      c = socket inet stream
      connect c @l
      send c bye
      close c
      s = accept l
      recv s 10
      recv s 10
    `,
  },
  {
    title: "accept waits until somebody comes",
    script: `
      l = socket inet stream
      bind l 127.0.0.1:0
      listen l 5
      spawn t s = accept l
      waits t
      c = socket inet stream
      bind c 127.0.0.1:0
      connect c @l
      join t
    `,
  },
];

const DATA: readonly Case[] = [
  { title: "octets both ways", script: `${CONNECTED}\nsend c hello\nrecv s 10\nsend s world\nrecv c 10` },
  { title: "less room than octets", script: `${CONNECTED}\nsend c abcdef\nrecv s 4\nrecv s 4` },
  { title: "two sends, one recv", script: `${CONNECTED}\nsend c abc\nsend c def\nsettle 100\nrecv s 10` },
  {
    title: "nothing to send, nothing to receive",
    script: `${CONNECTED}\nsend c ""\nrecvmsg s 0 dontwait\nsend c x\nrecv s 1`,
    differs: {
      7: {
        ours: ["", 0, "none"],
        linux: { error: "EAGAIN" },
        why: "BSD gives 0 at once when nothing is asked for; Linux looks whether it would wait",
      },
    },
  },
  { title: "recv without waiting", script: `${CONNECTED}\nrecv s 5 dontwait\nnonblock s\nrecv s 5` },
  {
    title: "MSG_PEEK",
    script: `${CONNECTED}\nsend c abc\nrecv s 2 peek\nrecv s 5 peek\nrecv s 5\nrecv s 1 peek|dontwait`,
  },
  {
    title: "MSG_WAITALL waits for all",
    script: `${CONNECTED}
      send c abc
      spawn t recv s 6 waitall
      waits t
      send c defgh
      join t
      recv s 5
    `,
  },
  {
    title: "MSG_WAITALL ends at the end",
    script: `${CONNECTED}
      send c abc
      spawn t recv s 6 waitall
      shutdown c 1
      join t
    `,
  },
  {
    title: "MSG_WAITALL with MSG_DONTWAIT",
    script: `${CONNECTED}\nsend c abc\nsettle 10\nrecv s 6 waitall|dontwait`,
  },
  {
    title: "MSG_TRUNC throws octets away",
    script: `${CONNECTED}\nsend c abcdef\nrecvcount s 4 trunc\nrecv s 5`,
  },
  { title: "recvfrom gives no address", script: `${CONNECTED}\nsend c abc\nrecvfrom s 5` },
  { title: "recvmsg gives no flags", script: `${CONNECTED}\nsend c abc\nrecvmsg s 5` },
  { title: "sendto ignores the address", script: `${CONNECTED}\nsendto c abc 192.0.2.1:9\nrecv s 5` },
  {
    title: "FIONREAD",
    script: `${CONNECTED}\nreadable s\nsend c abcde\nsettle 10\nreadable s\nrecv s 2\nreadable s`,
  },
  {
    title: "recv waits for octets",
    script: `${CONNECTED}
      spawn t recv s 10
      waits t
      send c now
      join t
    `,
  },
  {
    title: "SO_RCVTIMEO",
    script: `${CONNECTED}
      setopt s SOL_SOCKET.SO_RCVTIMEO 0,100000
      getopt s SOL_SOCKET.SO_RCVTIMEO time
      recv s 10
      send c late
      recv s 10
    `,
  },
  {
    title: "SO_RCVTIMEO of accept",
    script: `
      l = socket inet stream
      bind l 127.0.0.1:0
      listen l 5
      setopt l SOL_SOCKET.SO_RCVTIMEO 0,50000
      s = accept l
    `,
  },
  {
    title: "a full send buffer",
    script: `${CONNECTED}
      fill c 65536
      fill c 65536
      poll c out
      send c x dontwait
    `,
  },
  {
    title: "SO_RCVLOWAT",
    script: `${CONNECTED}
      setopt s SOL_SOCKET.SO_RCVLOWAT 4
      getopt s SOL_SOCKET.SO_RCVLOWAT
      send c ab
      settle 10
      poll s in
      recv s 10 dontwait
      send c abcd
      settle 10
      poll s in
      recv s 10
    `,
  },
];

const ENDS: readonly Case[] = [
  {
    title: "shutdown 1: what was sent arrives, then the end; the other way stays open",
    script: `${CONNECTED}
      send c abc
      shutdown c 1
      recv s 10
      recv s 10
      recv s 10
      send c x
      send s answer
      recv c 10
      poll s in|out|rdhup
    `,
  },
  { title: "shutdown 1 twice", script: `${CONNECTED}\nshutdown c 1\nshutdown c 1` },
  {
    title: "shutdown 2",
    script: `${CONNECTED}\nshutdown c 2\nrecv c 10\nsend c x\nsettle 10\nrecv s 10\npoll c in|out`,
  },
  {
    title: "shutdown 0 with nothing there",
    script: `${CONNECTED}\nshutdown c 0\nrecv c 10\nsend c x\nrecv s 10`,
  },
  {
    title: "shutdown 0 with octets there",
    script: `${CONNECTED}\nsend s abc\nsettle 10\nshutdown c 0\nrecv c 10\nrecv c 10`,
    differs: {
      9: {
        ours: "",
        linux: "abc",
        why: "BSD's shutdown discards what is queued, as Guile's manual says (\"reject\"); Linux still gives it out",
      },
    },
  },
  {
    title: "both ends shut down",
    script: `${CONNECTED}
      shutdown c 1
      shutdown s 1
      settle 10
      recv c 10
      recv s 10
      peername c
      shutdown c 2
      poll c in|out|rdhup
    `,
  },
  {
    title: "shutdown of a listener stops it",
    script:
      "l = socket inet stream\nbind l 127.0.0.1:0\nlisten l 1\nshutdown l 0\nc = socket inet stream\nconnect c @l\ns = accept l",
  },
  {
    title: "shutdown 1 of a listener does nothing",
    script:
      "l = socket inet stream\nbind l 127.0.0.1:0\nlisten l 1\nshutdown l 1\nc = socket inet stream\nconnect c @l\ns = accept l",
  },
  {
    title: "close gives the peer the end",
    script: `${CONNECTED}\nsend c abc\nclose c\nrecv s 2\nrecv s 10\nrecv s 10`,
  },
  {
    title: "octets for a closed socket are answered with a reset",
    script: `${CONNECTED}
      close c
      send s first
      settle 10
      send s second
      send s third
    `,
  },
  {
    title: "close with unread octets resets",
    script: `${CONNECTED}
      send c unread
      settle 10
      close s
      settle 10
      poll c in|out
      recv c 10
      recv c 10
      send c x
    `,
  },
  {
    title: "SO_LINGER 1,0: close resets",
    script: `${CONNECTED}
      setopt c SOL_SOCKET.SO_LINGER 1,0
      getopt c SOL_SOCKET.SO_LINGER pair
      close c
      settle 10
      getopt s SOL_SOCKET.SO_ERROR
      recv s 10
      send s x
      peername s
    `,
  },
  {
    title: "a reset is told once by recv, then it is the end",
    script: `${CONNECTED}
      setopt c SOL_SOCKET.SO_LINGER 1,0
      close c
      settle 10
      recv s 10
      recv s 10
      send s x
      shutdown s 2
    `,
  },
  {
    title: "a reset is told once by send, then it is EPIPE",
    script: `${CONNECTED}
      setopt c SOL_SOCKET.SO_LINGER 1,0
      close c
      settle 10
      send s x
      send s x
      recv s 10
    `,
  },
  {
    title: "octets before a reset are still received",
    script: `${CONNECTED}
      send c abc
      settle 10
      setopt c SOL_SOCKET.SO_LINGER 1,0
      close c
      settle 10
      recv s 10
      recv s 10
    `,
  },
  {
    title: "a reset wakes a recv that waits",
    script: `${CONNECTED}
      spawn t recv s 10
      waits t
      setopt c SOL_SOCKET.SO_LINGER 1,0
      close c
      join t
    `,
  },
  {
    title: "shutdown wakes a recv of one's own",
    script: `${CONNECTED}
      spawn t recv c 10
      waits t
      shutdown c 0
      join t
    `,
  },
  {
    title: "the end wakes a recv that waits",
    script: `${CONNECTED}
      spawn t recv s 10
      waits t
      close c
      join t
    `,
  },
  {
    title: "closing a listener resets what was not accepted",
    script:
      "l = socket inet stream\nbind l 127.0.0.1:0\nlisten l 5\nc = socket inet stream\nconnect c @l\nclose l\nsettle 10\nrecv c 10",
  },
  {
    title: "calls on a closed socket",
    script: `${CONNECTED}\nclose c\nrecv c 1\nsend c x\nsockname c\nlisten c 1\nshutdown c 2`,
  },
  {
    title: "a duplicate keeps the connection",
    script: `${CONNECTED}
      d = dup c
      close c
      send d alive
      recv s 10
      close d
      recv s 10
    `,
  },
  {
    title: "poll of a connection through its life",
    script: `${CONNECTED}
      poll s in|out|pri|rdhup
      send c x
      settle 10
      poll s in|out|pri|rdhup
      recv s 1
      shutdown c 1
      settle 10
      poll s in|out|pri|rdhup
      shutdown s 1
      settle 10
      poll s in|out|pri|rdhup
      select s 0
    `,
  },
];

const URGENT: readonly Case[] = [
  {
    title: "an urgent octet is taken out of the stream",
    script: `${CONNECTED}
      send c abc oob
      settle 10
      poll s in|pri
      recv s 1 oob
      recv s 10
      poll s pri
    `,
  },
  {
    title: "no urgent octet is there",
    script: `${CONNECTED}\nrecv s 1 oob\nsend c abc\nsettle 10\nrecv s 1 oob`,
  },
  {
    title: "the mark stops a recv",
    script: `${CONNECTED}
      send c ab
      send c c oob
      send c de
      settle 10
      atmark s
      recv s 10
      atmark s
      recv s 10
      atmark s
    `,
  },
  {
    title: "SO_OOBINLINE keeps the urgent octet in the stream",
    script: `${CONNECTED}
      setopt s SOL_SOCKET.SO_OOBINLINE 1
      send c ab
      send c c oob
      send c de
      settle 10
      recv s 1 oob
      recv s 10
      atmark s
      recv s 10
    `,
  },
  {
    title: "an urgent octet is read once, or peeked at",
    script: `${CONNECTED}\nsend c x oob\nsettle 10\nrecv s 1 oob|peek\nrecv s 1 oob\nrecv s 1 oob`,
  },
  { title: "select tells of urgent data", script: `${CONNECTED}\nsend c x oob\nsettle 10\nselect s 0` },
];

export const TCP: readonly Case[] = [...UNCONNECTED, ...NAMES, ...CONNECTIONS, ...DATA, ...ENDS, ...URGENT];
