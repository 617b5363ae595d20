/**
 * Reads HTTP requests: RFC 9112 §2 to §3, as much as a server of a few read-only pages needs. A request
 * that is malformed is answered by the status that its RFC asks for, and then nothing more is read: where
 * the next one would begin is no longer known.
 */
import { latin1 } from "./ascii.ts";

/** The longest head of a request, request line and fields together. RFC 9112 §3 wants 8000 octets of line at least. */
export const MAX_HEAD = 16_384;

/** The longest body that is skipped for the sake of the next request on the connection. */
export const MAX_BODY = 1_048_576;

/** The head of a request, as far as it matters here. */
export interface HttpRequest {
  /** 200, or the status of the error that this request is. The other fields may then be empty. */
  status: number;
  method: string;
  /** Path without the query, as sent. */
  path: string;
  /** HTTP/1.x: x. */
  minor: number;
  /** The client leaves the connection open for more (RFC 9112 §9.3). */
  keepAlive: boolean;
  /** The media types that the client asks for (RFC 9110 §12.5.1); "" if it does not say. */
  accept: string;
  /** Octets behind the head that belong to this request. */
  body: number;
  /** Octets of the head, its empty line included. */
  head: number;
}

/** The request at the start of `bytes[0..end)`; undefined while its head is not complete. */
export function readRequest(bytes: Uint8Array, end: number): HttpRequest | undefined {
  const start = skipEmptyLines(bytes, end);
  const head = endOfHead(bytes, start, end);
  if (head < 0) return end >= MAX_HEAD ? failed(431, end) : undefined;
  if (head > MAX_HEAD) return failed(431, head);
  const lines = latin1(bytes, start, head).split(/\r?\n/);
  const request = readRequestLine(lines[0] as string, head);
  if (request.status !== 200) return request;
  const fields = readFields(lines.slice(1));
  if (fields === undefined) return failed(400, head);
  applyFields(request, fields);
  return request;
}

/** RFC 9112 §2.2: empty lines before the request line are ignored. */
function skipEmptyLines(bytes: Uint8Array, end: number): number {
  let at = 0;
  while (at < end && (bytes[at] === CR || bytes[at] === LF)) at++;
  return at;
}

/** Where the octet behind the empty line is; −1 if that line is not there yet. A bare LF ends a line too (RFC 9112 §2.2). */
function endOfHead(bytes: Uint8Array, start: number, end: number): number {
  for (let at = bytes.indexOf(LF, start); at >= 0 && at < end; at = bytes.indexOf(LF, at + 1)) {
    const next = bytes[at + 1] === CR && at + 1 < end ? at + 2 : at + 1;
    if (next < end && bytes[next] === LF) return next + 1;
  }
  return -1;
}

const CR = 0x0d;
const LF = 0x0a;

function readRequestLine(line: string, head: number): HttpRequest {
  const [, method = "", target = "", major, minor] =
    /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~]+) HTTP\/([0-9])\.([0-9])$/.exec(line) ?? [];
  if (major === undefined) return failed(400, head);
  if (major !== "1") return failed(505, head);
  return { ...failed(200, head), method, path: pathOf(target), minor: Number(minor) };
}

/** The origin form and the absolute form lead to the same page (RFC 9112 §3.2). */
function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "").replace(/[?#].*$/, "");
  return path === "" ? "/" : path;
}

function failed(status: number, head: number): HttpRequest {
  return { status, method: "", path: "", minor: 1, keepAlive: false, accept: "", body: 0, head };
}

/** Field values by lower-case name, repeated ones joined by commas (RFC 9110 §5.3); undefined when malformed. */
function readFields(lines: readonly string[]): Map<string, string> | undefined {
  const fields = new Map<string, string>();
  for (const line of lines) {
    if (line === "") continue;
    // No space before the colon, and no folded line: both have let requests be smuggled (RFC 9112 §5.1, §5.2).
    const [, name, value = ""] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined) return undefined;
    const key = name.toLowerCase();
    const before = fields.get(key);
    fields.set(key, before === undefined ? value : `${before},${value}`);
  }
  return fields;
}

function applyFields(request: HttpRequest, fields: ReadonlyMap<string, string>): void {
  request.status = statusOfFields(request.minor, fields);
  if (request.status !== 200) return;
  request.accept = fields.get("accept") ?? "";
  request.body = Number(fields.get("content-length") ?? 0);
  const connection = (fields.get("connection") ?? "").toLowerCase().split(/[ \t]*,[ \t]*/);
  // A client that asks first may leave its body out when it sees the answer, so where the next request would
  // begin is not known (RFC 9110 §10.1.1). No page here needs a body.
  if (connection.includes("close") || fields.has("expect")) request.keepAlive = false;
  else request.keepAlive = request.minor >= 1 || connection.includes("keep-alive");
}

/** What is wrong with the fields; 200 if nothing. */
function statusOfFields(minor: number, fields: ReadonlyMap<string, string>): number {
  const host = fields.get("host");
  const length = fields.get("content-length");
  if (host === undefined ? minor >= 1 : host.includes(",")) return 400; // exactly one (RFC 9112 §3.2)
  // A message with both is an attack or an error (RFC 9112 §6.1).
  if (fields.has("transfer-encoding")) return length === undefined ? 411 : 400;
  if (length === undefined) return 200;
  if (!/^[0-9]{1,15}$/.test(length)) return 400;
  return Number(length) > MAX_BODY ? 413 : 200;
}
