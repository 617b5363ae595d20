/**
 * Differential cases: what stands behind the IP header, sent and received. IP_OPTIONS (RFC 791 §3.1), extension headers
 * (RFC 3542 §6 to §9), IPV6_MTU, and marks.
 */
import type { Case } from "./case.ts";

const OPTIONS = "IPPROTO_IP.IP_OPTIONS";
const RECVOPTS = "IPPROTO_IP.IP_RECVOPTS";
const RETOPTS = "IPPROTO_IP.IP_RETOPTS";
const HOPOPTS = "IPPROTO_IPV6.IPV6_HOPOPTS";
const DSTOPTS = "IPPROTO_IPV6.IPV6_DSTOPTS";
const RTHDR = "IPPROTO_IPV6.IPV6_RTHDR";

/** Options of a header, of which those without times come as they are. */
const IPV4: Readonly<Record<string, string>> = {
  "Record Route": "0x070b040000000000000000",
  "Record Route, with room for nine": `0x072704${"00".repeat(36)}`,
  "Record Route without room": "0x070b0c0000000000000000",
  "a no-operation and Record Route": "0x0107070400000000",
  "Router Alert": "0x94040000",
  "a stream identifier": "0x88040005",
  "no-operations": "0x0101",
  "an unknown option": "0x1e040102",
  "the end, and what is behind it": "0x00070704",
  "the longest": `0x${"01".repeat(40)}`,
};

/** What cannot be sent. */
const BAD: Readonly<Record<string, string>> = {
  "half an option": "0x070b0400",
  "a type alone": "0x07",
  "a length of one": "0x1e01",
  "Record Route twice": "0x07070400000000070704000000000000",
  "Router Alert of three octets": "0x940300",
  "a pointer before the times": "0x440c04000000000000000000",
  "a source route without an address": "0x830304",
  "a source route that has begun": "0x830b080a0000010a000002",
  "two source routes": "0x8307040a0000018907040a000001",
  CIPSO: "0x860600000001",
  "41 octets": `0x${"01".repeat(41)}`,
};

const TOO_LONG: NonNullable<Case["differs"]> = {
  8: {
    ours: { error: "EINVAL" },
    linux: 2,
    why: "a header has room for 40; Linux sends the first 40 of what a call gives",
  },
  9: {
    ours: { error: "EAGAIN" },
    linux: [
      "hi",
      [
        [0, 6, "01".repeat(40)],
        [0, 7, ""],
      ],
    ],
    why: "a header has room for 40; Linux sends the first 40 of what a call gives",
  },
};

const OWN_KIND =
  "what a call gives takes the place of the socket's header of its kind; on Linux, of all its headers";

const RECEIVER = `
  r = socket inet dgram
  bind r 127.0.0.1:0
  setopt r ${RECVOPTS} 1
  setopt r ${RETOPTS} 1
  s = socket inet dgram
`;

const RECEIVER6 = `
  r = socket inet6 dgram
  bind r [::1]:0
  setopt r IPPROTO_IPV6.IPV6_RECVHOPOPTS 1
  setopt r IPPROTO_IPV6.IPV6_RECVDSTOPTS 1
  setopt r IPPROTO_IPV6.IPV6_RECVRTHDR 1
  s = socket inet6 dgram
`;

/** Headers as they are given; the first octet is the sender's to fill in. */
const IPV6: Readonly<Record<string, string>> = {
  padding: "0x0000010400000000",
  "a router alert": "0x0000050200000100",
  "an option that may be skipped": "0x00001e0209090100",
  "sixteen octets": "0x00011e0a000000000000000000000100",
  "a first octet of one's own": "0x1100010400000000",
  "more octets than the header has": "0x00000104000000000100010203040506",
  "an option that is not to be skipped": "0x00009e0209090100",
};

const IPV4_CASES: readonly Case[] = [
  ...Object.entries(IPV4).flatMap(([name, octets]) => [
    {
      title: `IP_OPTIONS: ${name}`,
      script: `${RECEIVER}
        setopt s ${OPTIONS} ${octets}
        getopt s ${OPTIONS} octets
        sendto s hi @r
        recvcontrol r 9
        setopt s ${OPTIONS} 0x
        getopt s ${OPTIONS} octets
        sendto s hi @r
        recvcontrol r 9
      `,
    },
    {
      title: `IP_RETOPTS of one datagram: ${name}`,
      script: `${RECEIVER}
        sendcontrol s hi @r ${RETOPTS}=${octets}
        recvcontrol r 9
        getopt s ${OPTIONS} octets
        sendto s hi @r
        recvcontrol r 9
      `,
    },
  ]),
  ...Object.entries(BAD).map(([name, octets]) => ({
    title: `IP_OPTIONS that cannot be: ${name}`,
    script: `${RECEIVER}
      setopt s ${OPTIONS} 0x94040000
      setopt s ${OPTIONS} ${octets}
      getopt s ${OPTIONS} octets
      sendcontrol s hi @r ${RETOPTS}=${octets}
      recvcontrol r 9
    `,
    ...(name === "41 octets" ? { differs: TOO_LONG } : {}),
  })),
  {
    title: "IP_RETOPTS of one datagram take the place of the socket's",
    script: `${RECEIVER}
      setopt s ${OPTIONS} 0x0707040000000000
      sendcontrol s hi @r ${RETOPTS}=0x94040000
      recvcontrol r 9
      sendto s hi @r
      recvcontrol r 9
    `,
  },
  {
    title: "IP_RECVOPTS is no control data to send",
    script: `${RECEIVER}
      sendcontrol s hi @r ${RECVOPTS}=0x94040000
      recvcontrol r 9
    `,
  },
  {
    title: "IP_OPTIONS of a connected UDP socket, and of one of AF_INET6 that speaks IPv4",
    script: `${RECEIVER}
      setopt s ${OPTIONS} 0x94040000
      connect s @r
      send s a
      recvcontrol r 9
      setopt s ${OPTIONS} 0x0101
      send s b
      recvcontrol r 9
      t = socket inet6 dgram
      setopt t ${OPTIONS} 0x94040000
      sendto t c [::ffff:127.0.0.1]@r
      recvcontrol r 9
    `,
  },
  {
    title: "IP_OPTIONS of TCP: the segments have less room, and the listener's are not its connections'",
    script: `
      l = socket inet stream
      bind l 127.0.0.1:0
      listen l 5
      setopt l ${OPTIONS} 0x94040000
      c = socket inet stream
      setopt c ${OPTIONS} 0x0101010101010101
      connect c @l
      s = accept l
      getopt s ${OPTIONS} octets
      getopt l ${OPTIONS} octets
      send c hello
      recv s 9
      send s back
      recv c 9
      setopt s ${OPTIONS} 0x94040000
      send s again
      recv c 9
      setopt c ${OPTIONS} 0x
      send c bye
      recv s 9
    `,
  },
  {
    title: "IP_OPTIONS of a raw socket, and control data of its own",
    script: `
      r = socket inet raw 99
      bind r 127.0.0.1:0
      setopt r ${RECVOPTS} 1
      setopt r IPPROTO_IP.IP_RECVTTL 1
      setopt r IPPROTO_IP.IP_RECVTOS 1
      s = socket inet raw 99
      setopt s ${OPTIONS} 0x94040000
      sendto s hi 127.0.0.1:0
      recvcount r 99 dontwait
      sendcontrol s hi 127.0.0.1:0 IPPROTO_IP.IP_TTL=9 IPPROTO_IP.IP_RETOPTS=0x0101
      recvcount r 99 peek|dontwait
      recvcount r 99 dontwait
      sendcontrol s hi 127.0.0.1:0 IPPROTO_IP.IP_TTL=256
    `,
  },
];

const IPV6_CASES: readonly Case[] = [
  ...Object.entries(IPV6).flatMap(([name, octets]) =>
    [HOPOPTS, DSTOPTS].flatMap((option) => [
      {
        title: `${option.slice(13)}: ${name}`,
        script: `${RECEIVER6}
          setopt s ${option} ${octets}
          getopt s ${option} octets
          sendto s hi @r
          recvcontrol r 9
          setopt s ${option} 0x
          getopt s ${option} octets
          sendto s hi @r
          recvcontrol r 9
        `,
      },
      {
        title: `${option.slice(13)} of one datagram: ${name}`,
        script: `${RECEIVER6}
          sendcontrol s hi @r ${option}=${octets}
          recvcontrol r 9
          getopt s ${option} octets
          sendto s hi @r
          recvcontrol r 9
        `,
      },
    ]),
  ),
  {
    title: "headers that cannot be, and a routing header, whose types are all unknown",
    script: `${RECEIVER6}
      setopt s ${HOPOPTS} 0x00000104000000
      sendcontrol s hi @r ${HOPOPTS}=0x00000104000000
      sendcontrol s hi @r ${DSTOPTS}=0x0001010400000000
      setopt s ${RTHDR} 0x0002000100000000${"00".repeat(15)}01
      getopt s ${RTHDR} octets
      sendcontrol s hi @r ${RTHDR}=0x0002000100000000${"00".repeat(15)}01
      recvcontrol r 9
    `,
  },
  {
    title: "both headers, of the socket and of a call, which takes the place of its own kind alone",
    script: `${RECEIVER6}
      setopt s ${HOPOPTS} 0x0000050200000100
      setopt s ${DSTOPTS} 0x0000010400000000
      sendto s hi @r
      recvcontrol r 9
      sendcontrol s hi @r ${DSTOPTS}=0x00001e0209090100
      recvcontrol r 9
      sendcontrol s hi @r ${DSTOPTS}=0x00001e0209090100 ${HOPOPTS}=0x0000010400000000
      recvcontrol r 9
    `,
    differs: {
      11: {
        ours: [
          "hi",
          [
            [41, 54, "3c00050200000100"],
            [41, 59, "11001e0209090100"],
          ],
        ],
        linux: ["hi", [[41, 59, "11001e0209090100"]]],
        why: OWN_KIND,
      },
    },
  },
  {
    title: "the order of control data of IPv6",
    script: `${RECEIVER6}
      setopt r IPPROTO_IPV6.IPV6_RECVHOPLIMIT 1
      setopt r IPPROTO_IPV6.IPV6_RECVTCLASS 1
      setopt s ${HOPOPTS} 0x0000050200000100
      setopt s IPPROTO_IPV6.IPV6_TCLASS 4
      sendto s hi @r
      recvcontrol r 9
    `,
  },
  {
    title: "extension headers of TCP",
    script: `
      l = socket inet6 stream
      bind l [::1]:0
      listen l 5
      c = socket inet6 stream
      setopt c ${HOPOPTS} 0x0000050200000100
      connect c @l
      setopt c ${DSTOPTS} 0x00011e0a000000000000000000000100
      s = accept l
      getopt s ${HOPOPTS} octets
      sendmany c 100000 dontwait
      recvcount s 100000 waitall
      send s back
      recv c 9
      setopt c ${HOPOPTS} 0x
      send c bye
      recv s 9
    `,
  },
  {
    title: "a listener's extension headers are its connections', too",
    script: `
      l = socket inet6 stream
      bind l [::1]:0
      listen l 5
      setopt l ${HOPOPTS} 0x0000050200000100
      c = socket inet6 stream
      connect c @l
      s = accept l
      getopt s ${HOPOPTS} octets
      send s back
      recv c 9
    `,
  },
  {
    title: "extension headers of a raw socket",
    script: `
      r = socket inet6 raw 99
      bind r [::1]:0
      setopt r IPPROTO_IPV6.IPV6_RECVDSTOPTS 1
      s = socket inet6 raw 99
      setopt s ${DSTOPTS} 0x0000010400000000
      sendto s hi [::1]:0
      recvcontrol r 9
      sendcontrol s hi [::1]:0 ${HOPOPTS}=0x0000010400000000 IPPROTO_IPV6.IPV6_TCLASS=4
      recvcontrol r 9
    `,
    differs: {
      8: { ours: ["hi", [[41, 59, "6300010400000000"]]], linux: ["hi", []], why: OWN_KIND },
    },
  },
];

const MTU_AND_MARKS: readonly Case[] = [
  {
    title: "IPV6_MTU holds datagrams that must not be cut up, and what is read is the path's",
    script: `${RECEIVER6}
      connect s @r
      setopt s IPPROTO_IPV6.IPV6_MTU 1280
      getopt s IPPROTO_IPV6.IPV6_MTU
      sendmany s 5000
      recvcount r 9999 dontwait
      setopt s IPPROTO_IPV6.IPV6_MTU_DISCOVER 2
      sendmany s 1232
      sendmany s 1233
      setopt s IPPROTO_IPV6.IPV6_MTU 0
      sendmany s 1233
    `,
  },
  ...["inet 127.0.0.1", "inet6 [::1]"].map((of) => {
    const [family = "", host = ""] = of.split(" ");
    return {
      title: `SO_RCVMARK over the loopback interface, ${family}`,
      script: `
        r = socket ${family} dgram
        bind r ${host}:0
        getopt r SOL_SOCKET.SO_RCVMARK
        setopt r SOL_SOCKET.SO_RCVMARK 7
        getopt r SOL_SOCKET.SO_RCVMARK
        s = socket ${family} dgram
        sendto s plain @r
        recvcontrol r 9
        setopt s SOL_SOCKET.SO_MARK 77
        sendto s marked @r
        recvcontrol r 9
        sendcontrol s call @r SOL_SOCKET.SO_MARK=9
        recvcontrol r 9
        sendto s marked @r
        setopt r SOL_SOCKET.SO_RCVMARK 0
        recvcontrol r 9
      `,
    };
  }),
];

export const HEADERS: readonly Case[] = [...IPV4_CASES, ...IPV6_CASES, ...MTU_AND_MARKS];
