/** Errors in the shape that Node gives them, where Node's own code does not make them. */
import { getSystemErrorName, inspect } from "node:util";

/** Node's ERR_INVALID_ARG_TYPE, or one of its kin. */
export function argumentError(
  name: string,
  wanted: string,
  given: unknown,
  code: "ERR_INVALID_ARG_TYPE" | "ERR_INVALID_ARG_VALUE" = "ERR_INVALID_ARG_TYPE",
): TypeError {
  const what = code === "ERR_INVALID_ARG_TYPE" ? `must be of type ${wanted}` : wanted;
  return Object.assign(new TypeError(`The "${name}" argument ${what}. Received ${inspect(given)}`), { code });
}

/** Why `bind` has failed; `at` is where, if not by path. */
export function bindError(
  status: number,
  at?: { readonly address: string; readonly port: number },
): NodeJS.ErrnoException {
  const code = getSystemErrorName(status);
  const place = at === undefined ? "" : ` ${at.address}${at.port > 0 ? `:${at.port}` : ""}`;
  const error = new Error(`bind ${code}${place}`);
  return Object.assign(error, { errno: status, code, syscall: "bind", ...at });
}

/** Why a socket of a stack, or a server, cannot be posted to a worker. */
export function notTransferable(what: string): NodeJS.ErrnoException {
  const error = new Error(
    `${what} cannot be transferred: it is a socket of a stack, and the stack belongs to the thread that made it`,
  );
  return Object.assign(error, { code: "ERR_WORKER_HANDLE_NOT_TRANSFERABLE" });
}

/** Why a socket of a stack, or a server, cannot be sent to another process. */
export function notSendable(): TypeError {
  const error = new TypeError(
    "This handle type cannot be sent: it is a socket of a stack, and the stack belongs to the process that made it",
  );
  return Object.assign(error, { code: "ERR_INVALID_HANDLE_TYPE" });
}
