/** The Discard Protocol: whatever comes is thrown away (RFC 863). The bulk sink is the same on another port. */
import type { TcpEndpoint } from "../stack/index.ts";
import type { Session, StreamService } from "./session.ts";

export class DiscardService implements StreamService {
  readonly name: string;
  readonly #scratch: Uint8Array;

  /** @param scratch - for the duration of a step only */
  constructor(name: string, scratch: Uint8Array) {
    this.name = name;
    this.#scratch = scratch;
  }

  open(connection: TcpEndpoint): Session {
    const scratch = this.#scratch;
    return {
      step() {
        for (;;) {
          const count = connection.read(scratch);
          if (count === undefined) return "wait";
          if (count === 0) return "done";
        }
      },
    };
  }
}
