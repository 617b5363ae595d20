/** An unchanged program of Node's on a TAP, by `tapstack/register`: the kernel's programs reach it by either family. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { patiently } from "../support/patience.ts";
import { skipIf } from "../support/peers.ts";
import { Namespace } from "./namespace.ts";

const REGISTER = new URL("../../src/node/register.js", import.meta.url).href;

const PROGRAM = `
require("http")
  .createServer((request, response) => response.end(request.socket.remoteAddress))
  .listen(80, "::", () => console.log("ready"));
`;

describe("an unchanged program on a TAP", () => {
  const namespace = new Namespace("register");
  const folder = mkdtempSync(join(tmpdir(), "tapstack-register-"));

  before(async function () {
    skipIf(this, await namespace.open("curl"));
  });

  after(async () => {
    await namespace.killAll();
    namespace.close();
    rmSync(folder, { recursive: true });
  });

  it("serves curl by IPv4 and by IPv6", async () => {
    const program = join(folder, "program.cjs");
    writeFileSync(program, PROGRAM);
    const settings =
      "TAPSTACK_TAP=tap7 TAPSTACK_HOST=10.98.8.1/24,fd98::1/64 TAPSTACK_ADDRESS=10.98.8.2,fd98::2";
    const lines = namespace.startQuietly(
      "env",
      ...settings.split(" "),
      process.execPath,
      "--import",
      REGISTER,
      program,
    );
    await patiently(
      new Promise<void>((resolve) => {
        const look = setInterval(() => {
          if (!lines().includes("ready")) return;
          clearInterval(look);
          resolve();
        }, 20);
      }),
      "the program",
      () => lines().join("\n"),
    );
    expect(namespace.run("curl -s --max-time 20 http://10.98.8.2/")).to.equal("::ffff:10.98.8.1");
    expect(namespace.run("curl -s --max-time 20 http://[fd98::2]/")).to.equal("fd98::1");
  });
});
