/** AF_INET6: both families on one socket and apart, mapped addresses, names, and how ports are shared (RFC 3493). */
import type { Case } from "./case.ts";

const c = (title: string, script: string): Case => ({ title, script });

/** Calls before an address: a dual-stack socket, and one of IPv6 alone. */
const ONLY = "IPPROTO_IPV6.IPV6_V6ONLY 1";

function streams(title: string, listener: string, steps: string): Case {
  return c(title, `l = socket inet6 stream\n${listener}\nlisten l 5\n${steps}`);
}

/** Every pair of addresses at one port, in both orders: who may have it beside whom. */
function sharing(): Case[] {
  const places = {
    "0.0.0.0": ["inet", "0.0.0.0", ""],
    "127.0.0.1": ["inet", "127.0.0.1", ""],
    "::": ["inet6", "[::]", ""],
    ":: alone": ["inet6", "[::]", ONLY],
    "::1": ["inet6", "[::1]", ""],
    "::ffff:127.0.0.1": ["inet6", "[::ffff:127.0.0.1]", ""],
    "::ffff:0.0.0.0": ["inet6", "[::ffff:0.0.0.0]", ""],
  } as const;
  const entries = Object.entries(places);
  return ["stream", "dgram"].flatMap((style) =>
    entries.flatMap(([first, [family, host, option]]) =>
      entries.map(([second, [family2, host2, option2]]) =>
        c(
          `${style}: ${first}, then ${second} at its port`,
          [
            `a = socket ${family} ${style}`,
            ...(option === "" ? [] : [`setopt a ${option}`]),
            `bind a ${host}:0`,
            ...(style === "stream" ? ["listen a 5"] : []),
            `b = socket ${family2} ${style}`,
            ...(option2 === "" ? [] : [`setopt b ${option2}`]),
            `bind b ${host2}@a`,
            "sockname b",
            ...(style === "stream" ? ["listen b 5"] : []),
          ].join("\n"),
        ),
      ),
    ),
  );
}

/** Whom a datagram to each address reaches, of sockets at one port. */
function reaching(): Case[] {
  return ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"].map((host) =>
    c(
      `dgram: to ${host}, of a socket of IPv4 and one of IPv6 alone`,
      `a = socket inet dgram
       bind a 0.0.0.0:0
       b = socket inet6 dgram
       setopt b ${ONLY}
       bind b [::]@a
       s = socket ${host.startsWith("[") ? "inet6" : "inet"} dgram
       sendto s hello ${host}@a
       sockname s
       recvfrom a 10 dontwait
       recvfrom b 10 dontwait`,
    ),
  );
}

export const INET6: readonly Case[] = [
  streams(
    "stream: a dual-stack listener is reached by IPv6",
    "bind l [::]:0",
    `c = socket inet6 stream
     connect c [::1]@l
     s = accept l
     sockname s
     peername s
     sockname c
     peername c
     send c hello
     recv s 10`,
  ),
  streams(
    "stream: a dual-stack listener is reached by IPv4",
    "bind l [::]:0",
    `c = socket inet stream
     connect c 127.0.0.1@l
     s = accept l
     sockname s
     peername s
     peername c
     getopt s IPPROTO_IPV6.IPV6_V6ONLY
     getopt s SOL_SOCKET.SO_DOMAIN
     send s hello
     recv c 10`,
  ),
  streams(
    "stream: a mapped address reaches a listener of both families",
    "bind l [::]:0",
    `c = socket inet6 stream
     connect c [::ffff:127.0.0.1]@l
     s = accept l
     sockname c
     peername c`,
  ),
  streams(
    "stream: a listener of IPv6 alone is not reached by IPv4",
    `setopt l ${ONLY}\nbind l [::]:0`,
    `c = socket inet stream
     connect c 127.0.0.1@l
     d = socket inet6 stream
     connect d [::ffff:127.0.0.1]@l
     e = socket inet6 stream
     setopt e ${ONLY}
     connect e [::ffff:127.0.0.1]@l
     f = socket inet6 stream
     connect f [::1]@l
     s = accept l
     getopt s IPPROTO_IPV6.IPV6_V6ONLY`,
  ),
  streams(
    "stream: a listener at a mapped address takes IPv4 alone",
    "bind l [::ffff:127.0.0.1]:0",
    `sockname l
     c = socket inet stream
     connect c 127.0.0.1@l
     s = accept l
     d = socket inet6 stream
     connect d [::1]@l`,
  ),
  streams(
    "stream: listen without bind takes both families",
    "nonblock l",
    `sockname l
     c = socket inet stream
     connect c 127.0.0.1@l
     s = accept l
     d = socket inet6 stream
     connect d [::1]@l
     t = accept l`,
  ),
  c(
    "stream: to the wildcard address is to this host",
    `l = socket inet6 stream
     bind l [::]:0
     listen l 5
     c = socket inet6 stream
     connect c [::]@l
     peername c
     sockname c`,
  ),
  c("stream: names while unbound", "s = socket inet6 stream\nsockname s\npeername s"),
  c("dgram: names while unbound", "s = socket inet6 dgram\nsockname s\npeername s"),
  c(
    "stream: connect where nobody listens",
    `p = socket inet6 stream
     bind p [::1]:0
     c = socket inet6 stream
     connect c @p
     connect c @p`,
  ),
  c(
    "stream: AF_UNSPEC, and connect by the other family",
    `l = socket inet6 stream
     bind l [::]:0
     listen l 5
     c = socket inet6 stream
     connect c [::1]@l
     connect c unspec
     connect c [::ffff:127.0.0.1]@l
     peername c`,
  ),
  c(
    "stream: IPV6_V6ONLY cannot be changed once bound",
    `s = socket inet6 stream
     getopt s IPPROTO_IPV6.IPV6_V6ONLY
     setopt s ${ONLY}
     getopt s IPPROTO_IPV6.IPV6_V6ONLY
     bind s [::]:0
     setopt s IPPROTO_IPV6.IPV6_V6ONLY 0
     getopt s IPPROTO_IPV6.IPV6_V6ONLY
     d = socket inet6 dgram
     bind d [::1]:0
     setopt d ${ONLY}`,
  ),
  c(
    "bind: a mapped address of a socket of IPv6 alone",
    `s = socket inet6 stream\nsetopt s ${ONLY}\nbind s [::ffff:127.0.0.1]:0`,
  ),
  c(
    "bind: an address that is not ours",
    "s = socket inet6 stream\nbind s [2001:db8::1]:0\nd = socket inet6 dgram\nbind d [2001:db8::1]:0",
  ),
  c(
    "bind: a group",
    "s = socket inet6 stream\nbind s [ff02::1234]:0\nd = socket inet6 dgram\nbind d [ff05::1234]:0\nsockname d",
  ),
  c("bind: twice", "s = socket inet6 stream\nbind s [::1]:0\nbind s [::1]:0"),
  c("stream: connect to a group", "s = socket inet6 stream\nconnect s [ff05::1]:80"),
  c(
    "dgram: sendto binds to a port, of both families",
    `r = socket inet6 dgram
     bind r [::]:0
     s = socket inet6 dgram
     sendto s hello [::1]@r
     sockname s
     recvfrom r 10
     sendto s again [::ffff:127.0.0.1]@r
     recvfrom r 10`,
  ),
  c(
    "dgram: IPv4 of a socket of IPv6 alone",
    `r = socket inet dgram
     bind r 127.0.0.1:0
     s = socket inet6 dgram
     setopt s ${ONLY}
     sendto s hello [::ffff:127.0.0.1]@r
     connect s [::ffff:127.0.0.1]@r`,
  ),
  c(
    "dgram: connect, and AF_UNSPEC",
    `r = socket inet6 dgram
     bind r [::1]:0
     s = socket inet6 dgram
     connect s @r
     sockname s
     peername s
     send s hello
     recvfrom r 10
     connect s unspec
     sockname s
     peername s
     send s hello`,
  ),
  c(
    "dgram: bound to both families, connected and dissolved, it still takes both",
    `s = socket inet6 dgram
     bind s [::]:0
     sockname s
     r = socket inet6 dgram
     bind r [::1]:0
     connect s @r
     sockname s
     connect s unspec
     sockname s
     a = socket inet dgram
     sendto a one 127.0.0.1@s
     sendto r two [::1]@s
     recvfrom s 10 dontwait
     recvfrom s 10 dontwait`,
  ),
  c(
    "dgram: connect by a mapped address",
    `r = socket inet dgram
     bind r 127.0.0.1:0
     s = socket inet6 dgram
     connect s [::ffff:127.0.0.1]@r
     sockname s
     peername s
     send s hello
     recvfrom r 10`,
  ),
  c(
    "dgram: a port where nobody is",
    `p = socket inet6 dgram
     bind p [::1]:0
     s = socket inet6 dgram
     connect s @p
     close p
     send s hello
     settle 50
     getopt s SOL_SOCKET.SO_ERROR
     send s hello
     settle 50
     send s hello
     poll s in|out`,
  ),
  c("dgram: port 0", "s = socket inet6 dgram\nsendto s x [::1]:0\nconnect s [::1]:0\npeername s"),
  c(
    "dgram: to the wildcard address",
    "r = socket inet6 dgram\nbind r [::]:0\ns = socket inet6 dgram\nsendto s hello [::]@r\nrecvfrom r 10",
  ),
  c(
    "what a socket of AF_INET6 says of itself",
    `s = socket inet6 stream
     getopt s SOL_SOCKET.SO_DOMAIN
     getopt s SOL_SOCKET.SO_PROTOCOL
     d = socket inet6 dgram
     getopt d SOL_SOCKET.SO_DOMAIN
     getopt d SOL_SOCKET.SO_PROTOCOL
     r = socket inet6 raw 58
     getopt r SOL_SOCKET.SO_DOMAIN
     getopt r SOL_SOCKET.SO_PROTOCOL
     sockname r
     x = socket inet6 raw
     y = socket inet6 seqpacket
     z = socket inet6 stream 17`,
  ),
  {
    title: "raw: what a socket of IPv6 makes of IPv4",
    script: `r = socket inet6 raw 58
     bind r [::ffff:127.0.0.1]:0
     connect r [::ffff:127.0.0.1]:0
     s = socket inet6 raw 58
     bind s [::1]:0
     sockname s
     connect s [::1]:0
     sockname s
     peername s`,
    differs: {
      2: {
        ours: { error: "ENETUNREACH" },
        linux: null,
        why: "a raw socket of IPv6 sends no IPv4; Linux connects it, and then sends nothing",
      },
    },
  },
  ...sharing(),
  ...reaching(),
];
