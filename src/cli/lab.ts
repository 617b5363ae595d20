/** `tapstack lab`: hands out the page. All of it runs in the browser; this is a server of files, and nothing more. */
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseOptions, readInteger } from "./parse-arguments.ts";
import { UsageError } from "./usage-error.ts";

const HELP = `Usage: tapstack lab [options]

Serves a page that shows runs of TCP: a sequence diagram, plots, and why each thing was sent. The stack itself runs in
the browser, so that the same files work from any server of files.

  --port N      where it listens on this machine (default 8080; 0: any that is free)
  --where       print the folder of the files instead, to be copied to a server
  --help        this text
`;

const OPTIONS = {
  port: { type: "string" },
  where: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** Media types by the ends of names. */
export const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Where the page was built to. */
export const PAGE: string = fileURLToPath(new URL("../../page/", import.meta.url));

/** Serves until it is ended by a signal. */
export async function lab(args: readonly string[]): Promise<number> {
  const command = readLabOptions(args);
  if (command === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  if (!existsSync(join(PAGE, "index.html"))) {
    process.stderr.write("tapstack: the page has not been built; `npm run lab` builds it\n");
    return 1;
  }
  if (command.where) {
    process.stdout.write(`${PAGE}\n`);
    return 0;
  }
  const server = pageServer(PAGE);
  const failure = await listen(server, command.port);
  if (failure !== undefined) {
    process.stderr.write(
      `tapstack: cannot listen on port ${command.port}: ${failure}; choose another by --port\n`,
    );
    return 1;
  }
  process.stdout.write(
    `tapstack lab: http://127.0.0.1:${(server.address() as AddressInfo).port}/ (Ctrl-C ends it)\n`,
  );
  await new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, resolve);
  });
  server.close();
  server.closeAllConnections();
  return 0;
}

/** Reads the arguments; "help" if that is what they ask for. Throws a {@link UsageError}. */
export function readLabOptions(args: readonly string[]): { port: number; where: boolean } | "help" {
  const { port, where, help } = parseOptions(args, OPTIONS);
  if (help === true) return "help";
  return { port: readInteger("port", port ?? "8080", 0, 65_535), where: where ?? false };
}

/** A server of the files in `folder`. */
export function pageServer(folder: string): Server {
  return createServer((request, response) => answer(folder, request, response));
}

function answer(folder: string, request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD" }).end();
    return;
  }
  const file = fileOf(folder, request.url ?? "/");
  if (file === undefined) {
    response.writeHead(404, { "content-type": "text/plain" }).end("there is no such file\n");
    return;
  }
  response.writeHead(200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    "content-length": statSync(file).size,
    // What has a digest in its name never changes.
    "cache-control": file.includes(`${sep}assets${sep}`) ? "public, max-age=31536000, immutable" : "no-cache",
  });
  if (request.method === "HEAD") response.end();
  else createReadStream(file).pipe(response);
}

/** The file that is asked for; undefined for what there is not, and for what is outside of the folder. */
function fileOf(folder: string, url: string): string | undefined {
  let path: string;
  try {
    path = decodeURIComponent(new URL(url, "http://localhost").pathname);
  } catch {
    return undefined; // an address that is none
  }
  const file = normalize(join(folder, path.endsWith("/") ? `${path}index.html` : path));
  const isInside = file.startsWith(folder.endsWith(sep) ? folder : folder + sep);
  return isInside && existsSync(file) && statSync(file).isFile() ? file : undefined;
}

/** Why it cannot listen; undefined once it does. */
function listen(server: Server, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, "127.0.0.1", () => resolve(undefined));
  });
}
