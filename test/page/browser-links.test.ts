/** Stacks in web pages talk to one another, to workers, and to a TAP. */
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { build } from "esbuild";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  existsSync,
);
const MEGABYTE = 1_000_000;

/** What the script in the page offers. */
interface Offered {
  serveTab(): void;
  askTab(octets: number): Promise<[number, string, string]>;
  askWorker(script: string, octets: number): Promise<[number, string, string]>;
}

describe("stacks in web pages", () => {
  let browser: Browser;
  let server: Server;
  let address: string;
  let context: BrowserContext;

  before(async function () {
    if (CHROMIUM === undefined) {
      console.log("      there is no Chromium on this machine: links of pages are not tested in a browser");
      this.skip();
    }
    const { outputFiles } = await build({
      entryPoints: ["build/test/page/links-entry.js"],
      bundle: true,
      format: "iife",
      platform: "browser",
      write: false,
    });
    const script = outputFiles[0]?.text ?? "";
    server = createServer((request, response) => {
      const isScript = request.url === "/script.js";
      response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" });
      response.end(isScript ? script : '<!doctype html><script src="/script.js"></script>');
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    context = await browser.newContext();
  });

  after(async () => {
    await browser?.close();
    server?.close();
    server?.closeAllConnections();
  });

  async function tab(): Promise<Page> {
    const page = await context.newPage();
    await page.goto(address);
    return page;
  }

  function offered(): Offered {
    return (globalThis as unknown as { tapstackTest: Offered }).tapstackTest;
  }

  it("in two tabs: a megabyte there and back over a BroadcastChannel, with equal digests", async () => {
    const [one, other] = [await tab(), await tab()];
    await one.evaluate(`(${offered})().serveTab()`);
    const [octets, sent, received] = (await other.evaluate(`(${offered})().askTab(${MEGABYTE})`)) as [
      number,
      string,
      string,
    ];
    expect(octets).to.equal(MEGABYTE);
    expect(received)
      .to.equal(sent)
      .and.match(/^[0-9a-f]{64}$/);
  });

  it("in a page and its worker: a megabyte there and back over a MessagePort", async () => {
    const page = await tab();
    const call = `(${offered})().askWorker("/script.js", ${MEGABYTE})`;
    const [octets, sent, received] = (await page.evaluate(call)) as [number, string, string];
    expect(octets).to.equal(MEGABYTE);
    expect(received).to.equal(sent);
  });
});
