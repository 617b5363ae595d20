/** The states of a TCP connection. */

/** RFC 9293 §3.3.2. LISTEN is the state of an endpoint that listens, CLOSED of one that is not open. */
export type TcpState =
  | "closed"
  | "listen"
  | "syn-sent"
  | "syn-received"
  | "established"
  | "fin-wait-1"
  | "fin-wait-2"
  | "close-wait"
  | "closing"
  | "last-ack"
  | "time-wait";
