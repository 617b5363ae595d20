/**
 * Differential cases: each way in which a connection ends × what is then asked first: what reading, writing, poll and
 * SO_ERROR say, and once more. `s` is looked at, `c` is its peer.
 */
import { type Case, CONNECTED } from "./case.ts";

const KINDS: readonly (readonly [name: string, setup: string, wait: string])[] = [
  ["tcp", CONNECTED, "settle 60"],
  ["unix-stream", "s,c = pair unix stream", "settle 5"],
  ["unix-seqpacket", "s,c = pair unix seqpacket", "settle 5"],
];

const RESET = "setopt c SOL_SOCKET.SO_LINGER 1,0\nclose c";

const WAYS: readonly (readonly [name: string, lines: string])[] = [
  ["the peer closes", "close c"],
  ["the peer shuts its half", "shutdown c 1"],
  ["the peer shuts both", "shutdown c 2"],
  ["the peer reads no more", "shutdown c 0"],
  ["the peer closes with octets unread", "send s abc\nWAIT\nclose c"],
  ["the peer resets", RESET],
  ["text, then the peer closes", "send c abc\nclose c"],
  ["text, then the peer resets", `send c abc\nWAIT\n${RESET}`],
  ["text, the end, then the peer resets", `send c abc\nshutdown c 1\nWAIT\n${RESET}`],
  ["the end, then the peer resets", `shutdown c 1\nWAIT\n${RESET}`],
  ["we shut our half, the peer closes", "shutdown s 1\nWAIT\nclose c"],
  ["we shut our half, text, the peer closes", "shutdown s 1\nsend c abc\nWAIT\nclose c"],
  ["we shut both", "shutdown s 2"],
  ["we shut both, then the peer sends", "shutdown s 2\nWAIT\nsend c abc"],
  ["we shut both, the peer closes", "shutdown s 2\nWAIT\nclose c"],
  ["we read no more, then the peer sends", "shutdown s 0\nsend c abc"],
  ["we read no more, the peer closes", "shutdown s 0\nclose c"],
  ["both shut their halves", "shutdown s 1\nshutdown c 1"],
  ["we send to a peer that has closed", "close c\nWAIT\nsend s abc"],
  ["we send twice to a peer that has closed", "close c\nWAIT\nsend s abc\nWAIT\nsend s abc"],
];

const LOOKS: readonly string[] = [
  "recv s 9 dontwait",
  "send s x",
  "poll s in|out|rdhup",
  "getopt s SOL_SOCKET.SO_ERROR",
];

/** Where the kernel is not followed: by title, and by the steps from the first look on. */
const UNREAD: { readonly ours: unknown; readonly linux: unknown; readonly why: string } = {
  ours: "",
  linux: "abc",
  why: "shutdown 0 discards what still comes, as in BSD and in Guile's manual; Linux gives it out",
};
const DIFFERENCES: { readonly [title: string]: NonNullable<Case["differs"]> } = {
  "tcp: we read no more, then the peer sends; first recv s 9 dontwait": { 9: UNREAD },
  "tcp: we read no more, then the peer sends; first send s x": { 11: UNREAD },
  "tcp: we read no more, then the peer sends; first poll s in|out|rdhup": { 10: UNREAD },
  "tcp: we read no more, then the peer sends; first getopt s SOL_SOCKET.SO_ERROR": { 10: UNREAD },
};

export const ENDS: readonly Case[] = KINDS.flatMap(([kind, setup, wait]) =>
  WAYS.flatMap(([way, lines]) =>
    LOOKS.map((first) => {
      const title = `${kind}: ${way}; first ${first}`;
      const looks = [first, ...LOOKS.filter((look) => look !== first), ...LOOKS];
      const script = [
        setup,
        lines.replaceAll("WAIT", wait),
        wait,
        ...looks.flatMap((look) => [look, ...(look.startsWith("send") ? [wait] : [])]),
      ].join("\n");
      const differs = DIFFERENCES[title];
      return {
        title,
        script,
        ...(differs === undefined ? {} : { differs }),
      };
    }),
  ),
);
