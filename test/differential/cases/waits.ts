/**
 * Differential cases: every waiting call × every change that may end it × every kind of socket. Whether the change ends
 * the call, and how, is the kernel's to say; a call that is not told of a change hangs for ever.
 */
import { type Case, CONNECTED, UDP_CONNECTED, UNIX_PAIR } from "./case.ts";

/** A situation, the calls that wait in it, and what then happens. */
interface Situation {
  readonly name: string;
  readonly setup: string;
  readonly waits: readonly string[];
  readonly changes: readonly string[];
}

/** `s` is the waiting end, `c` its peer. */
const STREAM_CHANGES: readonly string[] = [
  "shutdown s 0",
  "shutdown s 1",
  "shutdown s 2",
  "shutdown c 0",
  "shutdown c 1",
  "shutdown c 2",
  "close c",
  "send c x",
  "setopt s SOL_SOCKET.SO_RCVTIMEO 0,1000",
  "setopt s SOL_SOCKET.SO_SNDTIMEO 0,1000",
  "setopt s SOL_SOCKET.SO_SNDBUF 8000000",
  "setopt s SOL_SOCKET.SO_RCVBUF 100000",
  "nonblock s",
  "connect s unspec",
];

const STREAM_WAITS: readonly string[] = [
  "recv s 10",
  "recv s 10 waitall",
  "recv s 10 peek",
  "recvmsg s 10",
  "poll s in -1",
  "poll s rdhup -1",
  "poll s pri -1",
  "epollwait e",
];

const RESET = "setopt c SOL_SOCKET.SO_LINGER 1,0\nclose c";

/** A listener whose queue is full: a further connect waits. */
const FULL = `
  l = socket inet stream
  bind l 127.0.0.1:0
  listen l 0
  a = socket inet stream
  connect a @l
  b = socket inet stream
  nonblock b
  s = socket inet stream
`;

const SITUATIONS: readonly Situation[] = [
  {
    name: "tcp",
    setup: `${CONNECTED}\nepoll e s in|rdhup`,
    waits: STREAM_WAITS,
    changes: [...STREAM_CHANGES, RESET, "send c x oob"],
  },
  {
    name: "tcp with octets below SO_RCVLOWAT",
    setup: `${CONNECTED}\nsetopt s SOL_SOCKET.SO_RCVLOWAT 100\nsend c hello\nsettle 5\nepoll e s in`,
    waits: ["recv s 200", "poll s in -1", "epollwait e"],
    changes: ["setopt s SOL_SOCKET.SO_RCVLOWAT 3", "shutdown c 1", "close c", "send c world"],
  },
  {
    name: "tcp whose buffers are full",
    setup: `${CONNECTED}\nsetopt s SOL_SOCKET.SO_SNDBUF 20000\nsetopt c SOL_SOCKET.SO_RCVBUF 20000\nstuff s 100000\nepoll e s out`,
    waits: ["sendmany s 1", "poll s out -1", "epollwait e"],
    changes: [
      "shutdown s 1",
      "shutdown s 2",
      "shutdown s 0",
      "shutdown c 0",
      "close c",
      RESET,
      "connect s unspec",
      "nonblock s",
      "drain c",
    ],
  },
  {
    name: "a tcp listener",
    setup: "s = socket inet stream\nbind s 127.0.0.1:0\nlisten s 5\nepoll e s in",
    waits: ["x = accept s", "poll s in -1", "poll s rdhup -1", "epollwait e"],
    changes: [
      "shutdown s 0",
      "shutdown s 1",
      "shutdown s 2",
      "connect s unspec",
      "listen s 9",
      "c = socket inet stream\nbind c 127.0.0.1:0\nconnect c @s",
      "nonblock s",
    ],
  },
  {
    name: "a tcp socket that is nothing yet",
    setup:
      "l = socket inet stream\nbind l 127.0.0.1:0\nlisten l 5\ns = socket inet stream\nbind s 127.0.0.1:0\nepoll e s in et",
    waits: ["poll s in -1", "poll s pri -1"],
    changes: ["connect s @l", "listen s 1", "shutdown s 2"],
  },
  {
    name: "a tcp socket that connects",
    setup: `${FULL}\nconnect b @l\nsettle 5\nnonblock s\nconnect s @l\nsettle 5\nepoll e s in|out`,
    waits: ["poll s in -1", "poll s out -1", "epollwait e"],
    changes: ["shutdown s 2", "shutdown s 0", "shutdown s 1", "connect s unspec"],
  },
  {
    name: "udp",
    setup: `${UDP_CONNECTED}\nconnect s @c\nepoll e s in`,
    waits: ["recv s 10", "recv s 10 peek", "recvmsg s 10", "poll s in -1", "poll s rdhup -1", "epollwait e"],
    changes: [
      "shutdown s 0",
      "shutdown s 1",
      "shutdown s 2",
      "shutdown c 2",
      "connect s unspec",
      "send c x",
      'send c ""',
      "close c",
      "setopt s SOL_SOCKET.SO_RCVTIMEO 0,1000",
      "nonblock s",
      "send s x\nclose c\nsend s y",
    ],
  },
  {
    name: "unix-stream",
    setup: "s,c = pair unix stream\nepoll e s in|rdhup",
    waits: STREAM_WAITS.filter((call) => !call.includes("pri")),
    changes: STREAM_CHANGES,
  },
  {
    name: "unix-stream whose buffers are full",
    setup: `${UNIX_PAIR.replaceAll("a,b", "s,c")}\nstuff s 100000\nepoll e s out`,
    waits: ["sendmany s 1", "poll s out -1", "epollwait e"],
    changes: [
      "shutdown s 1",
      "shutdown s 2",
      "shutdown s 0",
      "shutdown c 0",
      "shutdown c 1",
      "close c",
      "drain c",
      "nonblock s",
    ],
  },
  {
    name: "a unix-stream listener",
    setup: "s = socket unix stream\nbind s unix:s\nlisten s 5\nepoll e s in",
    waits: ["x = accept s", "poll s in -1", "poll s rdhup -1", "epollwait e"],
    changes: [
      "shutdown s 0",
      "shutdown s 1",
      "shutdown s 2",
      "listen s 9",
      "c = socket unix stream\nconnect c unix:s",
      "nonblock s",
    ],
  },
  {
    name: "a unix-stream connect to a full queue",
    setup:
      "l = socket unix stream\nbind l unix:l\nlisten l 0\na = socket unix stream\nconnect a unix:l\ns = socket unix stream",
    waits: ["connect s unix:l"],
    changes: [
      "x = accept l",
      "listen l 5",
      "close l",
      "shutdown l 0",
      "shutdown l 2",
      "shutdown s 2",
      "unlink l",
      "close a",
    ],
  },
  {
    name: "unix-seqpacket",
    setup: "s,c = pair unix seqpacket\nepoll e s in|rdhup",
    waits: STREAM_WAITS.filter((call) => !call.includes("pri")),
    changes: STREAM_CHANGES,
  },
  {
    name: "unix-seqpacket whose buffers are full",
    setup: "s,c = pair unix seqpacket\nstuff s 0\nepoll e s out",
    waits: ["sendmany s 1000", "poll s out -1", "epollwait e"],
    changes: ["shutdown s 1", "shutdown c 0", "close c", "drain c", "nonblock s"],
  },
  {
    name: "unix-datagram",
    setup: "s,c = pair unix dgram\nepoll e s in|rdhup",
    waits: ["recv s 10", "recv s 10 peek", "recvmsg s 10", "poll s in -1", "poll s rdhup -1", "epollwait e"],
    changes: STREAM_CHANGES,
  },
  {
    name: "unix-datagram to a full queue",
    setup:
      "c = socket unix dgram\nbind c unix:c\ns = socket unix dgram\nconnect s unix:c\nfill s 1\nepoll e s out",
    waits: ["sendmany s 1", "poll s out -1", "epollwait e"],
    changes: [
      "shutdown s 1",
      "shutdown c 0",
      "close c",
      "recv c 9",
      "connect c unix:c",
      "connect s unspec",
      "nonblock s",
      "unlink c",
    ],
  },
];

/** Where the kernel is not followed, by a part of the title. The step is the last one. */
const DIFFERENCES: readonly (readonly [RegExp, { ours: unknown; linux: unknown; why: string }])[] = [
  [
    /^tcp: poll .* waits, then connect s unspec$/,
    { ours: 16, linux: 24, why: "Linux leaves the reset that it sent itself as an error of its own socket" },
  ],
  [
    /^tcp: epollwait .* waits, then connect s unspec$/,
    {
      ours: [16],
      linux: [24],
      why: "Linux leaves the reset that it sent itself as an error of its own socket",
    },
  ],
  [
    /^tcp whose buffers are full: poll .* waits, then connect s unspec$/,
    { ours: 20, linux: 28, why: "Linux leaves the reset that it sent itself as an error of its own socket" },
  ],
  [
    /^tcp whose buffers are full: epollwait .* waits, then connect s unspec$/,
    {
      ours: [20],
      linux: [28],
      why: "Linux leaves the reset that it sent itself as an error of its own socket",
    },
  ],
  [
    /^tcp whose buffers are full: sendmany .* waits, then shutdown c 0$/,
    { ours: 1, linux: "waits", why: "the peer's shutdown 0 discards what it has queued, which makes room" },
  ],
  [
    /^tcp whose buffers are full: poll .* waits, then shutdown c 0$/,
    { ours: 4, linux: "waits", why: "the peer's shutdown 0 discards what it has queued, which makes room" },
  ],
  [
    /^tcp whose buffers are full: epollwait .* waits, then shutdown c 0$/,
    { ours: [4], linux: "waits", why: "the peer's shutdown 0 discards what it has queued, which makes room" },
  ],
  [
    /^tcp whose buffers are full: sendmany .* waits, then connect s unspec$/,
    {
      ours: { error: "EPIPE" },
      linux: { error: "ECONNRESET" },
      why: "Linux leaves the reset that it sent itself as an error of its own socket",
    },
  ],
  [
    /^a unix-stream connect to a full queue: connect .* waits, then shutdown l/,
    {
      ours: { error: "ECONNREFUSED" },
      linux: "waits",
      why: "Linux does not wake the connect, though nobody can be accepted any more",
    },
  ],
  [
    /^unix-datagram to a full queue: sendmany s 1 waits, then shutdown [sc]/,
    {
      ours: { error: "EPIPE" },
      linux: "waits",
      why: "Linux does not wake the sender; nothing that it waits for can come",
    },
  ],
  [
    /^unix-datagram to a full queue: sendmany s 1 waits, then connect s unspec$/,
    {
      ours: { error: "ENOTCONN" },
      linux: "waits",
      why: "Linux does not wake the sender, who has no peer any more",
    },
  ],
];

function caseOf({ name, setup }: Situation, wait: string, change: string): Case {
  const title = `${name}: ${wait} waits, then ${change.replaceAll("\n", ", ")}`;
  const lines = `${setup}\nspawn t ${wait}\n${change}\noutcome t`.split("\n");
  const known = DIFFERENCES.find(([pattern]) => pattern.test(title));
  const step = lines.filter((line) => line.trim() !== "").length - 1;
  return {
    title,
    script: lines.join("\n"),
    ...(known === undefined ? {} : { differs: { [step]: known[1] } }),
  };
}

/** What the kernel says depends on when its processors come to it: whether what was queued is freed by then. */
const RACES = /^unix-(stream|seqpacket) whose buffers are full: (poll|epollwait) .* waits, then close c$/;

export const WAITS: readonly Case[] = SITUATIONS.flatMap((situation) =>
  situation.waits.flatMap((wait) => situation.changes.map((change) => caseOf(situation, wait, change))),
).filter(({ title }) => !RACES.test(title));
