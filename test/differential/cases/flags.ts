/**
 * Differential cases: every flag × every call × every kind of socket, each followed by the same call without the flag:
 * what a flag does, that it does not outlive its call, and which flags are not looked at.
 */
import { type Case, CONNECTED } from "./case.ts";

/** By name, or by the number of one that has no name here. */
const SEND_FLAGS: readonly string[] = [
  "oob",
  "peek",
  "dontroute",
  "ctrunc",
  "16",
  "trunc",
  "dontwait",
  "eor",
  "waitall",
  "512",
  "1024",
  "confirm",
  "4096",
  "errqueue",
  "nosignal",
  "more",
  "65536",
  "262144",
];

const RECEIVE_FLAGS: readonly string[] = [
  "oob",
  "peek",
  "dontroute",
  "ctrunc",
  "16",
  "trunc",
  "dontwait",
  "eor",
  "waitall",
  "512",
  "1024",
  "confirm",
  "4096",
  "errqueue",
  "nosignal",
  "more",
  "65536",
  "262144",
  "peek|waitall",
  "peek|trunc",
  "trunc|dontwait",
];

interface Kind {
  readonly name: string;
  /** `c` sends, `s` receives. */
  readonly setup: string;
}

const KINDS: readonly Kind[] = [
  { name: "tcp", setup: CONNECTED },
  {
    name: "udp",
    setup:
      "s = socket inet dgram\nbind s 127.0.0.1:0\nc = socket inet dgram\nbind c 127.0.0.1:0\nconnect c @s",
  },
  { name: "unix-stream", setup: "s,c = pair unix stream" },
  { name: "unix-seqpacket", setup: "s,c = pair unix seqpacket" },
  { name: "unix-datagram", setup: "s,c = pair unix dgram" },
];

const NO_OOB = "AF_UNIX has no urgent data here, nor in POSIX";

/** Where the kernel is not followed: by title, and step from the end. */
const DIFFERENCES: { readonly [title: string]: NonNullable<Case["differs"]> } = {
  "a cork of udp: shutdown comes between": {
    7: {
      ours: { error: "EPIPE" },
      linux: 1,
      why: "nothing is sent after shutdown; Linux does not look while it is corked",
    },
    9: {
      ours: { error: "EAGAIN" },
      linux: "ab",
      why: "nothing is sent after shutdown; Linux does not look while it is corked",
    },
  },
  "unix-stream: send with oob, then without": {
    1: { ours: { error: "EOPNOTSUPP" }, linux: 3, why: NO_OOB },
    4: { ours: ["de", 0, "none"], linux: ["ab", 0, "none"], why: NO_OOB },
    5: { ours: { error: "EAGAIN" }, linux: ["de", 0, "none"], why: NO_OOB },
  },
  "unix-stream: recv with oob, then without": {
    3: { ours: { error: "EOPNOTSUPP" }, linux: { error: "EINVAL" }, why: NO_OOB },
  },
  "unix-stream: recv with oob of nothing": {
    2: { ours: { error: "EOPNOTSUPP" }, linux: { error: "EINVAL" }, why: NO_OOB },
    4: { ours: { error: "EOPNOTSUPP" }, linux: { error: "EINVAL" }, why: NO_OOB },
  },
};

function made(title: string, script: string): Case {
  const differs = DIFFERENCES[title];
  return { title, script, ...(differs === undefined ? {} : { differs }) };
}

/** With MSG_TRUNC, TCP counts octets and gives none: what stands in the buffer is nobody's. */
function call(kind: string, flag: string): string {
  return kind === "tcp" && flag.includes("trunc") ? "recvcount" : "recvmsg";
}

const SENDS: readonly Case[] = KINDS.flatMap(({ name, setup }) =>
  SEND_FLAGS.flatMap((flag) => [
    made(
      `${name}: send with ${flag}, then without`,
      `${setup}\nsend c abc ${flag}\nsend c de\nsettle 100\nrecvmsg s 10 dontwait\nrecvmsg s 10 dontwait\nrecvmsg s 10 dontwait\npoll s in|pri`,
    ),
  ]),
);

const RECEIVES: readonly Case[] = KINDS.flatMap(({ name, setup }) =>
  RECEIVE_FLAGS.flatMap((flag) => [
    made(
      `${name}: recv with ${flag}, then without`,
      `${setup}\nsend c abcdef\nsettle 100\n${call(name, flag)} s 4 ${flag}\nrecvmsg s 10 dontwait\nrecvmsg s 10 dontwait`,
    ),
    made(
      `${name}: recv with ${flag} of nothing`,
      `${setup}\nspawn t ${call(name, flag)} s 4 ${flag}\noutcome t\nsend c abcdef\noutcome t`,
    ),
  ]),
);

const UDP =
  "s = socket inet dgram\nbind s 127.0.0.1:0\nc = socket inet dgram\nbind c 127.0.0.1:0\nconnect c @s";

/** What is put together from several calls, and how it ends. */
const CORKS: readonly Case[] = [
  ["several datagrams with MSG_MORE", "send c a more\nsend c b more\nsend c c\nsend c d"],
  ["nothing with MSG_MORE", 'send c "" more\nsend c b'],
  ["MSG_MORE ended by nothing", 'send c a more\nsend c ""'],
  [
    "UDP_CORK",
    "setopt c IPPROTO_UDP.UDP_CORK 1\nsend c a\nsend c b\nsetopt c IPPROTO_UDP.UDP_CORK 0\nsend c c",
  ],
  [
    "UDP_CORK with MSG_MORE",
    "setopt c IPPROTO_UDP.UDP_CORK 1\nsend c a more\nsend c b\nsetopt c IPPROTO_UDP.UDP_CORK 0",
  ],
  [
    "UDP_CORK pulled with nothing behind it",
    "setopt c IPPROTO_UDP.UDP_CORK 1\nsetopt c IPPROTO_UDP.UDP_CORK 0\nsend c a",
  ],
  ["MSG_MORE, then UDP_CORK 0", "send c a more\nsetopt c IPPROTO_UDP.UDP_CORK 0\nsend c b"],
  ["more than a datagram holds", "sendmany c 40000 more\nsendmany c 40000 0\nsend c b"],
  [
    "the second call names another destination",
    "x = socket inet dgram\nbind x 127.0.0.1:0\nsend c a more\nsendto c b @x\nsettle 100\nrecv x 9 dontwait",
  ],
  ["a refusal comes between", "send c a more\nsend c b oob\nsend c c"],
  ["shutdown comes between", "send c a more\nshutdown c 1\nsend c b"],
  [
    "a new connect comes between",
    "x = socket inet dgram\nbind x 127.0.0.1:0\nsend c a more\nconnect c @x\nsend c b\nsettle 100\nrecv x 9 dontwait",
  ],
  ["close comes between", "send c a more\nclose c"],
  ["without destination", "u = socket inet dgram\nsend u a more\nsendto u b @s more\nsend u c"],
].map(([title, lines]) =>
  made(
    `a cork of udp: ${title}`,
    `${UDP}\n${lines}\nsettle 100\nrecv s 9 dontwait\nrecv s 9 dontwait\nrecv s 9 dontwait`,
  ),
);

/** How many octets one recv gives tells nothing of segments; that it is all there and in order, it does. */
const STREAM_CORKS: readonly Case[] = [
  ["MSG_MORE leaves at last", "send c a more\nsettle 400\nrecv s 9 dontwait"],
  [
    "MSG_MORE does not touch TCP_CORK",
    "setopt c IPPROTO_TCP.TCP_CORK 1\nsend c a more\nsend c b\ngetopt c IPPROTO_TCP.TCP_CORK\nsettle 100\nrecv s 9 dontwait\nsettle 400\nrecv s 9 dontwait",
  ],
  [
    "TCP_CORK is not left by MSG_MORE",
    "send c a more\ngetopt c IPPROTO_TCP.TCP_CORK\nsend c b\nsettle 100\nrecv s 9 dontwait",
  ],
  [
    "TCP_NODELAY flushes a cork",
    "setopt c IPPROTO_TCP.TCP_CORK 1\nsend c a\nsettle 100\nrecv s 9 dontwait\nsetopt c IPPROTO_TCP.TCP_NODELAY 1\nsettle 100\nrecv s 9 dontwait\nsend c b\nsettle 100\nrecv s 9 dontwait",
  ],
  ["MSG_MORE and the end", "send c a more\nshutdown c 1\nsettle 100\nrecv s 9 dontwait\nrecv s 9 dontwait"],
  ["MSG_MORE and close", "send c a more\nclose c\nsettle 100\nrecv s 9 dontwait\nrecv s 9 dontwait"],
  ["MSG_MORE and urgent data", "send c a more\nsend c b oob\nsettle 100\nrecv s 9 dontwait"],
  [
    "peek|waitall of more than there is",
    "send c ab\nspawn t recv s 4 peek|waitall\noutcome t\nsend c cd\noutcome t\nrecv s 9 dontwait",
  ],
].map(([title, lines]) => made(`tcp: ${title}`, `${CONNECTED}\n${lines}`));

export const FLAGS: readonly Case[] = [...SENDS, ...RECEIVES, ...CORKS, ...STREAM_CORKS];
