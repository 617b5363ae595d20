/** The Discard Protocol: whatever comes is thrown away (RFC 863). The bulk sink is the same on another port. */
import type { TcpEndpoint } from "../stack/index.ts";
import type { Progress, Session, StreamService } from "./session.ts";

export class DiscardService implements StreamService {
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
