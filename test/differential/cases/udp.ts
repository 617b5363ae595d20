/** Differential cases: datagram sockets of AF_INET. */
import { type Case, UDP_CONNECTED } from "./case.ts";

export const UDP: readonly Case[] = [
  { title: "send without destination", script: "s = socket inet dgram\nsend s hello" },
  { title: "listen and accept", script: "s = socket inet dgram\nlisten s 1\nx = accept s" },
  { title: "shutdown without connection", script: "s = socket inet dgram\nshutdown s 2" },
  { title: "getpeername without connection", script: "s = socket inet dgram\npeername s" },
  { title: "poll of a fresh socket", script: "s = socket inet dgram\npoll s in|out" },
  {
    title: "recv without waiting",
    script: "s = socket inet dgram\nbind s 127.0.0.1:0\nrecv s 10 dontwait\nnonblock s\nrecv s 10",
  },
  {
    title: "sendto binds to a port",
    script: `
      s = socket inet dgram
      bind s 127.0.0.1:0
      c = socket inet dgram
      sendto c hello @s
      sockname c
      recvfrom s 10
    `,
  },
  {
    title: "what does not fit is lost",
    script: `
      s = socket inet dgram
      bind s 127.0.0.1:0
      c = socket inet dgram
      sendto c abcdef @s
      sendto c second @s
      recv s 3
      recv s 10
    `,
  },
  {
    title: "recvmsg says that something was lost",
    script: `${UDP_CONNECTED}\nsend c abcdef\nrecvmsg s 3\nsend c abc\nrecvmsg s 3`,
  },
  {
    title: "MSG_TRUNC gives the whole length",
    script: `${UDP_CONNECTED}\nsend c abcdef\nrecvcount s 3 trunc`,
  },
  {
    title: "MSG_PEEK",
    script: `${UDP_CONNECTED}\nsend c abcdef\nrecv s 3 peek\nrecvfrom s 10 peek\nrecv s 10\nrecv s 10 dontwait`,
  },
  { title: "MSG_WAITALL does not wait for more", script: `${UDP_CONNECTED}\nsend c abc\nrecv s 10 waitall` },
  { title: "MSG_OOB", script: `${UDP_CONNECTED}\nsend c x oob\nrecv s 1 oob|dontwait` },
  {
    title: "empty datagrams",
    script: `${UDP_CONNECTED}\nsend c ""\npoll s in\nrecvfrom s 10\nsend c ""\nsend c x\nrecvmsg s 0\nrecv s 10`,
  },
  {
    title: "FIONREAD tells of the next datagram",
    script: `${UDP_CONNECTED}\nreadable s\nsend c abc\nsend c defgh\nreadable s\nrecv s 10\nreadable s`,
  },
  {
    title: "the largest datagram",
    script: `${UDP_CONNECTED}\nsendmany c 65507\nrecvcount s 70000\nsendmany c 65508`,
  },
  { title: "names of a connected socket", script: `${UDP_CONNECTED}\nsockname c\npeername c\nsockname s` },
  {
    title: "a connected socket hears only its peer",
    script: `${UDP_CONNECTED}
      x = socket inet dgram
      bind x 127.0.0.1:0
      sendto x strange @c
      sendto s known @c
      recv c 10
      recv c 10 dontwait
    `,
  },
  {
    title: "a connected socket may send elsewhere",
    script: `${UDP_CONNECTED}
      x = socket inet dgram
      bind x 127.0.0.1:0
      sendto c aside @x
      recvfrom x 10
    `,
  },
  {
    title: "connect again, and dissolve",
    script: `${UDP_CONNECTED}
      x = socket inet dgram
      bind x 127.0.0.1:0
      connect c @x
      peername c
      connect c unspec
      peername c
      send c hello
    `,
  },
  {
    title: "port unreachable comes back as ECONNREFUSED",
    script: `
      s = socket inet dgram
      bind s 127.0.0.1:0
      c = socket inet dgram
      connect c @s
      close s
      send c one
      settle 10
      poll c in|out
      recv c 10
      recv c 10 dontwait
    `,
  },
  {
    title: "port unreachable is told by send, and by SO_ERROR, once",
    script: `
      s = socket inet dgram
      bind s 127.0.0.1:0
      c = socket inet dgram
      connect c @s
      close s
      send c one
      settle 10
      send c two
      settle 10
      send c three
      settle 10
      getopt c SOL_SOCKET.SO_ERROR
      getopt c SOL_SOCKET.SO_ERROR
    `,
  },
  {
    title: "port unreachable is nothing to a socket that is not connected",
    script: `
      s = socket inet dgram
      bind s 127.0.0.1:0
      x = dup s
      c = socket inet dgram
      bind c 127.0.0.1:0
      close s
      close x
      sendto c one 127.0.0.1:9
      settle 10
      recv c 10 dontwait
    `,
  },
  {
    title: "the last address of 127.0.0.0/8",
    script: "s = socket inet dgram\nsendto s x 127.255.255.255:9",
    differs: {
      1: {
        ours: 1,
        linux: { error: "EACCES" },
        why: "all of 127.0.0.0/8 is this host (RFC 1122 §3.2.1.3); Linux takes the last address for broadcast",
      },
    },
  },
  { title: "sendto port 0", script: "s = socket inet dgram\nsendto s x 127.0.0.1:0" },
  {
    title: "sendto the wildcard address is this host",
    script:
      "s = socket inet dgram\nbind s 0.0.0.0:0\nc = socket inet dgram\nconnect c @s\nsend c hi\nrecv s 10",
  },
  {
    title: "shutdown 1",
    script: `${UDP_CONNECTED}\nshutdown c 1\nsend c x\nsendto c x @s\nsendto s back @c\nrecv c 10`,
  },
  {
    title: "shutdown 0",
    script: `${UDP_CONNECTED}\nsendto s before @c\nsettle 10\nshutdown c 0\nrecv c 10\nsend c x\nrecv s 10\npoll c in|rdhup`,
  },
  { title: "shutdown 2", script: `${UDP_CONNECTED}\nshutdown c 2\npoll c in|out|rdhup\nrecv c 10\nsend c x` },
  {
    title: "shutdown wakes a recv",
    script: `${UDP_CONNECTED}
      spawn t recv c 10
      waits t
      shutdown c 0
      join t
    `,
  },
  {
    title: "recv waits for a datagram",
    script: `${UDP_CONNECTED}
      spawn t recvfrom s 10
      waits t
      send c now
      join t
    `,
  },
  { title: "SO_RCVTIMEO", script: `${UDP_CONNECTED}\nsetopt s SOL_SOCKET.SO_RCVTIMEO 0,50000\nrecv s 10` },
  {
    title: "bind twice to the same address",
    script: "a = socket inet dgram\nbind a 127.0.0.1:0\nb = socket inet dgram\nbind b @a\nbind a 127.0.0.1:0",
  },
  {
    title: "bind twice with SO_REUSEADDR",
    script: `
      a = socket inet dgram
      setopt a SOL_SOCKET.SO_REUSEADDR 1
      bind a 127.0.0.1:0
      b = socket inet dgram
      bind b @a
      setopt b SOL_SOCKET.SO_REUSEADDR 1
      bind b @a
      sockname b
    `,
  },
  {
    title: "bind twice with SO_REUSEPORT on one only",
    script:
      "a = socket inet dgram\nsetopt a SOL_SOCKET.SO_REUSEPORT 1\nbind a 127.0.0.1:0\nb = socket inet dgram\nbind b @a\nsetopt b SOL_SOCKET.SO_REUSEPORT 1\nbind b @a",
  },
  { title: "bind to somebody else's address", script: "s = socket inet dgram\nbind s 192.0.2.1:0" },
  { title: "calls on a closed socket", script: `${UDP_CONNECTED}\nclose c\nsend c x\nrecv c 1\npeername c` },
  {
    title: "a datagram to oneself",
    script: "s = socket inet dgram\nbind s 127.0.0.1:0\nsendto s me @s\nrecvfrom s 10",
  },
  {
    title: "the other sides of 127.0.0.0/8",
    script:
      "s = socket inet dgram\nbind s 127.0.0.5:0\nc = socket inet dgram\nbind c 127.9.9.9:0\nsendto c hi @s\nrecvfrom s 10",
  },
];
