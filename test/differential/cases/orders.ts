/**
 * Differential cases: when a call meets two things that are wrong, which one it tells; and what is not to be seen by
 * the other side. Found by running random scripts on both.
 */
import { type Case, UDP_CONNECTED } from "./case.ts";

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
  // Connected to port 0: any port of that address.
  [
    "udp: who is connected to port 0 hears every port of that address",
    "s = socket inet dgram\nbind s 127.0.0.1:0\nd = socket inet dgram\nbind d 127.0.0.1:0\nconnect d 127.0.0.1:0\nsendto s abc @d\nrecvfrom d 9 dontwait\ns2 = socket inet dgram\nbind s2 127.0.0.2:0\nsendto s2 de @d\nrecv d 9 dontwait\nconnect d @s\nsendto s fg @d\nrecvfrom d 9 dontwait",
  ],
];

export const ORDERS: readonly Case[] = CASES.map(([title, script]) => ({ title, script }));
