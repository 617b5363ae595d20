/** The Discard Protocol: whatever comes is thrown away (RFC 863). The bulk sink is the same on another port. */
import type { TcpEndpoint } from "../stack/index.ts";
import type { Progress, Session, StreamService } from "./session.ts";

/** Discard (RFC 863): reads all, and says nothing. */
export class DiscardService implements StreamService {
  /** What it is called in the log: `discard` or `sink`. */
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  open(connection: TcpEndpoint): Session {
    return { step: () => throwAway(connection) };
  }
}

/** Throws away what is there to be read; "done" at the end of the stream. */
export function throwAway(connection: TcpEndpoint): Progress {
  for (;;) {
    const count = connection.skip(Number.MAX_SAFE_INTEGER);
    if (count === undefined) return "wait";
    if (count === 0) return "done";
  }
}
