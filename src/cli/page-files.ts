/** The page for the web server of a running stack: its files, and what the stack has just done. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { Page } from "../services/index.ts";
import { PAGE, TYPES } from "./lab.ts";

/**
 * Pages by path: `/` is the live one, `/lab` the laboratory, `/explained` the same with what this stack has done.
 *
 * @param front - the front page as it is without these files: its plain text is kept
 * @param run - what the stack has done, as JSON; undefined if nobody has listened
 */
export function pageFiles(
  front: Page | undefined,
  run: (() => string) | undefined,
): ReadonlyMap<string, Page> {
  const pages = new Map<string, Page>();
  if (run !== undefined)
    pages.set("/run.json", { type: "application/json", body: () => new TextEncoder().encode(run()) });
  if (!existsSync(join(PAGE, "live.html"))) return pages; // not built: the plain pages will do
  const live = pageOf("live.html");
  pages.set("/", { ...live, plain: front?.plain });
  pages.set("/index.html", { ...live, plain: front?.plain });
  pages.set("/lab", pageOf("index.html"));
  if (run !== undefined) pages.set("/explained", pageOf("index.html"));
  for (const name of readdirSync(join(PAGE, "assets")))
    pages.set(`/assets/${name}`, pageOf(join("assets", name)));
  return pages;
}

/** Read when it is asked for: most are not. */
function pageOf(name: string): Page {
  return {
    type: TYPES[extname(name)] ?? "application/octet-stream",
    body: () => new Uint8Array(readFileSync(join(PAGE, name))),
  };
}
