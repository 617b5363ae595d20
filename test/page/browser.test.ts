/** The page in a browser: Debian's Chromium, where there is one. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { DROPS, SENDS } from "tapstack/explain";
import { pageServer } from "../../src/cli/lab.ts";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  existsSync,
);
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe("the page in a browser", () => {
  // In a folder of its own: other tests pack the one that is built for users meanwhile.
  const folder = mkdtempSync(join(tmpdir(), "tapstack-page-"));
  const server = pageServer(folder);
  let browser: Browser;
  let address: string;

  before(async function () {
    if (CHROMIUM === undefined) {
      console.log("      there is no Chromium on this machine: the page is not tested in a browser");
      this.skip();
    }
    // In a process of its own: it sets NODE_ENV.
    execFileSync(process.execPath, [
      ...["node_modules/vite/bin/vite.js", "build"],
      ...["--config", "src/page/vite.config.ts", "--logLevel", "error"],
      ...["--outDir", folder, "--emptyOutDir"],
    ]);
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  });

  after(async () => {
    await browser?.close();
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A page that is ready; what goes wrong in it fails the test. */
  async function open(
    options: BrowserContextOptions = {},
    hash = "",
  ): Promise<{ page: Page; errors: string[] }> {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await page.goto(address + hash);
    await page.waitForSelector("html[data-ready=yes]");
    return { page, errors };
  }

  it("loads the texts of reasons, the editor and the compiler apart", () => {
    const assets = join(folder, "assets");
    const first = readdirSync(assets).filter((name) => /^(worker|lab)-.*\.js$/.test(name));
    expect(first.length).to.equal(2);
    for (const name of first) {
      const script = readFileSync(join(assets, name), "utf8");
      const texts = Object.values({ ...DROPS, ...SENDS }).filter(({ meaning }) => script.includes(meaning));
      expect(texts, name).to.deep.equal([]);
    }
    const apart = readdirSync(assets).map((name) => name.split("-")[0]);
    expect(apart).to.include.members(["texts", "editor", "answers"]);
  });

  async function choose(page: Page, scenario: string): Promise<void> {
    const before = await page.textContent("#title");
    await page.selectOption("#scenario", scenario);
    await page.waitForFunction((title) => document.querySelector("#title")?.textContent !== title, before);
    await page.waitForFunction(() => /events/.test(document.querySelector("#status")?.textContent ?? ""));
  }

  it("runs the stack, draws the run, and says why each thing was done", async () => {
    const { page, errors } = await open();
    expect(await page.textContent("#status")).to.match(
      /^[\d.]+ s, simulated in \d+ ms · \d+ frames · \d+ events$/,
    );
    expect(await inkOf(page, "#diagram-a")).to.be.greaterThan(4);
    expect(await page.locator("#plots canvas").count()).to.equal(6);
    const height = async (): Promise<number | undefined> =>
      (await page.locator("#diagram-a").boundingBox())?.height;
    const before = await height();
    await page.waitForTimeout(200);
    expect(await height(), "the diagram keeps its size").to.equal(before);
    // By the keyboard to the first events, then by the pointer along the line of the first host.
    const found = await chooseSomething(page);
    expect(found).to.match(/RFC \d+/);
    expect(await page.textContent("#why")).to.match(
      /begins with this call of the application|It begins here/,
    );
    expect(errors).to.deep.equal([]);
    await page.context().close();
  });

  it("says why the first segment was sent before anybody has asked, and what else could have become of it", async () => {
    const { page, errors } = await open();
    await page.waitForFunction(() =>
      /alice sends a SYN/.test(document.querySelector("#why")?.textContent ?? ""),
    );
    expect(await page.textContent("#why"))
      .to.match(/RFC 9293/)
      .and.match(/Due to/);
    await page.locator("#why button", { hasText: "it had been lost?" }).click();
    await page.waitForSelector("#figure-b:not([hidden])");
    expect(await page.textContent("#name-b")).to.equal("drop SYN seq 0");
    expect(errors).to.deep.equal([]);
    await page.context().close();
  });

  it("can be used by the keyboard alone: from event to event, with the reason of each", async () => {
    const { page } = await open();
    await page.locator("#diagram-a").focus();
    const seen = new Set<string>();
    for (let step = 0; step < 30; step++) {
      await page.keyboard.press("ArrowDown");
      await page.waitForTimeout(30);
      seen.add((await page.textContent("#why h3")) ?? "");
    }
    expect(seen.size).to.be.greaterThan(8);
    expect([...seen]).to.include("SYN seq 0 ack 1");
    await page.context().close();
  });

  it("goes back in time: the state of both ends at the instant of the slider", async () => {
    const { page, errors } = await open();
    await page.click("#tab-state");
    const states = async (part: number): Promise<string[]> => {
      await page.locator("#slider").fill(String(Math.round(part * 1_000_000)));
      await page.waitForTimeout(60);
      return await page.locator("#state tbody tr").first().locator("td").allTextContents();
    };
    const early = await states(0.005);
    const late = await states(0.06);
    const over = await states(1);
    expect(early[0]).to.equal("syn-sent");
    expect(late).to.deep.equal(["established", "established"]);
    expect(over).to.include("time-wait");
    expect(await states(0.005)).to.deep.equal(early);
    expect(errors).to.deep.equal([]);
    await page.context().close();
  });

  it("shows another future beside the first, from the same seed", async () => {
    const { page, errors } = await open();
    await choose(page, "loss");
    await chooseSomething(page);
    await page.click("#tab-fork");
    await page
      .locator("#fork button", { hasText: /^drop / })
      .first()
      .click();
    await page.waitForSelector("#figure-b:not([hidden])");
    expect(await page.textContent("#name-b")).to.match(/^drop /);
    expect(await inkOf(page, "#diagram-b")).to.be.greaterThan(4);
    await page.click("#keep");
    expect(await page.textContent("#name-a")).to.match(/^drop /);
    await page.click("#share");
    await page.waitForFunction(() => location.hash.length > 20);
    const hash = await page.evaluate(() => location.hash);
    const status = await page.textContent("#name-a");
    expect(status).to.match(/^drop /);
    const { page: other, errors: more } = await open({}, hash);
    expect(await other.inputValue("#scenario")).to.equal("loss");
    expect([...errors, ...more]).to.deep.equal([]);
    await page.context().close();
    await other.context().close();
  });

  it("runs what the reader has written", async () => {
    const { page, errors } = await open();
    await page.click("#edit");
    await page.waitForFunction(() =>
      /export const scenario/.test(document.querySelector(".cm-content")?.textContent ?? ""),
    );
    await page.locator(".cm-content").fill(`
      import { transfer } from "../programs.ts";
      export const scenario = {
        title: "Mine", about: "My own.", controls: {},
        question: { text: "?", options: ["a"], right: 0, because: "b" },
        async run(lab) {
          const [a, b] = [lab.host("anna", "10.1.0.1/24"), lab.host("bert", "10.1.0.2/24")];
          lab.link(a, b);
          const octets = await lab.run(transfer(a, b, 1_000_000));
          if (octets !== 1_000_000) throw new Error("lost some");
        },
      };`);
    await page.click("#run-code");
    await page.waitForFunction(() => document.querySelector("#title")?.textContent === "Mine");
    await page.waitForFunction(() => /events/.test(document.querySelector("#status")?.textContent ?? ""));
    expect(await page.getAttribute("#status", "class")).to.not.equal("bad");
    expect(errors).to.deep.equal([]);
    await page.context().close();
  });

  it("stays of use whatever the reader writes: a circle can be stopped, and what is no scenario is told", async () => {
    const { page, errors } = await open();
    await page.click("#edit");
    await page.waitForSelector(".cm-content");
    const status = (wanted: RegExp): Promise<unknown> =>
      page.waitForFunction(
        (source) => new RegExp(source).test(document.querySelector("#status")?.textContent ?? ""),
        wanted.source,
      );
    const write = async (code: string): Promise<void> => {
      await page.locator(".cm-content").fill(code);
      await page.click("#run-code");
    };
    await write(`export const scenario = { title: "Circle", about: "", controls: {},
      question: { text: "?", options: ["a"], right: 0, because: "b" }, async run() { for (;;); } };`);
    await page.waitForSelector("#stop:not([hidden])");
    await page.click("#stop");
    await status(/^Stopped/);
    await write(`export const scenario = { title: "x", about: "", controls: {}, question: {}, run() {} };`);
    await status(/"question" of the scenario/);
    await write("export const scenario = ");
    await status(/nexpected token \(1:/);
    await write(`export const scenario = { title: "Throws", about: "", controls: {},
      question: { text: "?", options: ["a"], right: 0, because: "b" },
      async run() {
        throw new Error("oops");
      } };`);
    await status(/oops \(line 4\)/);
    await write("\n\nnobody();");
    await status(/nobody is not defined \(line 3\)/);
    await write(`export const scenario = { title: "Circle", about: "", controls: {},
      question: { text: "?", options: ["a"], right: 0, because: "b" }, async run() { for (;;); } };`);
    await page.waitForSelector("#stop:not([hidden])");
    await choose(page, "arp"); // without a stop
    expect(await page.textContent("#title")).to.equal("ARP");
    expect(errors).to.deep.equal([]);
    await page.context().close();
  });

  it("shows a scenario, and says so, where a link cannot be read or asks for what there is not", async () => {
    for (const [hash, wanted] of [
      ["#not-a-link", /cannot be read/],
      ["#scenario=nobody", /no scenario "nobody"/],
    ] as const) {
      const { page, errors } = await open({}, hash);
      expect(await page.textContent("#status")).to.match(wanted);
      expect(await inkOf(page, "#diagram-a")).to.be.greaterThan(4);
      expect(errors).to.deep.equal([]);
      await page.context().close();
    }
    const { page } = await open({}, "#scenario=ecn");
    expect(await page.inputValue("#scenario")).to.equal("ecn");
    await page.context().close();
  });

  it("tells in its plots what held at the cursor, with units, and shows no more of them than was asked for", async () => {
    const { page, errors } = await open({}, "#scenario=loss");
    const plot = page.locator("#plots figure").first();
    expect(await plot.locator(".key").textContent()).to.equal("sentsent again✕ lostSACKed");
    const box = await plot.locator(".u-over").boundingBox();
    if (box === null) throw new Error("the plot is not to be seen");
    // Nothing is acknowledged before the first ACK of data has come, at 100 ms of 323, and the cursor is where the pointer is.
    await page.mouse.move(box.x + (box.width * 95) / 323, box.y + 40);
    await page.waitForFunction(() =>
      /time\s*9\d\.\d+ ms/.test(document.querySelector(".u-legend")?.textContent ?? ""),
    );
    expect(await plot.locator(".u-legend").textContent()).to.match(/acknowledged\s*1 B/);
    // The part that is dragged over fills the plot: its range of octets is of that part, at once.
    await page.mouse.down();
    await page.mouse.move(box.x + (box.width * 180) / 323, box.y + 60, { steps: 4 });
    await page.mouse.up();
    // What is shown has changed when the next movement of the pointer tells of it.
    const legend = async (): Promise<string> => (await plot.locator(".u-legend").textContent()) ?? "";
    for (let by = 1; !/time\s*1[78]\d\.\d+ ms/.test(await legend()); by = 3 - by) {
      await page.mouse.move(box.x + box.width - by, box.y + 60);
    }
    // What uPlot draws stays above its legend, and without the pointer the values are those of the slider's instant.
    const [drawn, below] = await plot.evaluate((figure) => [
      figure.querySelector("canvas")?.getBoundingClientRect().bottom ?? 0,
      figure.querySelector(".u-legend")?.getBoundingClientRect().top ?? 0,
    ]);
    expect(drawn).to.be.at.most((below ?? 0) + 1);
    await page.locator("#whole").click();
    await page.waitForFunction(() => {
      const [first, second] = [...document.querySelectorAll(".u-legend")].map(
        ({ textContent }) => /time\s*[\d.]+ \D?s/.exec(textContent ?? "")?.[0],
      );
      return first !== undefined && first === second;
    });
    expect(errors).to.deep.equal([]);
    await page.context().close();

    const phone = await open({ viewport: { width: 390, height: 844 } });
    expect(
      await phone.page.locator("#scenario").evaluate(({ clientWidth }) => clientWidth),
    ).to.be.greaterThan(150);
    await phone.page.click("#tabs [data-tab=plots]");
    expect(await phone.page.locator("#diagram-a").isVisible()).to.equal(false);
    expect(await phone.page.locator("#connection").isVisible()).to.equal(true);
    await phone.page.context().close();
  });

  it("fits into the narrowest window", async () => {
    const { page } = await open({ viewport: { width: 320, height: 640 } });
    for (const tab of ["sequence", "plots", "side"]) {
      await page.click(`#tabs [data-tab=${tab}]`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), tab).to.be.at.most(
        0,
      );
    }
    await page.context().close();
  });

  for (const [name, options] of Object.entries({
    light: {},
    dark: { colorScheme: "dark" },
    phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  } satisfies Record<string, BrowserContextOptions>)) {
    it(`can be used by everybody: axe finds nothing (${name})`, async () => {
      const { page } = await open(options);
      await page.click("#edit");
      await page.waitForSelector(".cm-content");
      for (const tab of ["why", "state", "fork"]) {
        if (name === "phone") await page.click("#tabs [data-tab=side]");
        await page.click(`#tab-${tab}`);
        await page.evaluate(AXE);
        const found = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as {
            axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
          };
          return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
        });
        expect(found, tab).to.deep.equal([]);
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wide, "wider than the window").to.be.at.most(0);
      await page.context().close();
    });
  }

  /** Looks for something that can be chosen, along the middle of the diagram. */
  async function chooseSomething(page: Page): Promise<string> {
    const box = await page.locator("#diagram-a").boundingBox();
    if (box === null) throw new Error("the diagram is not to be seen");
    for (let y = 40; y < box.height; y += 6) {
      await page.locator("#diagram-a").click({ position: { x: box.width / 2, y } });
      await page.waitForTimeout(30);
      const text = (await page.textContent("#why")) ?? "";
      if (/RFC \d+/.test(text) && /What if/.test(text)) return text;
    }
    return "";
  }

  /** How many colours there are on a canvas. */
  async function inkOf(page: Page, selector: string): Promise<number> {
    return await page.locator(selector).evaluate((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const context = (canvas as HTMLCanvasElement).getContext("2d");
      const { data } = context?.getImageData(0, 0, width, height) ?? { data: new Uint8ClampedArray() };
      const words = new Uint32Array(data.buffer);
      return new Set(words).size;
    });
  }
});
