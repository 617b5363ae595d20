/** The examples, each on a TAP in a network namespace of its own, with programs of the kernel's side as peers. */
import { execFileSync } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { Namespace } from "../interop/namespace.ts";
import { need, skipIf } from "../support/peers.ts";
import { Program } from "./program.ts";

const HOST = "10.98.9.1";
const OURS = "10.98.9.2";

function example(name: string): string {
  return fileURLToPath(new URL(`../../examples/node/${name}.js`, import.meta.url));
}

/** Debian keeps the server's programs out of the path, in a folder per version. */
function postgresqlPrograms(): string | undefined {
  const base = "/usr/lib/postgresql";
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(base, version, "bin")).find((bin) => existsSync(join(bin, "initdb")));
}

describe("examples on a TAP", () => {
  const namespace = new Namespace("examples");
  const programs: Program[] = [];
  let folder: string;

  function start(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Program {
    const program = new Program(namespace.name, words, environment);
    programs.push(program);
    return program;
  }

  /** Starts an example, on a device of its own. */
  function run(name: string, environment: NodeJS.ProcessEnv = {}): Program {
    const settings = { TAP: "tap9", HOST, ADDRESS: OURS, ...environment };
    return start([process.execPath, "--enable-source-maps", example(name)], settings);
  }

  function curl(...words: readonly string[]): string {
    return namespace.runNode(["curl", "--silent", "--show-error", "--fail", "--max-time", "20", ...words]);
  }

  before(async function () {
    skipIf(this, await namespace.open());
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tapstack-examples-"));
  });

  afterEach(async () => {
    for (const program of programs.splice(0).reverse()) await program.end();
    rmSync(folder, { recursive: true, force: true });
  });

  after(() => namespace.close());

  it("serve an Express site to curl", async function () {
    need(this, "curl");
    await run("express-site").says("listening");
    expect(curl(`http://${OURS}/`)).to.equal(`<h1>Hello, ${HOST}</h1>\n`);
    const sum = ["--json", "[1,2,3.5]", `http://${OURS}/sum`];
    expect(JSON.parse(curl(...sum))).to.deep.equal({ sum: 6.5 });
    curl("--output", join(folder, "large"), `http://${OURS}/large`);
    expect(readFileSync(join(folder, "large")).equals(Buffer.alloc(5_000_000, "tapstack "))).to.equal(true);
  });

  it("serve HTTPS to a curl that trusts our certificate authority, and no other", async function () {
    need(this, "curl", "openssl");
    const { authority, ...server } = makeCertificates(folder);
    await run("https-server", server).says("listening");
    expect(curl("--cacert", authority, `https://${OURS}/`)).to.equal("hello over TLS\n");
    curl("--cacert", authority, "--output", join(folder, "large"), `https://${OURS}/large`);
    expect(readFileSync(join(folder, "large")).equals(Buffer.alloc(5_000_000, "secret "))).to.equal(true);
    expect(() => curl(`https://${OURS}/`)).to.throw(/certificate/);
  });

  it("echo over WebSocket", async () => {
    await run("websocket-echo").says("listening");
    const client = fileURLToPath(new URL("./websocket-client.js", import.meta.url));
    const output = namespace.runNode([process.execPath, client, `ws://${OURS}/`]);
    expect(output).to.equal("same: 5\nsame: 1000000\nclosed: 1000\n");
  });

  it("ask a PostgreSQL server", async function () {
    const bin = postgresqlPrograms();
    skipIf(this, bin === undefined ? "postgresql not installed" : undefined);
    const server = startPostgresql(bin ?? "", folder, start);
    await server.says("ready to accept connections");
    const client = run("postgresql-client", { DATABASE_PASSWORD: "a secret" });
    expect(await client.exited, client.output).to.equal(0);
    expect(client.output).to.equal(
      `primes: {"count":6,"sum":41}\none large value: 3000000 characters\nthe server sees ${OURS}\n`,
    );
  });

  it("ask a Redis server", async function () {
    need(this, "redis-server");
    const server = start(["redis-server", "--protected-mode", "no", "--save", "", "--dir", folder]);
    await server.says("Ready to accept connections");
    const client = run("redis-client");
    expect(await client.exited, client.output).to.equal(0);
    expect(client.output).to.equal("greeting: hello\nsum: 499500\nlarge: 3000000 octets\n");
  });
});

/** A certificate authority, and a certificate by it for our address. */
function makeCertificates(folder: string): { KEY: string; CERTIFICATE: string; authority: string } {
  const openssl = (...words: readonly string[]): void => {
    execFileSync("openssl", words, { cwd: folder, stdio: "pipe" });
  };
  const newKey = ["-newkey", "rsa:2048", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-days",
    "2",
    "-subj",
    "/CN=our own",
  );
  openssl("req", ...newKey, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=tapstack");
  writeFileSync(join(folder, "extensions"), `subjectAltName=IP:${OURS}\n`);
  const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "extensions"];
  openssl("x509", "-req", "-in", "request.pem", "-out", "certificate.pem", "-days", "2", ...by);
  return {
    KEY: join(folder, "key.pem"),
    CERTIFICATE: join(folder, "certificate.pem"),
    authority: join(folder, "ca.pem"),
  };
}

/** A server with a database cluster of its own. It refuses to run as root, and so runs as Debian's user for it. */
function startPostgresql(
  bin: string,
  folder: string,
  start: (words: readonly string[], environment?: NodeJS.ProcessEnv) => Program,
): Program {
  const id = (flag: string): string => execFileSync("id", [flag, "postgres"], { encoding: "utf8" }).trim();
  const data = join(folder, "data");
  const password = join(folder, "password");
  writeFileSync(password, "a secret\n");
  for (const path of [folder, password]) chownSync(path, Number(id("-u")), Number(id("-g")));
  const asUser = ["setpriv", "--reuid", id("-u"), "--regid", id("-g"), "--clear-groups"];
  const [command = "", ...words] = [
    ...asUser,
    join(bin, "initdb"),
    ...["--pgdata", data, "--no-sync", "--username", "postgres", "--pwfile", password],
    ...["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"],
  ];
  execFileSync(command, words, { cwd: "/", stdio: "pipe" });
  writeFileSync(join(data, "pg_hba.conf"), `host all all ${OURS}/32 scram-sha-256\n`);
  const settings = ["-c", "fsync=off", "-c", "listen_addresses=*", "-c", `unix_socket_directories=${folder}`];
  return start([...asUser, join(bin, "postgres"), "-D", data, ...settings], { LC_ALL: "C" });
}
