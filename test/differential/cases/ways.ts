/**
 * Differential cases: ways through a socket's life that others' suites take: connected to itself, connected twice, a
 * listener that goes while somebody waits in its queue, a peer that resets before accept, datagrams of before and after.
 */
import { type Case, CONNECTED, UDP_CONNECTED } from "./case.ts";

const LISTENER =
  "l = socket inet stream\nbind l 127.0.0.1:0\nlisten l 5\nc = socket inet stream\nconnect c @l";

const CASES: readonly (readonly [title: string, script: string])[] = [
  [
    "tcp: connected to itself",
    "s = socket inet stream\nbind s 127.0.0.1:0\nconnect s @s\nsockname s\npeername s\nsend s hello\nrecv s 9\nshutdown s 1\nrecv s 9",
  ],
  [
    "tcp: connected to itself, and urgent data",
    "s = socket inet stream\nbind s 127.0.0.1:0\nconnect s @s\nsend s a oob\npoll s in|pri|out 50\nrecv s 1 oob",
  ],
  [
    "tcp: connected twice, at each end",
    `${CONNECTED}\nconnect c @l\nconnect s @l\nsendto c hi 127.0.0.1:9\nrecv s 9`,
  ],
  [
    "tcp: the listener is closed before accept",
    `${LISTENER}\nclose l\nsettle 30\nrecv c 9 dontwait\nrecv c 9`,
  ],
  [
    "tcp: the listener is shut before accept, and listens again",
    `${LISTENER}\nshutdown l 0\nsettle 30\nrecv c 9 dontwait\npoll c in|out|rdhup\ns = accept l\nlisten l 5\nd = socket inet stream\nconnect d @l`,
  ],
  [
    "tcp: a port of which a connection is left, bound at each kind of address",
    `${LISTENER}\ns = accept l\nclose l\nd = socket inet stream\nbind d 127.0.0.1@s\nbind d 0.0.0.0@s\ne = socket inet6 stream\nbind e [::]@s\nbind e [::1]@s\nbind d 127.0.0.2@s`,
  ],
  [
    "tcp: the peer resets before accept",
    `${LISTENER}\nsetopt c SOL_SOCKET.SO_LINGER 1,0\nclose c\nsettle 30\ns = accept l\nrecv s 9\nrecv s 9`,
  ],
  [
    "udp: connected while datagrams wait, and not any more",
    `${UDP_CONNECTED}\nsend c a\nsend c bc\nsend c def\nconnect s @c\nrecv s 9\nconnect s unspec\nrecv s 9\nrecv s 9 dontwait\nsockname s`,
  ],
  [
    "udp: an empty datagram",
    `${UDP_CONNECTED}\nsend c ""\nreadable s\npoll s in\nrecvcount s 9\npoll s in\nrecvcount s 9 dontwait`,
  ],
  [
    "udp: the peer's port goes",
    `${UDP_CONNECTED}\nclose s\nsend c a\nsettle 20\nsend c b\nsend c d\nsettle 20\npoll c in|out\nrecv c 9 dontwait\nrecv c 9 dontwait\ngetopt c SOL_SOCKET.SO_ERROR`,
  ],
  [
    "udp: shutdown 0, then a receive that does not wait",
    `${UDP_CONNECTED}\nshutdown c 0\nrecv c 1 dontwait\npoll c in|out`,
  ],
  [
    "unix-stream: the peer closes with octets unread",
    "a,b = pair unix stream\nsend a abc\nclose b\nsend a d\nrecv a 9\ngetopt a SOL_SOCKET.SO_ERROR\nrecv a 9",
  ],
  [
    "unix-stream: the listener is closed before accept",
    "l = socket unix stream\nbind l unix:l\nlisten l 1\nc = socket unix stream\nconnect c unix:l\nclose l\nsend c a\nrecv c 9\nrecv c 9\nunlink l",
  ],
  [
    "unix-seqpacket: messages are cut, and end",
    "l = socket unix seqpacket\nbind l unix:l\nlisten l 1\nc = socket unix seqpacket\nconnect c unix:l\ns = accept l\nsend c abc\nsend c de\nrecv s 2\nrecv s 9\nshutdown c 1\nrecv s 9\nsend c x",
  ],
  [
    "unix-datagram: the name is another's",
    "s = socket unix dgram\nbind s unix:s\nc = socket unix dgram\nconnect c unix:s\nclose s\nsend c a\nconnect c unix:s\nsendto c a unix:s\nt = socket unix dgram\nunlink s\nbind t unix:s\nsend c a\nconnect c unix:s\nsend c b\nrecv t 9",
  ],
  [
    "unix-datagram: shutdown 0, then a receive that does not wait",
    "s,c = pair unix dgram\nshutdown c 0\nrecv c 9 dontwait",
  ],
];

const AT_ITS_END = {
  ours: "",
  linux: { error: "EAGAIN" },
  why: "what is shut is at its end, as poll says, too; Linux says so only to who waits",
};

/** Where the kernel is not followed. */
const DIFFERENCES: { readonly [title: string]: NonNullable<Case["differs"]> } = {
  "udp: shutdown 0, then a receive that does not wait": { 5: AT_ITS_END },
  "unix-datagram: shutdown 0, then a receive that does not wait": { 2: AT_ITS_END },
};

export const WAYS: readonly Case[] = CASES.map(([title, script]) => {
  const differs = DIFFERENCES[title];
  return { title, script, ...(differs === undefined ? {} : { differs }) };
});
