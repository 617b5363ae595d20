import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { sidesOf } from "../../src/node/settings.ts";
import { need, skipIf } from "../support/peers.ts";

const REGISTER = new URL("../../src/node/register.js", import.meta.url).href;
const PROGRAM = fileURLToPath(new URL("./fixtures/unchanged-program.js", import.meta.url));

const EVERY_WAY = fileURLToPath(new URL("./fixtures/every-way.js", import.meta.url));
const OTHERS = fileURLToPath(new URL("./fixtures/other-names.js", import.meta.url));

const UNCHANGED = "require gives the same: true\nnet: over TCP\ndgram: over UDP\nfetch: over HTTP\n";

function dataUrl(module: string): string {
  return `data:text/javascript,${encodeURIComponent(module)}`;
}

/** What a program prints; over a stack if `options` say so. */
function output(program: string, ...options: readonly string[]): string {
  return execFileSync(process.execPath, [...options, program], { encoding: "utf8" });
}

describe("tapstack/register", () => {
  it("runs a program unchanged on a stack, and lets it end", () => {
    expect(output(PROGRAM, "--import", REGISTER)).to.equal(UNCHANGED);
  });

  it("leaves no way past the stack: the same comes of each, and the kernel hears of no socket", function () {
    need(this, "strace");
    const folder = mkdtempSync(join(tmpdir(), "tapstack-strace-"));
    const log = join(folder, "calls");
    const traced = ["-f", "-qq", "-e", "trace=%network", "-o", log];
    try {
      const tried = spawnSync("strace", [...traced, "true"]);
      skipIf(this, tried.status === 0 ? undefined : `strace may not trace here: ${tried.stderr}`);
      const plain = output(EVERY_WAY);
      const ours = execFileSync("strace", [...traced, process.execPath, "--import", REGISTER, EVERY_WAY], {
        encoding: "utf8",
      });
      expect(ours).to.equal(plain);
      expect(plain.split("\n")).to.have.length.above(25);
      const calls = readFileSync(log, "utf8").split("\n");
      expect(calls.filter((call) => /AF_INET|\bsocket\(/.test(call))).to.deep.equal([]);
      // It counts: over libuv there are many.
      execFileSync("strace", [...traced, process.execPath, EVERY_WAY], { encoding: "utf8" });
      expect(readFileSync(log, "utf8").match(/AF_INET/g)).to.have.length.above(50);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("finds modules that are called like a property of every object, as Node does", () => {
    const plain = output(OTHERS);
    expect(plain).to.equal(
      "constructor MODULE_NOT_FOUND\ntoString MODULE_NOT_FOUND\nos object\nimport ERR_MODULE_NOT_FOUND\n",
    );
    expect(output(OTHERS, "--import", REGISTER)).to.equal(plain);
  });

  it("can be required, for loaders that live on that, but then opens no TAP", () => {
    const program = `const net = require("net"); const server = net.createServer((socket) => socket.end("by require"));
      server.listen(0, () => net.connect(server.address().port).on("data", (octets) => console.log(String(octets))));
      server.on("connection", () => server.close());
      import("tapstack/register").then(({ stack }) => console.log(stack.interfaces.length));`;
    const given = ["--require", "tapstack/register", "-e"];
    const ran = spawnSync(process.execPath, [...given, program], { encoding: "utf8" });
    expect(ran.stderr).to.equal("");
    expect(ran.stdout.split("\n").sort()).to.deep.equal(["", "1", "by require"]);
    const env = { ...process.env, TAPSTACK_TAP: "tap9" };
    const refused = spawnSync(process.execPath, [...given, "0"], { encoding: "utf8", env });
    expect(refused.stderr).to.include("a TAP (TAPSTACK_TAP) is opened by --import tapstack/register");
  });

  for (const order of ["before", "after"]) {
    it(`stands beside loaders of others whose hooks use Node's modules, registered ${order} it`, () => {
      const hook = 'import net from "node:net"; export function resolve(s, c, n) { return n(s, c, net); }';
      const registers = `import { register } from "node:module"; register(${JSON.stringify(dataUrl(hook))})`;
      const imports = ["--import", dataUrl(registers)];
      imports.splice(order === "before" ? 2 : 0, 0, "--import", REGISTER);
      expect(output(PROGRAM, "--no-warnings", ...imports)).to.equal(UNCHANGED);
    });
  }

  it("refuses a server on a descriptor of the kernel's", () => {
    const program = `require("net").createServer().on("error", ({ code }) => console.log(code)).listen({ fd: 0 })`;
    const printed = execFileSync(process.execPath, ["--import", REGISTER, "-e", program], {
      encoding: "utf8",
    });
    expect(printed).to.equal("ENOTSUP\n");
  });

  it("tells of the stack's interfaces, not of the machine's", () => {
    const program = `import os, { networkInterfaces } from "node:os";
      console.log(JSON.stringify(networkInterfaces()), networkInterfaces === os.networkInterfaces);`;
    const given = ["--import", REGISTER, "--input-type=module", "-e", program];
    const mac = "00:00:00:00:00:00";
    const lo = [
      {
        address: "127.0.0.1",
        cidr: "127.0.0.1/8",
        netmask: "255.0.0.0",
        family: "IPv4",
        mac,
        internal: true,
      },
      {
        ...{ address: "::1", cidr: "::1/128", netmask: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
        ...{ family: "IPv6", scopeid: 0, mac, internal: true },
      },
    ];
    expect(execFileSync(process.execPath, given, { encoding: "utf8" })).to.equal(
      `${JSON.stringify({ lo })} true\n`,
    );
  });

  it("says why a socket, a server or a bound socket cannot be sent to another process, and lives on", () => {
    const program = `
      const { spawn } = require("child_process"), net = require("net"), dgram = require("dgram");
      const child = spawn(process.execPath, ["-e", "process.on('message', () => {})"], {
        stdio: ["ignore", "inherit", "inherit", "ipc"],
      });
      const send = (name, handle) => {
        try { console.log(name, child.send(name, handle)); } catch (error) { console.log(name, error.code, error.message); }
      };
      const server = net.createServer().listen(0, "127.0.0.1", () => {
        send("server", server);
        send("handle", server._handle);
        if (net.BoundSocket !== undefined) send("bound", new net.BoundSocket());
        const socket = net.connect(server.address().port, "127.0.0.1", () => {
          send("socket", socket);
          const udp = dgram.createSocket("udp4").bind(0, "127.0.0.1", () => {
            send("udp", udp);
            child.send("text", (error) => process.exit(console.log("text", error)));
          });
        });
      });`;
    const printed = execFileSync(process.execPath, ["--import", REGISTER, "-e", program], {
      encoding: "utf8",
    });
    const lines = printed.trim().split("\n");
    const [bound] = lines.filter((line) => line.startsWith("bound"));
    if (bound !== undefined)
      expect(bound).to.match(/ERR_(?:INVALID_HANDLE_TYPE|WORKER_HANDLE_NOT_TRANSFERABLE) /);
    const why = "it is a socket of a stack, and the stack belongs to the process that made it";
    expect(lines.filter((line) => line !== bound)).to.deep.equal([
      ...["server", "handle", "socket", "udp"].map(
        (name) => `${name} ERR_INVALID_HANDLE_TYPE This handle type cannot be sent: ${why}`,
      ),
      "text null",
    ]);
  });

  it("says in one line that it cannot be under --permission", () => {
    const flag = process.allowedNodeEnvironmentFlags.has("--permission")
      ? "--permission"
      : "--experimental-permission";
    const given = ["--no-warnings", flag, "--allow-fs-read=*"];
    const { status, stderr } = spawnSync(process.execPath, [...given, "--import", REGISTER, PROGRAM], {
      encoding: "utf8",
    });
    expect(status).to.equal(1);
    expect(stderr).to.match(/^tapstack\/register: [^\n]*forbids under --permission[^\n]*\n$/);
    const loads = 'import("tapstack/net").catch(({ message }) => console.log(message))';
    const message = execFileSync(process.execPath, [...given, "-e", loads], { encoding: "utf8" });
    expect(message).to.match(/^tapstack\/net: [^\n]*forbids under --permission[^\n]*\n$/);
  });

  it("says in one line that Bun and Deno are other programs, and where the Lab is", () => {
    for (const name of ["Bun", "Deno"]) {
      const pretend = `Object.defineProperty(process.versions, "${name.toLowerCase()}", { value: "9.9" })`;
      const given = ["--import", dataUrl(pretend), "--import", REGISTER, PROGRAM];
      const { status, stderr } = spawnSync(process.execPath, given, { encoding: "utf8" });
      expect(status).to.equal(1);
      expect(stderr).to.match(new RegExp(`^tapstack/register: [^\n]*${name} 9.9[^\n]*tapstack/lab[^\n]*\n$`));
    }
  });

  it("says in one line what is wrong with its settings, and does not start the program", () => {
    const refused = (settings: Record<string, string>, ...given: string[]): string => {
      const { status, stderr, stdout } = spawnSync(process.execPath, [...given, PROGRAM], {
        encoding: "utf8",
        env: { ...process.env, TAPSTACK_TAP: "tap9", ...settings },
      });
      expect([status, stdout]).to.deep.equal([1, ""]);
      return stderr;
    };
    const imported = (settings: Record<string, string>): string => refused(settings, "--import", REGISTER);
    for (const [settings, line] of [
      [{ TAPSTACK_ADDRESS: "10.77.0" }, "TAPSTACK_ADDRESS is no IP address: 10.77.0"],
      [{ TAPSTACK_HOST: "10.77.0.1/33" }, "TAPSTACK_HOST: /33 is no length of a prefix"],
      [
        { TAPSTACK_ADDRESS: "10.77.1.2" },
        "TAPSTACK_ADDRESS 10.77.1.2 is not in the network of TAPSTACK_HOST 10.77.0.1/24",
      ],
      [
        { TAPSTACK_ADDRESS: "fd77::2,fd77::3" },
        "TAPSTACK_ADDRESS has two addresses of IPv6: fd77::2,fd77::3",
      ],
      [
        { TAPSTACK_TAP: "a/b" },
        '"a/b" is no name for a device: take 1 to 15 characters without / : or blanks (EINVAL)',
      ],
    ] as const) {
      expect(imported(settings)).to.equal(`tapstack/register: ${line}\n`);
    }
    expect(
      refused({}, "--require", fileURLToPath(new URL("../../src/node/register-sync.js", import.meta.url))),
    ).to.equal(
      "tapstack/register: a TAP (TAPSTACK_TAP) is opened by --import tapstack/register, not by --require\n",
    );
  });

  it("reads addresses of either family, or one of each", () => {
    const read = (TAPSTACK_HOST?: string, TAPSTACK_ADDRESS?: string): string[] =>
      sidesOf({ TAPSTACK_HOST, TAPSTACK_ADDRESS }).map(
        ({ own, gateway, host }) => `${own.address}/${own.prefixLength} by ${gateway} of ${host}`,
      );
    const four = "10.77.0.2/24 by 10.77.0.1 of 10.77.0.1/24";
    const six = "fd77::2/64 by fd77::1 of fd77::1/64";
    expect(read()).to.deep.equal([four]);
    expect(read("10.77.0.1", "10.77.0.2")).to.deep.equal([four]);
    expect(read(undefined, "fd77::2")).to.deep.equal([six]);
    expect(read("fd77::1/64, 10.77.0.1/24", "fd77::2")).to.deep.equal([four, six]);
    expect(read("fd00:1::1/48", "fd00:1:0:9::2")).to.deep.equal([
      "fd00:1:0:9::2/48 by fd00:1::1 of fd00:1::1/48",
    ]);
  });
});
