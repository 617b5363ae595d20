/** What a differential case is: a script that both sides run, and where they are known to differ. */

export interface Case {
  readonly title: string;
  readonly script: string;
  /**
   * A fault that is known and not yet mended: what is missing. The kernel's results are right, and ours must still
   * differ: whoever mends it takes this away.
   */
  readonly awaits?: string;
  /** By the number of the step (from 0): what ours gives instead of what Linux gives, and why. */
  readonly differs?: {
    readonly [step: number]: { readonly ours: unknown; readonly linux: unknown; readonly why: string };
  };
}

/** A listener `l`, a client `c` that is connected to it, and the server's end `s`. */
export const CONNECTED = `
  l = socket inet stream
  bind l 127.0.0.1:0
  listen l 5
  c = socket inet stream
  connect c @l
  s = accept l
`;

/** Two connected sockets of AF_UNIX, `a` and `b`. */
export const UNIX_PAIR = "a,b = pair unix stream\n";

/** A bound UDP socket `s` and another, `c`, that is connected to it. */
export const UDP_CONNECTED = `
  s = socket inet dgram
  bind s 127.0.0.1:0
  c = socket inet dgram
  connect c @s
`;
