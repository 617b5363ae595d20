/**
 * How fast the page of the lab is, in Debian's Chromium: frames while the slider moves through a run of more than
 * 100,000 events, and how long any instant of it takes. `node scripts/page-speed.mjs`, after `npm run lab` has built it.
 */
import { chromium } from "playwright-core";
import { PAGE, pageServer } from "../build/src/cli/lab.js";

/** A run of more than 100,000 events. */
const CODE = `
  import { transfer } from "../programs.ts";
  export const scenario = {
    title: "Large", about: "-", controls: {}, question: { text: "?", options: ["a"], right: 0, because: "b" },
    async run(lab) {
      const [a, b] = [lab.host("alice", "10.1.0.1/24"), lab.host("bob", "10.1.0.2/24")];
      lab.link(a, b, { impairments: "delay=10ms,loss=0.1%,rate=50mbit,queue=100kb" });
      await lab.run(transfer(a, b, 13_000_000));
    },
  };`;
const STEPS = 300;

const server = pageServer(PAGE);
await new Promise((resolve) => {
  server.listen(0, "127.0.0.1", resolve);
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForSelector("html[data-ready=yes]");
  await page.click("#edit");
  await page.waitForFunction(() =>
    /export const/.test(document.querySelector(".cm-content")?.textContent ?? ""),
  );
  await page.locator(".cm-content").fill(CODE);
  await page.click("#run-code");
  await page.waitForFunction(
    () => Number(/(\d+) events/.exec(document.querySelector("#status").textContent)?.[1] ?? 0) > 100_000,
    undefined,
    { timeout: 120_000 },
  );
  await page.click("#edit");
  await page.waitForTimeout(2000);
  console.log(await page.textContent("#status"));
  for (const [what, panel] of [
    ["reasons", "why"],
    ["state", "state"],
  ]) {
    for (const whole of [true, false]) {
      await page.click(`#tab-${panel}`);
      await page.click("#whole");
      await page.locator("#diagram-a").focus();
      if (!whole) for (let i = 0; i < 12; i++) await page.keyboard.press("+");
      console.log(`${what}, ${whole ? "the whole run" : "a part of it"} on the screen:`, await scrub(page));
    }
  }
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
}

/** Moves the slider once a frame, as a hand does, with a trace of the browser's main thread. */
async function scrub(page) {
  const client = await page.context().newCDPSession(page);
  const events = [];
  client.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  await client.send("Tracing.start", {
    categories: "devtools.timeline,disabled-by-default-devtools.timeline",
    transferMode: "ReportEvents",
  });
  const frames = await page.evaluate(async (steps) => {
    const slider = document.querySelector("#slider");
    const times = [];
    for (let step = 0; step < steps; step++) {
      times.push(await new Promise((resolve) => requestAnimationFrame(resolve)));
      // There and back, in steps that are not the same.
      const part = (1 - Math.cos((step / steps) * 2 * Math.PI)) / 2;
      slider.value = String(Math.round(part * 1_000_000));
      slider.dispatchEvent(new Event("input"));
    }
    return times;
  }, STEPS);
  const done = new Promise((resolve) => client.once("Tracing.tracingComplete", resolve));
  await client.send("Tracing.end");
  await done;
  await client.detach();
  const gaps = frames.slice(1).map((time, at) => time - frames[at]);
  const thread = events.find(({ name, args }) => name === "FireAnimationFrame" && args !== undefined)?.tid;
  // CPU time, so that a machine that is busy with something else does not count.
  const work = events
    .filter(({ name, tid, dur }) => name === "RunTask" && tid === thread && dur !== undefined)
    .map(({ dur, tdur }) => (tdur ?? dur) / 1000);
  return {
    "frames a second": Number((1000 / mean(gaps)).toFixed(1)),
    "ms between frames, median, 95 %, most": [0.5, 0.95, 1].map((part) =>
      Number(quantile(gaps, part).toFixed(1)),
    ),
    "ms of CPU time a frame": Number((work.reduce((sum, one) => sum + one, 0) / STEPS).toFixed(2)),
    "of the longest task": Number(Math.max(0, ...work).toFixed(1)),
  };
}

function mean(values) {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

function quantile(values, part) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}
