/** Differential cases: AF_UNIX. */
import { type Case, UNIX_PAIR } from "./case.ts";

const LISTENER = `
  l = socket unix stream
  bind l unix:x
  listen l 5
`;

const STREAMS: readonly Case[] = [
  { title: "recv before connect", script: "s = socket unix stream\nrecv s 10" },
  { title: "send before connect", script: "s = socket unix stream\nsend s hello" },
  { title: "shutdown before connect", script: "s = socket unix stream\nshutdown s 2" },
  { title: "poll before connect", script: "s = socket unix stream\npoll s in|out" },
  { title: "accept before listen", script: "s = socket unix stream\nx = accept s" },
  { title: "listen before bind", script: "s = socket unix stream\nlisten s 1" },
  { title: "listen on a connected socket", script: `${UNIX_PAIR}listen a 1` },
  { title: "connect to no name", script: "s = socket unix stream\nconnect s unix:nobody" },
  { title: "connect to no abstract name", script: "s = socket unix stream\nconnect s abstract:nobody" },
  {
    title: "connect to a name that does not listen",
    script: "l = socket unix stream\nbind l unix:x\nc = socket unix stream\nconnect c unix:x",
  },
  {
    title: "connect to a name whose socket is closed",
    script: `${LISTENER}close l\nc = socket unix stream\nconnect c unix:x\nunlink x\nconnect c unix:x`,
  },
  {
    title: "connect to a socket of another style",
    script: `${LISTENER}d = socket unix dgram\nconnect d unix:x\nq = socket unix seqpacket\nconnect q unix:x`,
  },
  { title: "connect to the empty name", script: "s = socket unix stream\nconnect s unix:" },
  {
    title: "connect twice",
    script: `${LISTENER}c = socket unix stream\nconnect c unix:x\nconnect c unix:x\nconnect l unix:x`,
  },
  { title: "connect of a pair", script: `${LISTENER}${UNIX_PAIR}connect a unix:x` },
  {
    title: "bind twice",
    script: "a = socket unix stream\nbind a unix:x\nbind a unix:y\nb = socket unix stream\nbind b unix:x",
  },
  {
    title: "bind again after unlink",
    script:
      "a = socket unix stream\nbind a unix:x\nunlink x\nb = socket unix stream\nbind b unix:x\nunlink x\nunlink x",
  },
  {
    title: "an abstract name is free after close",
    script:
      "a = socket unix stream\nbind a abstract:x\nb = socket unix stream\nbind b abstract:x\nclose a\nbind b abstract:x\nsockname b",
  },
  { title: "autobind", script: "a = socket unix stream\nbind a unix:\nsockname a\nbind a unix:" },
  {
    title: "names of a connection",
    script: `${LISTENER}
      c = socket unix stream
      connect c unix:x
      s = accept l
      sockname c
      peername c
      sockname s
      peername s
    `,
  },
  {
    title: "the name of a client",
    script: `${LISTENER}
      c = socket unix stream
      bind c unix:client
      connect c unix:x
      s = accept l
      peername s
      send c hi
      recvfrom s 10
    `,
  },
  { title: "names of a pair", script: `${UNIX_PAIR}sockname a\npeername a` },
  {
    title: "octets both ways",
    script: `${UNIX_PAIR}send a hello\nrecv b 10\nsend b world\nrecv a 3\nrecv a 10`,
  },
  { title: "two sends, one recv", script: `${UNIX_PAIR}send a abc\nsend a def\nrecv b 4\nrecv b 10` },
  {
    title: "nothing to send, nothing to receive",
    script: `${UNIX_PAIR}send a ""\nrecvmsg b 0 dontwait\nsend a x\nrecvmsg b 0\nrecv b 1`,
    differs: {
      2: {
        ours: ["", 0, "none"],
        linux: { error: "EAGAIN" },
        why: "BSD gives 0 at once when nothing is asked for; Linux looks whether it would wait",
      },
    },
  },
  {
    title: "MSG_PEEK goes over several sends",
    script: `${UNIX_PAIR}send a abc\nsend a def\nrecv b 10 peek\nrecv b 2\nrecv b 10 peek\nrecv b 10`,
  },
  {
    title: "MSG_WAITALL",
    script: `${UNIX_PAIR}send a abc\nspawn t recv b 6 waitall\nwaits t\nsend a defgh\njoin t\nrecv b 5`,
  },
  {
    title: "MSG_WAITALL at the end",
    script: `${UNIX_PAIR}send a abc\nspawn t recv b 6 waitall\nclose a\njoin t\nrecv b 5`,
  },
  { title: "sendto on a connected stream", script: `${LISTENER}${UNIX_PAIR}sendto a hi unix:x` },
  {
    title: "sendto on a stream that is not connected",
    script: `${LISTENER}s = socket unix stream\nsendto s hi unix:x`,
  },
  {
    title: "FIONREAD",
    script: `${UNIX_PAIR}readable b\nsend a abc\nsend a de\nreadable b\nrecv b 1\nreadable b`,
  },
  { title: "a full buffer", script: `${UNIX_PAIR}fill a 4096\nsend a x dontwait\npoll a out\npoll b in` },
  {
    title: "a send waits for room",
    script: `${UNIX_PAIR}fill a 65536\nspawn t send a more\nwaits t\ndrain b\njoin t`,
  },
  {
    title: "close gives the peer the end, and EPIPE",
    script: `${UNIX_PAIR}send a abc\nclose a\nrecv b 10\nrecv b 10\nsend b x\npoll b in|out|rdhup`,
  },
  {
    title: "close with unread octets resets",
    script: `${UNIX_PAIR}send a lost\nsend b kept\nclose b\npoll a in|out\nrecv a 10\nrecv a 10\nrecv a 10\nsend a x`,
  },
  {
    title: "a reset is told by SO_ERROR",
    script: `${UNIX_PAIR}send a lost\nclose b\ngetopt a SOL_SOCKET.SO_ERROR\nrecv a 1`,
  },
  {
    title: "a send is told EPIPE before the reset",
    script: `${UNIX_PAIR}send a lost\nclose b\nsend a x\nrecv a 1`,
  },
  {
    title: "shutdown 1",
    script: `${UNIX_PAIR}send a abc\nshutdown a 1\nsend a x\nrecv b 10\nrecv b 10\nsend b back\nrecv a 10\npoll b in|out|rdhup`,
  },
  {
    title: "shutdown 0",
    script: `${UNIX_PAIR}send b before\nshutdown a 0\nrecv a 10\nrecv a 10\nsend b x\nsend a there\nrecv b 10`,
  },
  {
    title: "shutdown 2",
    script: `${UNIX_PAIR}shutdown a 2\nrecv a 1\nsend a x\nrecv b 1\nsend b x\npoll a in|out|rdhup\npeername a`,
  },
  {
    title: "shutdown of a listener",
    script: `${LISTENER}shutdown l 0\nc = socket unix stream\nconnect c unix:x\ns = accept l`,
  },
  {
    title: "closing a listener resets what was not accepted",
    script: `${LISTENER}c = socket unix stream\nconnect c unix:x\nclose l\nrecv c 1\nrecv c 1\nsend c x`,
  },
  {
    title: "the backlog",
    script:
      "l = socket unix stream\nbind l unix:x\nlisten l 1\na = socket unix stream\nconnect a unix:x\nb = socket unix stream\nconnect b unix:x\nc = socket unix stream\nnonblock c\nconnect c unix:x\ns = accept l\nconnect c unix:x",
  },
  {
    title: "a connect waits for the backlog",
    script:
      "l = socket unix stream\nbind l unix:x\nlisten l 0\na = socket unix stream\nconnect a unix:x\nb = socket unix stream\nspawn t connect b unix:x\nwaits t\ns = accept l\njoin t",
  },
  {
    title: "octets sent before accept",
    script: `${LISTENER}c = socket unix stream\nconnect c unix:x\nsend c early\nclose c\ns = accept l\nrecv s 10\nrecv s 10`,
  },
  {
    title: "poll of a listener",
    script: `${LISTENER}poll l in|out\nc = socket unix stream\nconnect c unix:x\npoll l in|out\npoll c in|out`,
  },
  { title: "recv and send on a listener", script: `${LISTENER}recv l 1\nsend l x\npeername l` },
  { title: "a closed socket", script: `${UNIX_PAIR}close a\nsend a x\nrecv a 1\nbind a unix:x` },
  {
    title: "a duplicate keeps the socket",
    script: `${UNIX_PAIR}d = dup a\nclose a\nsend d alive\nrecv b 10\nclose d\nrecv b 10`,
  },
  {
    title: "passing a socket",
    script: `${UNIX_PAIR}c,d = pair unix stream\nsendfd a hi d\nclose d\nrecvfd b 10 e\nsend e through\nrecv c 10\nclose e\nrecv c 10`,
  },
  {
    title: "a passed socket that nobody takes",
    script: `${UNIX_PAIR}c,d = pair unix stream\nsendfd a hi d\nclose d\nrecv b 10\nrecv c 10`,
  },
  {
    title: "octets with sockets are the last of a recv",
    script: `${UNIX_PAIR}c,d = pair unix stream\nsend a ab\nsendfd a cd d\nsend a ef\nrecv b 10\nrecvfd b 10 e\nrecv b 10 dontwait`,
  },
  { title: "SO_RCVTIMEO", script: `${UNIX_PAIR}setopt a SOL_SOCKET.SO_RCVTIMEO 0,50000\nrecv a 1` },
  {
    title: "SO_SNDTIMEO",
    script: `${UNIX_PAIR}setopt a SOL_SOCKET.SO_SNDTIMEO 0,50000\nfill a 65536\nsend a x`,
  },
];

const DATAGRAMS: readonly Case[] = [
  { title: "send without peer", script: "s = socket unix dgram\nsend s hello" },
  {
    title: "sendto nobody",
    script: "s = socket unix dgram\nsendto s x unix:nobody\nsendto s x abstract:nobody",
  },
  { title: "listen and accept", script: "s = socket unix dgram\nbind s unix:x\nlisten s 1\nx = accept s" },
  {
    title: "by name",
    script:
      "s = socket unix dgram\nbind s unix:x\nc = socket unix dgram\nsendto c hi unix:x\nrecvfrom s 10\nbind c unix:c\nsendto c hi unix:x\nrecvfrom s 10",
  },
  {
    title: "what does not fit is lost",
    script:
      "a,b = pair unix dgram\nsend a abcdef\nrecv b 3\nrecv b 10 dontwait\nsend a abcdef\nrecvmsg b 3\nsend a abcdef\nrecvcount b 3 trunc",
  },
  {
    title: "empty datagrams",
    script: 'a,b = pair unix dgram\nsend a ""\npoll b in\nrecv b 10\nrecv b 10 dontwait',
  },
  {
    title: "MSG_PEEK",
    script: "a,b = pair unix dgram\nsend a abc\nsend a def\nrecv b 10 peek\nrecv b 10\nrecv b 10",
  },
  {
    title: "a receiver that is closed",
    script: "a,b = pair unix dgram\nclose b\nsend a x\nsend a x\nrecv a 1 dontwait",
  },
  {
    title: "a receiver that is connected elsewhere",
    script:
      "s = socket unix dgram\nbind s unix:s\np = socket unix dgram\nbind p unix:p\nconnect s unix:p\nc = socket unix dgram\nsendto c x unix:s\nconnect c unix:s",
  },
  {
    title: "connect again, and dissolve",
    script:
      "s = socket unix dgram\nbind s unix:s\nt = socket unix dgram\nbind t unix:t\nc = socket unix dgram\nconnect c unix:s\npeername c\nconnect c unix:t\npeername c\nconnect c unspec\npeername c\nsend c x",
  },
  {
    title: "connect to a stream",
    script:
      "l = socket unix stream\nbind l unix:x\nc = socket unix dgram\nconnect c unix:x\nsendto c hi unix:x",
  },
  {
    title: "a queue of eleven",
    script:
      "s = socket unix dgram\nbind s unix:x\nc = socket unix dgram\nconnect c unix:x\nsend c 1\nsend c 2\nsend c 3\nsend c 4\nsend c 5\nsend c 6\nsend c 7\nsend c 8\nsend c 9\nsend c a\nsend c b\nsend c c dontwait\npoll c out\nrecv s 5\nsend c c dontwait",
  },
  {
    title: "a send waits for the queue",
    script:
      "s = socket unix dgram\nbind s unix:x\nc = socket unix dgram\nconnect c unix:x\nfill c 1\nspawn t send c more\nwaits t\nrecv s 1\njoin t",
  },
  { title: "shutdown 1", script: "a,b = pair unix dgram\nshutdown a 1\nsend a x\nsend b back\nrecv a 10" },
  {
    title: "shutdown 0",
    script: "a,b = pair unix dgram\nshutdown a 0\nsend b x\nrecv a 10\npoll a in|rdhup",
  },
  { title: "a message that is too long", script: "a,b = pair unix dgram\nsendmany a 500000 dontwait" },
  {
    title: "readiness",
    script: "a,b = pair unix dgram\npoll a in|out\nsend b x\npoll a in|out\nselect a 0\nreadable a",
  },
  {
    title: "a passed socket",
    script:
      "a,b = pair unix dgram\nc,d = pair unix stream\nsendfd a hi d\nrecvfd b 10 e\nsend e x\nrecv c 10",
  },
  { title: "urgent data", script: "a,b = pair unix dgram\nsend a x oob\nrecv b 1 oob" },
];

const PACKETS: readonly Case[] = [
  {
    title: "messages keep their boundaries",
    script: "a,b = pair unix seqpacket\nsend a one\nsend a two\nrecv b 10\nrecv b 2\nrecv b 10 dontwait",
  },
  { title: "before connect", script: "s = socket unix seqpacket\nsend s x\nrecv s 1\nlisten s 1" },
  {
    title: "a connection",
    script:
      "l = socket unix seqpacket\nbind l unix:x\nlisten l 1\nc = socket unix seqpacket\nconnect c unix:x\ns = accept l\nsend c hello\nrecvfrom s 10\nsend s hi\nrecv c 10",
  },
  {
    title: "the end and EPIPE",
    script: "a,b = pair unix seqpacket\nsend a last\nclose a\nrecv b 10\nrecv b 10\nsend b x",
  },
  {
    title: "shutdown 1",
    script: "a,b = pair unix seqpacket\nshutdown a 1\nsend a x\nrecv b 1\nsend b y\nrecv a 1",
  },
  {
    title: "MSG_TRUNC and MSG_PEEK",
    script:
      "a,b = pair unix seqpacket\nsend a abcdef\nrecv b 2 peek\nrecvcount b 2 trunc|peek\nrecvmsg b 2\nrecv b 1 dontwait",
  },
  {
    title: "sendto ignores the address",
    script: "a,b = pair unix seqpacket\nsendto a hi unix:nobody\nrecv b 10",
  },
  { title: "a message that is too long", script: "a,b = pair unix seqpacket\nsendmany a 500000 dontwait" },
];

const prefixed = (prefix: string, cases: readonly Case[]): Case[] =>
  cases.map((each) => ({ ...each, title: `${prefix}: ${each.title}` }));

export const UNIX: readonly Case[] = [
  ...prefixed("stream", STREAMS),
  ...prefixed("datagram", DATAGRAMS),
  ...prefixed("seqpacket", PACKETS),
];
