import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type InlineProgram, World } from "../../src/simulate/index.ts";
import { makeCertificate } from "../support/certificate.ts";

describe("the loop of a simulated program", function () {
  this.timeout(0); // virtual time bounds it

  /** What a program writes, alone on a host. */
  async function output(program: InlineProgram, ...args: string[]): Promise<readonly string[]> {
    const world = new World();
    const host = world.host("alone", { program, args });
    await world.run("1min").finally(() => world.close());
    return host.log.text.split("\n");
  }

  it("runs immediates of JavaScript beside those of Node's C++, as an HTTP/2 session makes them", async () => {
    const lines = await output(() => {
      const http2 = require("node:http2") as typeof import("node:http2");
      const server = http2.createServer((request, response) => response.end(`you want ${request.url}`));
      server.listen(80, () => {
        const session = http2.connect("http://localhost");
        const stream = session.request({ ":path": "/two" });
        stream.on("data", (data) => console.log(String(data)));
        stream.on("end", () => {
          session.close();
          server.close();
        });
      });
    });
    expect(lines).to.deep.equal(["you want /two", "exit 0"]);
  });

  it("carries HTTPS and HTTP/2 over TLS", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tapstack-tls-"));
    try {
      const world = new World({ date: new Date() }); // the certificate's
      const host = world.host("alone", {
        args: [...makeCertificate(folder)],
        program: async (keyFile: string, certFile: string) => {
          const fs = require("node:fs") as typeof import("node:fs");
          const https = require("node:https") as typeof import("node:https");
          const http2 = require("node:http2") as typeof import("node:http2");
          const [key, cert] = [fs.readFileSync(keyFile), fs.readFileSync(certFile)];
          const one = https.createServer({ key, cert }, (request, response) =>
            response.end(`one ${request.url}`),
          );
          const two = http2.createSecureServer({ key, cert }, (request, response) =>
            response.end(`two ${request.url}`),
          );
          await new Promise<void>((resolve) => one.listen(443, () => two.listen(8443, resolve)));
          const get = (options: object): Promise<string> =>
            new Promise((resolve, reject) => {
              const request = https.get("https://localhost/s", options, (response) =>
                response.on("data", (data) => resolve(String(data))),
              );
              request.on("error", reject);
            });
          console.log(await get({ ca: cert }));
          console.log(await get({}).catch(({ code }) => code));
          const session = http2.connect("https://localhost:8443", { ca: cert });
          session.request({ ":path": "/s" }).on("data", (data) => {
            console.log(String(data));
            process.exit();
          });
        },
      });
      await world.run("1min").finally(() => world.close());
      expect(host.log.text).to.equal("one /s\nDEPTH_ZERO_SELF_SIGNED_CERT\ntwo /s\nexit 0");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("delivers messages of a program's own ports before immediates, and ends when no port listens", async () => {
    const lines = await output(() => {
      const { port1, port2 } = new MessageChannel();
      port2.on("message", (text: string) => console.log(text, performance.now() >= 1000));
      port2.on("close", () => console.log("closed"));
      setImmediate(() => console.log("immediate"));
      port1.postMessage("at once");
      setTimeout(() => port1.postMessage("after a second"), 1000);
      setTimeout(() => port2.close(), 2000);
    });
    expect(lines).to.deep.equal(["at once false", "immediate", "after a second true", "closed", "exit 0"]);
  });

  it("stays alive for a port that listens, until it is let go", async () => {
    const lines = await output(() => {
      const { port1 } = new MessageChannel();
      port1.on("message", () => undefined);
      console.log(Reflect.apply(Reflect.get(port1, "hasRef"), port1, []));
      process.on("exit", () => console.log(performance.now()));
      setTimeout(() => port1.unref(), 5000).unref();
    });
    expect(lines).to.deep.equal(["true", "5000", "exit 0"]);
  });

  it("refuses what would wait for the machine, or reach past the network", async () => {
    const lines = await output(() => {
      const calls = [
        () => require("node:fs").watch("/"),
        () => require("node:fs").watchFile("/"),
        () => require("node:fs/promises").watch("/"),
        () => require("node:inspector").open(),
      ];
      for (const call of calls) {
        try {
          call();
        } catch (error) {
          console.log((error as Error).message.replace(/ is not there in a simulation: .*/, ""));
        }
      }
    });
    expect(lines).to.deep.equal([
      "host alone: fs.watch",
      "host alone: fs.watchFile",
      "host alone: fs/promises.watch",
      "host alone: inspector.open",
      "exit 0",
    ]);
  });

  it("names what of the machine a program waits for that does not yield", async () => {
    const world = new World({ patience: 500 });
    world.host("stuck", () => {
      const { FSEvent } = Reflect.get(process, "binding").call(process, "fs_event_wrap");
      new FSEvent().start("/", true, false, "utf8");
    });
    const error = await world.run().catch((one: unknown) => one);
    await world.close();
    expect((error as Error).message).to.match(
      /^host stuck: \S+stuck\.js does not yield: 500 ms of real time in one turn; it waits for what the machine does: FSEventWrap$/,
    );
  });

  it("shows virtual time by Intl, Temporal and os too, and nothing of the process that simulates", async () => {
    const lines = await output(() => {
      const os = require("node:os") as typeof import("node:os");
      const day = new Intl.DateTimeFormat("en", { timeZone: "UTC" });
      console.log(day.format(), day.format(0), day.formatToParts()[4]?.value);
      const { Temporal } = globalThis as unknown as {
        Temporal?: { Now: Record<string, (zone?: string) => unknown> };
      };
      const now = Temporal?.Now;
      const names = ["plainDateISO", "plainDateTimeISO", "plainTimeISO", "zonedDateTimeISO"];
      const shown =
        now === undefined
          ? []
          : [String(now["instant"]?.()), ...names.map((name) => String(now[name]?.("UTC")))];
      console.log(shown.join(" "));
      console.log(process.ppid, os.uptime());
      const families = Object.values(os.networkInterfaces()).flatMap((all) =>
        all?.map(({ address, family }) => `${address} ${family}`),
      );
      console.log(families.join(", "));
      process.on("SIGUSR2", (...given) => console.log(...given));
      process.kill(process.pid, "SIGUSR2");
      setTimeout(() => console.log(os.uptime()), 5000);
    });
    const midnight = "2026-01-01T00:00:00";
    const temporal = `${midnight}Z 2026-01-01 ${midnight} 00:00:00 ${midnight}+00:00[UTC]`;
    expect(lines).to.deep.equal([
      "1/1/2026 1/1/1970 2026",
      "Temporal" in globalThis ? temporal : "",
      "1 0",
      "127.0.0.1 IPv4, 10.0.0.1 IPv4",
      "SIGUSR2 12",
      "5",
      "exit 0",
    ]);
  });
});
