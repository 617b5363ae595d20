/**
 * Differential cases: when a call meets two things that are wrong, which one it tells; and what is not to be seen by
 * the other side. Found by running random scripts on both.
 */
import { type Case, CONNECTED, UDP_CONNECTED } from "./case.ts";

const RAW = "s = socket inet raw 200\nbind s 127.0.0.1:0\nc = socket inet raw 200";

const CASES: readonly (readonly [title: string, script: string])[] = [
  // A stream has no empty messages: who reads one would take it for the end.
  [
    "unix-stream: nothing sent is nothing to read",
    's,c = pair unix stream\nsend c ""\npoll s in\nrecv s 9 dontwait\nsend c a\nsend c ""\nsend c b\nrecv s 9\nclose c\nrecv s 9',
  ],
  ["unix-stream: nothing sent after shutdown", 's,c = pair unix stream\nshutdown c 1\nsend c ""'],
  ["unix-stream: nothing sent to who has closed", 's,c = pair unix stream\nclose s\nsend c ""'],
  [
    "unix-seqpacket: an empty message is one",
    's,c = pair unix seqpacket\nsend c ""\npoll s in\nrecvcount s 9',
  ],
  // The queue of errors of TCP is there in every state.
  ["tcp: MSG_ERRQUEUE of a new socket", "s = socket inet stream\nrecv s 9 errqueue|dontwait"],
  ["tcp: MSG_ERRQUEUE of a listener", "s = socket inet stream\nlisten s 1\nrecv s 9 errqueue|dontwait"],
  [
    "tcp: MSG_ERRQUEUE after a refused connect",
    "x = socket inet dgram\nbind x 127.0.0.1:0\ns = socket inet stream\nnonblock s\nconnect s @x\nsettle 60\nrecv s 9 errqueue|dontwait\nrecv s 9\nrecv s 9",
  ],
  // FIONREAD and SIOCOUTQ of listeners.
  ...(["stream", "seqpacket"] as const).map((style): readonly [string, string] => [
    `unix-${style}: FIONREAD, SIOCOUTQ of a listener`,
    `s = socket unix ${style}\nbind s unix:l\nlisten s 1\nreadable s\noutq s`,
  ]),
  // No destination, and shut.
  ...(["inet dgram", "inet6 dgram", "inet raw 200"] as const).flatMap(
    (kind): (readonly [string, string])[] => [
      [`${kind}: send nowhere after shutdown 1`, `s = socket ${kind}\nshutdown s 1\nsend s abc`],
      [
        `${kind}: send nowhere with MSG_MORE after shutdown 1`,
        `s = socket ${kind}\nshutdown s 1\nsend s abc more`,
      ],
    ],
  ),
  ["unix-datagram: send nowhere after shutdown 1", "s = socket unix dgram\nshutdown s 1\nsend s abc"],
  [
    "unix-datagram: send to no name after shutdown 1",
    "s = socket unix dgram\nshutdown s 1\nsendto s abc unix:none",
  ],
  [
    "unix-datagram: send too much to no name",
    "s = socket unix dgram\nsendmany s 300000\nsendto s abc unix:none",
  ],
  [
    "unix-datagram: send after shutdown 1 to who has closed",
    "s,c = pair unix dgram\nshutdown s 1\nclose c\nsend s a",
  ],
  // A name from connect.
  [
    "raw: bind after connect",
    `${RAW}\nconnect c 127.0.0.1:0\nbind c 127.0.0.1:0\nconnect c unspec\nbind c 127.0.0.1:0`,
  ],
  ["raw: bind twice", `${RAW}\nbind s 127.0.0.1:0`],
  ["udp: bind after connect", `${UDP_CONNECTED}\nbind c 127.0.0.1:0`],
  [
    "unix-seqpacket: an empty message that nobody has read is no loss",
    's,c = pair unix seqpacket\nsend c abc\nsend s ""\nclose c\npoll s in|out|rdhup\nrecv s 9\nrecv s 9',
  ],
  [
    "unix-seqpacket: octets that nobody has read are one, behind an empty message, too",
    's,c = pair unix seqpacket\nsend s ""\nsend s a\nclose c\npoll s in|out|rdhup\nrecv s 9\nrecv s 9',
  ],
  // Connected to port 0: any port of that address.
  [
    "udp: who is connected to port 0 hears every port of that address",
    "s = socket inet dgram\nbind s 127.0.0.1:0\nd = socket inet dgram\nbind d 127.0.0.1:0\nconnect d 127.0.0.1:0\nsendto s abc @d\nrecvfrom d 9 dontwait\ns2 = socket inet dgram\nbind s2 127.0.0.2:0\nsendto s2 de @d\nrecv d 9 dontwait\nconnect d @s\nsendto s fg @d\nrecvfrom d 9 dontwait",
  ],
  // A port comes first, whatever else is wrong with the call.
  ...["send c abc", "send c abc oob", "sendto c abc 127.0.0.1:0", "connect c unix:x"].map(
    (call): readonly [string, string] => [
      `udp: bind after ${call}`,
      `c = socket inet dgram\n${call}\nbind c 127.0.0.1:0`,
    ],
  ),
  // Of the calls behind the first of a datagram nothing is asked but that they may send.
  ...["sendto c b unix:x", "sendto c b 127.0.0.1:0", "sendto c b 127.0.0.1:9", "send c b"].map(
    (call): readonly [string, string] => [
      `udp: ${call} behind MSG_MORE`,
      `${UDP_CONNECTED}\nsend c a more\n${call}\nsettle 20\nrecvfrom s 9 dontwait`,
    ],
  ),
  [
    "udp: the control data are those of the first call of a datagram",
    `${UDP_CONNECTED}\nsetopt s IPPROTO_IP.IP_RECVTTL 1\nsendcontrol c a @s +more IPPROTO_IP.IP_TTL=9 IPPROTO_IP.IP_TOS=16\nsendcontrol c b @s IPPROTO_IP.IP_TTL=77\nsettle 20\nrecvcontrol s 9\nsend c c\nsettle 20\nrecvcontrol s 9`,
  ],
  [
    "udp: UDP_CORK keeps the control data of the first call, and refuses what is wrong there alone",
    `${UDP_CONNECTED}\nsetopt s IPPROTO_IP.IP_RECVTTL 1\nsetopt c IPPROTO_UDP.UDP_CORK 1\nsendcontrol c a @s IPPROTO_IP.IP_TTL=0\nsendcontrol c b @s IPPROTO_IP.IP_TTL=5\nsendcontrol c c @s IPPROTO_IP.IP_TTL=0\nsetopt c IPPROTO_UDP.UDP_CORK 0\nsettle 20\nrecvcontrol s 9`,
  ],
  [
    "raw: the control data are those of the first call of a datagram",
    `${RAW}\nconnect c 127.0.0.1:0\nsetopt s IPPROTO_IP.IP_RECVTTL 1\nsetopt s IPPROTO_IP.IP_HDRINCL 0\nsendcontrol c a 127.0.0.1:0 +more IPPROTO_IP.IP_TTL=9\nsendcontrol c b 127.0.0.1:0 IPPROTO_IP.IP_TTL=77\nsettle 20\nrecvcount s 0 trunc|peek`,
  ],
  [
    "udp6: a datagram goes to whom the socket was connected when it began",
    "s = socket inet6 dgram\nbind s [::1]:0\nd = socket inet6 dgram\nbind d [::1]:0\nc = socket inet6 dgram\nconnect c @s\nsend c a more\nconnect c @d\nsend c b\nsettle 20\nrecv s 9 dontwait\nrecv d 9 dontwait",
  ],
  [
    "udp6: MSG_OOB is not looked at",
    "s = socket inet6 dgram\nbind s [::1]:0\nc = socket inet6 dgram\nconnect c @s\nsend c a oob\nsettle 20\nrecv s 9 dontwait",
  ],
  ["udp6: to an address of another family", "c = socket inet6 dgram\nsendto c a unix:x\nconnect c unix:x"],
  [
    "udp6: bound to an address of its own",
    "s = socket inet6 dgram\nbind s [::1]:0\ngetopt s IPPROTO_IPV6.IPV6_V6ONLY\nsendto s a [::ffff:127.0.0.1]:9",
  ],
  [
    "udp6: bound to a mapped address",
    "s = socket inet6 dgram\nbind s [::ffff:127.0.0.1]:0\ngetopt s IPPROTO_IPV6.IPV6_V6ONLY",
  ],
  [
    "udp: the error before the end",
    "x = socket inet dgram\nbind x 127.0.0.1:0\nc = socket inet dgram\nconnect c @x\nclose x\nsend c a\nsettle 20\nshutdown c 1\nsend c b\nsend c d",
  ],
  [
    "udp: nobody has port 0, which is told",
    "c = socket inet dgram\nconnect c 127.0.0.1:0\nsend c a\nsettle 20\npoll c in|out\nsend c b\nsend c c",
  ],
  ["tcp: connect to another family, while connected", `${CONNECTED}\nconnect c unix:x\nconnect l unix:x`],
  [
    "tcp: MSG_OOB where there is no connection",
    "s = socket inet stream\nrecv s 9 oob|dontwait\nlisten s 1\nrecv s 9 oob|dontwait",
  ],
  [
    "tcp: a listener that was shut before has nothing to read",
    "s = socket inet stream\nshutdown s 0\nrecv s 9 dontwait\nlisten s 1\nrecv s 9 dontwait",
  ],
  [
    "tcp: AF_UNSPEC opens what was shut",
    "s = socket inet stream\nshutdown s 0\nconnect s unspec\npoll s in|out|rdhup\nrecv s 9 dontwait",
  ],
  ...["", "bind c 127.0.0.1:0", "bind c 0.0.0.0:0"].flatMap((first): (readonly [string, string])[] => [
    [
      `tcp: bind when the connection has ended${first && `, after ${first}`}`,
      `l = socket inet stream\nbind l 127.0.0.1:0\nlisten l 5\nc = socket inet stream\n${first}\nconnect c @l\ns = accept l\nclose s\nbind c 127.0.0.2:0\nshutdown c 1\nsettle 20\nrecv c 9 dontwait\nbind c 127.0.0.2:0\nsockname c\nbind c 127.0.0.3:0\nlisten c 1\nconnect c @l\nconnect c unspec\nconnect c @l`,
    ],
    [
      `tcp: bind when the connection was refused${first && `, after ${first}`}`,
      `x = socket inet dgram\nbind x 127.0.0.1:0\nc = socket inet stream\n${first}\nconnect c @x\nbind c 127.0.0.2:0\nsockname c\nconnect c @x`,
    ],
  ]),
  [
    "tcp: bind of an accepted socket when its connection has ended",
    `${CONNECTED}\nclose c\nshutdown s 1\nsettle 20\nbind s 127.0.0.2:0\nsockname s`,
  ],
  [
    "tcp: FIONREAD ends at the mark",
    `${CONNECTED}\nsend c abc oob\nsend c de\nsettle 20\nreadable s\nrecvcount s 9 peek|trunc\nrecv s 9\nreadable s\natmark s\nrecv s 9 oob\nreadable s\nrecv s 9\nreadable s`,
  ],
  [
    "tcp: looking at what is counted, at the end",
    `${CONNECTED}\nsend c a\nclose c\nsettle 20\nrecvcount s 9 peek|trunc\nrecvcount s 9 trunc\nrecvcount s 9 peek|trunc|dontwait\nrecvcount s 9 trunc|dontwait`,
  ],
  [
    "tcp: an ACK for the peer's text does not let go what MSG_MORE holds back",
    `${CONNECTED}\nsend s a more\nsend c b\nsettle 20\nrecv c 9 dontwait\nsend s d\nsettle 20\nrecv c 9 dontwait`,
  ],
  [
    "tcp: progress lets go what MSG_MORE holds back",
    `${CONNECTED}\nsend s x\nsend s a more\nsettle 20\nsend c b\nsettle 50\nrecv c 9 dontwait`,
  ],
  [
    "tcp: the peer's FIN lets go what MSG_MORE holds back",
    `${CONNECTED}\nsend c a\nsettle 20\nrecv s 1\nsend c b more\nsettle 20\nshutdown s 1\nsettle 20\nrecv s 9 dontwait`,
  ],
  // AF_UNIX: a path is made before it is found to be one too many; an abstract name is not.
  ...["stream", "seqpacket", "dgram"].map((style): readonly [string, string] => [
    `unix-${style}: bind twice, to names that are taken`,
    `a = socket unix ${style}\nb = socket unix ${style}\nbind a unix:a\nbind b unix:b\nbind b unix:a\nbind b unix:c\nbind b unix:b\nc = socket unix ${style}\nd = socket unix ${style}\nbind c abstract:c\nbind d abstract:d\nbind d abstract:c\nbind d unix:a`,
  ]),
  [
    "unix-seqpacket: MSG_OOB, where there is no connection",
    "s = socket unix seqpacket\nsend s a oob\ns,c = pair unix seqpacket\nsend s a oob\nclose c\nsend s a oob",
  ],
  [
    "unix-seqpacket: who passes credentials has a name",
    "s,c = pair unix seqpacket\nsetopt c SOL_SOCKET.SO_PASSCRED 1\nsend c a\nbind c unix:x\nsockname c",
  ],
  [
    "unix-datagram: to another family after shutdown 1",
    "s = socket unix dgram\nshutdown s 1\nsendto s a 127.0.0.1:9\nsend s a",
  ],
];

const KEPT =
  "a datagram has one destination, that of its first call, as in UDP; Linux writes the last call's into the header";
const STAYS = "the socket stays connected to its peer, and what it sends goes there";
const NOT_LOST = "what has come stays to be read, though its sender has closed and cannot be reached";
const AT_ITS_END = "what is shut is at its end, as poll says, too; Linux says so only to who waits";

/** Where the kernel is not followed. */
const OWN_WAYS: readonly Case[] = [
  {
    title: "udp: what follows a datagram that was put together for another than the peer",
    script: `${UDP_CONNECTED}\nx = socket inet dgram\nbind x 127.0.0.1:0\nsendto c a @c more\nsend c b\nsend c d\nsettle 20\nrecv s 9 dontwait`,
    differs: { 10: { ours: "d", linux: { error: "EAGAIN" }, why: STAYS } },
  },
  {
    title: "raw: another destination behind MSG_MORE",
    script: `${RAW}\nd = socket inet raw 200\nbind d 127.0.0.2:0\nsendto c a 127.0.0.1:0 more\nsendto c b 127.0.0.2:0\nsettle 20\nrecvcount s 50 dontwait\nrecvcount d 50 dontwait`,
    differs: {
      8: { ours: 22, linux: { error: "EAGAIN" }, why: KEPT },
      9: { ours: { error: "EAGAIN" }, linux: 22, why: KEPT },
    },
  },
  {
    title: "unix-datagram: what came before the sender closed",
    script: "s,c = pair unix dgram\nsend s abc\nclose s\nsend c x\nrecv c 9 dontwait",
    differs: { 4: { ours: "abc", linux: { error: "EAGAIN" }, why: NOT_LOST } },
  },
  ...["stream", "seqpacket"].map(
    (style): Case => ({
      title: `unix-${style}: accept that does not wait, after shutdown 0`,
      script: `s = socket unix ${style}\nbind s unix:s\nlisten s 1\nshutdown s 0\nnonblock s\nx = accept s`,
      differs: { 5: { ours: { error: "EINVAL" }, linux: { error: "EAGAIN" }, why: AT_ITS_END } },
    }),
  ),
];

export const ORDERS: readonly Case[] = [...CASES.map(([title, script]) => ({ title, script })), ...OWN_WAYS];
