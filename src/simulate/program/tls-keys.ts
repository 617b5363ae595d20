/**
 * The keys of a program's connections over TLS, for the capture of its world: the same lines that Node's `keylog` events
 * have. The program sees nothing of it: it need not listen, and has no listener more.
 */
import { bindingMembers } from "./inside.ts";

/** What C++ puts on a handle to encrypt what passes. It calls `onkeylog`, a member of the object, with each line. */
interface TlsWrap {
  onkeylog?: (line: Uint8Array) => void;
  enableKeylogCallback(): void;
}

type Wrap = (this: unknown, ...given: unknown[]) => TlsWrap;

/** From now on, `tell` hears of each key of each connection before anything is sent that it protects. */
export function tellKeys(tell: (line: Uint8Array) => void): void {
  const members = bindingMembers("tls_wrap");
  const nodeWrap = members["wrap"] as Wrap;
  members["wrap"] = function wrap(this: unknown, ...given: unknown[]): TlsWrap {
    const made = nodeWrap.apply(this, given);
    // Node sets its own after this, which tells the program's listeners.
    let nodeTells: TlsWrap["onkeylog"];
    Object.defineProperty(made, "onkeylog", {
      configurable: true,
      enumerable: true,
      get: () =>
        function onkeylog(this: TlsWrap, line: Uint8Array): void {
          tell(line);
          nodeTells?.call(this, line);
        },
      set: (value: TlsWrap["onkeylog"]) => {
        nodeTells = value;
      },
    });
    made.enableKeylogCallback();
    return made;
  };
}
