/** Differential cases: what the system chose and gives back, and the corners where a call meets an unusual state. */
import { type Case, CONNECTED } from "./case.ts";

const UDP = "s = socket inet dgram\nbind s 127.0.0.1:0\nc = socket inet dgram";

const CASES: readonly (readonly [title: string, script: string])[] = [
  [
    "tcp: an empty send on a connection that was reset in CLOSE-WAIT",
    `${CONNECTED}\nsend c hello more\nclose s\nsettle 400\nsend c ""\nsend c ""\ngetopt c SOL_SOCKET.SO_ERROR`,
  ],
  [
    "tcp: an empty send on a connection that was reset",
    `${CONNECTED}\nsetopt s SOL_SOCKET.SO_LINGER 1,0\nclose s\nsettle 60\nsend c ""\nsend c ""`,
  ],
  [
    "tcp: an empty send on one that is well, urgent and not",
    `${CONNECTED}\nsend c ""\nsend c "" oob\nsend c "" eor\nclose s\nsettle 60\nsend c ""`,
  ],
  [
    "tcp: MSG_EOR of every call",
    `${CONNECTED}\nsend c abc eor\nsend c def eor|more\nsend c x\nsettle 60\nrecv s 9\nrecvmsg s 9 dontwait`,
  ],
  // What the system chose goes back.
  [
    "udp: the port after AF_UNSPEC, chosen by connect",
    `${UDP}\nconnect c @s\nsockname c\nconnect c unspec\nsockname c\npeername c`,
  ],
  [
    "udp: the port after AF_UNSPEC, bound",
    `${UDP}\nbind c 127.0.0.1:0\nconnect c @s\nconnect c unspec\nsockname c`,
  ],
  [
    "udp: the port after AF_UNSPEC, bound to port 0 of any address",
    `${UDP}\nbind c 0.0.0.0:0\nconnect c @s\nsockname c\nconnect c unspec\nsockname c`,
  ],
  [
    "udp: the port after AF_UNSPEC, chosen by send",
    `${UDP}\nsendto c x @s\nconnect c @s\nconnect c unspec\nsockname c`,
  ],
  [
    "udp: AF_UNSPEC twice, and before anything",
    `${UDP}\nconnect c unspec\nsockname c\nconnect c @s\nconnect c unspec\nconnect c unspec\nsockname c`,
  ],
  [
    "udp: connect again after AF_UNSPEC",
    `${UDP}\nconnect c @s\nconnect c unspec\nconnect c @s\nsend c x\nrecv s 9`,
  ],
  [
    "tcp: the port after a refused connect, unbound",
    "x = socket inet dgram\nbind x 127.0.0.1:0\nc = socket inet stream\nconnect c @x\nsockname c\nconnect c @x\nsockname c",
  ],
  [
    "tcp: the port after a refused connect, bound to port 0",
    "x = socket inet dgram\nbind x 127.0.0.1:0\nc = socket inet stream\nbind c 127.0.0.1:0\nconnect c @x\nsockname c\nbind c 127.0.0.1:0\nconnect c @x",
  ],
  [
    "tcp: the port after a refused connect, bound to any address",
    "x = socket inet dgram\nbind x 127.0.0.1:0\nc = socket inet stream\nbind c 0.0.0.0:0\nconnect c @x\nsockname c",
  ],
  [
    "tcp: the port after AF_UNSPEC",
    `${CONNECTED}\nconnect c unspec\nsockname c\npeername c\nconnect c @l\npeername c`,
  ],
  [
    "tcp: the port after AF_UNSPEC, bound",
    "l = socket inet stream\nbind l 127.0.0.1:0\nlisten l 5\nc = socket inet stream\nbind c 127.0.0.1:0\nconnect c @l\nconnect c unspec\nsockname c",
  ],
  [
    "tcp: the port of a listener after shutdown 0",
    "l = socket inet stream\nbind l 127.0.0.1:0\nlisten l 5\nshutdown l 0\nsockname l\nlisten l 5\nsockname l",
  ],
  [
    "tcp: the port of a listener that listened without bind, after shutdown 2",
    "l = socket inet stream\nlisten l 5\nshutdown l 2\nsockname l\nlisten l 5",
  ],
  // UDP connect to odd places.
  [
    "udp: connect to port 0",
    "c = socket inet dgram\nconnect c 127.0.0.1:0\nsockname c\npeername c\nsend c x",
  ],
  ["udp: connect to 0.0.0.0", `${UDP}\nbind c 127.0.0.1:0\nconnect c 0.0.0.0:9\npeername c`],
  ["udp: connect to 0.0.0.0 port 0", "c = socket inet dgram\nconnect c 0.0.0.0:0\nsockname c\npeername c"],
  ["udp: sendto port 0", "c = socket inet dgram\nsendto c x 127.0.0.1:0"],
  [
    "udp: bind, then connect to port 0, then send",
    "c = socket inet dgram\nbind c 127.0.0.1:0\nconnect c 127.0.0.1:0\nsend c x",
  ],
  ["tcp: connect to port 0", "c = socket inet stream\nconnect c 127.0.0.1:0\nsockname c"],
  // A refused connect that did not wait, and what comes after.
  ...(
    [
      "recv c 9",
      "send c x",
      "connect c @x",
      "peername c",
      "poll c in|out",
      "getopt c SOL_SOCKET.SO_ERROR",
      "shutdown c 2",
      "listen c 1",
      "connect c unspec",
    ] as const
  ).flatMap((first) =>
    (
      [
        "recv c 9",
        "send c x",
        "connect c @x",
        "poll c in|out",
        "getopt c SOL_SOCKET.SO_ERROR",
        "shutdown c 2",
      ] as const
    ).map((second): readonly [string, string] => [
      `tcp: a refused connect that did not wait, then ${first}, then ${second}`,
      `x = socket inet dgram\nbind x 127.0.0.1:0\nc = socket inet stream\nnonblock c\nconnect c @x\nsettle 80\n${first}\n${second}\npoll c in|out`,
    ]),
  ),
  // ioctls by kind.
  ...(["inet stream", "inet dgram", "unix stream", "unix dgram", "unix seqpacket"] as const).flatMap(
    (kind): (readonly [string, string])[] => [
      [
        `${kind}: FIONREAD, SIOCATMARK, SIOCOUTQ of a new socket`,
        `s = socket ${kind}\nreadable s\natmark s\noutq s`,
      ],
    ],
  ),
  [
    "tcp: FIONREAD, SIOCATMARK, SIOCOUTQ of a listener",
    "s = socket inet stream\nlisten s 1\nreadable s\natmark s\noutq s",
  ],
  [
    "tcp: FIONREAD, SIOCATMARK, SIOCOUTQ of a connection",
    `${CONNECTED}\nreadable s\natmark s\noutq s\nsend c abc\nsettle 60\nreadable s\noutq c`,
  ],
  [
    "udp: FIONREAD with datagrams",
    `${UDP}\nconnect c @s\nsend c abc\nsend c de\nreadable s\noutq s\natmark s\nrecv s 9\nreadable s`,
  ],
  ["unix-stream: FIONREAD, SIOCOUTQ", "a,b = pair unix stream\nsend a abc\nsend a de\nreadable b\natmark b"],
  ["unix-datagram: FIONREAD", "a,b = pair unix dgram\nsend a abc\nsend a de\nreadable b\natmark b"],
  ["unix-seqpacket: FIONREAD", "a,b = pair unix seqpacket\nsend a abc\nsend a de\nreadable b\natmark b"],
  // Seqpacket whose peer closed.
  [
    "unix-seqpacket: the peer closed with messages unread by it",
    "a,b = pair unix seqpacket\nsend b x\nclose a\nrecv b 9\nrecv b 9\nsend b y\npoll b in|out",
  ],
  [
    "unix-seqpacket: the peer closed, with messages of its left to read",
    "a,b = pair unix seqpacket\nsend a x\nsend a y\nclose a\npoll b in|out\nrecv b 9\nrecv b 9\nrecv b 9\nsend b z",
  ],
  [
    "unix-seqpacket: both",
    "a,b = pair unix seqpacket\nsend a x\nsend b y\nclose a\npoll b in|out\nrecv b 9\nrecv b 9\nrecv b 9\ngetopt b SOL_SOCKET.SO_ERROR",
  ],
  [
    "unix-stream: both",
    "a,b = pair unix stream\nsend a x\nsend b y\nclose a\npoll b in|out\nrecv b 9\nrecv b 9\nrecv b 9\ngetopt b SOL_SOCKET.SO_ERROR",
  ],
  // POLLERR for a queued error.
  [
    "udp: IP_RECVERR, POLLERR while an error is queued",
    "x = socket inet dgram\nbind x 127.0.0.1:0\nc = socket inet dgram\nsetopt c IPPROTO_IP.IP_RECVERR 1\nconnect c @x\nclose x\nsend c a\nsettle 20\npoll c in|out\ngetopt c SOL_SOCKET.SO_ERROR\npoll c in|out\nrecv c 9 errqueue|dontwait\npoll c in|out\nrecv c 9 errqueue|dontwait",
  ],
  [
    "udp: no IP_RECVERR, POLLERR until the error is read",
    "x = socket inet dgram\nbind x 127.0.0.1:0\nc = socket inet dgram\nconnect c @x\nclose x\nsend c a\nsettle 20\npoll c in|out\nrecv c 9 dontwait\npoll c in|out",
  ],
  // Raw sockets.
  [
    "raw: shutdown without peer",
    "r = socket inet raw 241\nshutdown r 2\npoll r in|out\nrecv r 9 dontwait\nsendto r x 127.0.0.1:0",
  ],
  [
    "raw: shutdown 0 with a peer",
    "r = socket inet raw 242\nconnect r 127.0.0.1:0\nshutdown r 0\npoll r in|out|rdhup\nrecv r 9 dontwait\nsend r x\nsettle 20\npoll r in|out\nrecvcount r 99 dontwait",
  ],
  [
    "raw: shutdown 1 with a peer",
    "r = socket inet raw 243\nconnect r 127.0.0.1:0\nshutdown r 1\npoll r in|out|rdhup\nsend r x",
  ],
  [
    "raw: shutdown 2 with a peer",
    "r = socket inet raw 244\nconnect r 127.0.0.1:0\nshutdown r 2\npoll r in|out|rdhup\nsend r x",
  ],
  [
    "raw: connect, AF_UNSPEC",
    "r = socket inet raw 245\nconnect r 127.0.0.1:0\nsockname r\nconnect r unspec\nsockname r\npeername r\nsend r x",
  ],
  [
    "raw: the peer's name",
    "r = socket inet raw 247\nconnect r 127.0.0.1:0\npeername r\nconnect r 127.0.0.1:9\npeername r",
  ],
  ...(
    [
      ["udp", "r = socket inet dgram\nbind r 127.0.0.1:0\ns = socket inet dgram\nconnect s @r"],
      ["unix-datagram", "s,r = pair unix dgram"],
      ["unix-stream", "s,r = pair unix stream"],
    ] as const
  ).map(
    ([kind, make]) =>
      [
        `${kind}: 1024 buffers, and one more`,
        `${make}\nsendbufs s 1024\nrecvbufs r 1024\nsendbufs s 1025\nsend s x\nrecvbufs r 1025\nrecvbufs r 1024`,
      ] as const,
  ),
  ["raw: FIONREAD and kin", "r = socket inet raw 246\nreadable r\natmark r\noutq r"],
];

const RAW_END = {
  ours: "",
  linux: { error: "EAGAIN" },
  why: "what is shut is at its end, as poll says, too; Linux says so only to who waits",
};
const RAW_SHUT = {
  ours: { error: "EPIPE" },
  linux: 1,
  why: "nothing is sent after shutdown; Linux looks only in TCP and UDP",
};

/** Where the kernel is not followed. */
const GIVEN_BACK = "Linux still shows the number of a port that it has given back";
const stale = (step: number, ours: string, linux: string): NonNullable<Case["differs"]> => ({
  [step]: { ours, linux, why: GIVEN_BACK },
});

const DIFFERENCES: { readonly [title: string]: NonNullable<Case["differs"]> } = {
  "tcp: the port after a refused connect, unbound": {
    ...stale(4, "0.0.0.0:0", "0.0.0.0:c"),
    ...stale(6, "0.0.0.0:0", "0.0.0.0:c"),
  },
  "tcp: the port after a refused connect, bound to port 0": stale(5, "127.0.0.1:0", "127.0.0.1:c"),
  "tcp: the port after a refused connect, bound to any address": stale(5, "0.0.0.0:0", "0.0.0.0:c"),
  "tcp: the port after AF_UNSPEC": stale(7, "0.0.0.0:0", "0.0.0.0:c"),
  "tcp: the port after AF_UNSPEC, bound": stale(7, "127.0.0.1:0", "127.0.0.1:c"),
  "tcp: the port of a listener after shutdown 0": stale(4, "127.0.0.1:0", "127.0.0.1:l"),
  "tcp: the port of a listener that listened without bind, after shutdown 2": stale(
    3,
    "0.0.0.0:0",
    "0.0.0.0:l",
  ),
  "tcp: connect to port 0": stale(2, "0.0.0.0:0", "0.0.0.0:c"),
  "raw: shutdown without peer": { 3: RAW_END, 4: RAW_SHUT },
  "raw: shutdown 0 with a peer": { 4: RAW_END },
  "raw: shutdown 1 with a peer": { 4: RAW_SHUT },
  "raw: shutdown 2 with a peer": { 4: RAW_SHUT },
  "raw: connect, AF_UNSPEC": {
    4: {
      ours: "0.0.0.0:r",
      linux: "0.0.0.0:0",
      why: "the port of a raw socket is its protocol, before and after",
    },
  },
};

export const CORNERS: readonly Case[] = CASES.map(([title, script]) => {
  const differs = DIFFERENCES[title];
  return { title, script, ...(differs === undefined ? {} : { differs }) };
});
