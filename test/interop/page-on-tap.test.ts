/** A web page whose stack is on the network of a TAP, by `serve --websocket`: it talks to the kernel, and to our stack there. */
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { build } from "esbuild";
import { type Browser, chromium } from "playwright-core";
import { patiently } from "../support/patience.ts";
import { skipIf } from "../support/peers.ts";
import { Namespace } from "./namespace.ts";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  existsSync,
);
const MAIN = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
/** The page has no address of its own here, so that the browser would not let it talk to this machine. */
const FLAGS = ["--no-sandbox", "--disable-features=LocalNetworkAccessChecks"];
const OCTETS = 300_000;

describe("a web page on the network of a TAP", () => {
  const namespace = new Namespace("page");
  const folder = mkdtempSync(join(tmpdir(), "tapstack-page-"));
  let browser: Browser;

  before(async function () {
    const without = CHROMIUM === undefined ? "there is no Chromium on this machine" : undefined;
    skipIf(this, without ?? (await namespace.open()));
    const wrapper = join(folder, "chromium");
    writeFileSync(wrapper, `#!/bin/sh\nexec ip netns exec ${namespace.name} ${CHROMIUM} "$@"\n`);
    chmodSync(wrapper, 0o755);
    browser = await chromium.launch({ executablePath: wrapper, args: FLAGS });
  });

  after(async () => {
    await browser?.close();
    await namespace.killAll();
    namespace.close();
    rmSync(folder, { recursive: true });
  });

  it("echoes through the stack behind the TAP, and the kernel sees it as one more neighbour", async () => {
    const { outputFiles } = await build({
      entryPoints: ["build/test/page/links-entry.js"],
      bundle: true,
      format: "iife",
      platform: "browser",
      write: false,
    });
    const words = "serve --tap tap7 --host 10.98.7.1/24 --address 10.98.7.2/24 --quiet --websocket 8123";
    const lines = namespace.startQuietly(process.execPath, MAIN, ...words.split(" "));
    const page = await browser.newPage();
    await page.route("http://127.0.0.1:1/", async (route) => {
      await route.fulfill({ contentType: "text/html", body: "<!doctype html>" });
    });
    await page.goto("http://127.0.0.1:1/");
    await page.addScriptTag({ content: outputFiles[0]?.text ?? "" });
    await patiently(
      new Promise<void>((resolve) => {
        const look = setInterval(() => {
          if (!lines().some((line) => line.includes("ready"))) return;
          clearInterval(look);
          resolve();
        }, 20);
      }),
      "the server",
      () => lines().join("\n"),
    );
    const call = `tapstackTest.askFarAway("ws://127.0.0.1:8123/", "10.98.7.3/24", 0x0a620702, ${OCTETS})`;
    const [octets, sent, received] = (await page.evaluate(call)) as [number, string, string];
    expect(octets).to.equal(OCTETS);
    expect(received).to.equal(sent);
    namespace.run("ping -c 2 -i 0.2 -W 5 10.98.7.3");
  });

  it("is refused to pages from elsewhere", async () => {
    const page = await browser.newPage();
    await page.route("http://example.test/", async (route) => {
      await route.fulfill({ contentType: "text/html", body: "<!doctype html>" });
    });
    await page.goto("http://example.test/");
    const outcome = await page.evaluate(
      `new Promise((resolve) => {
        const socket = new WebSocket("ws://127.0.0.1:8123/");
        socket.onopen = () => resolve("open");
        socket.onerror = () => resolve("refused");
      })`,
    );
    expect(outcome).to.equal("refused");
  });
});
