/**
 * The suites: in which folder, what to do once before (`prepare`), and how they are run. `mocha`, `node` and `ava` are
 * arguments of those; `files` are programs of which each is one test, by its exit status.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Paths below `folder` whose end matches, without what was installed. */
function found(suite, folder, pattern, deep = true) {
  return readdirSync(join(suite, folder), { recursive: deep, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((name) => pattern.test(name) && !/node_modules|fixtures/.test(name))
    .sort();
}

const js = /\.js$/;

export const SUITES = [
  { name: "ws", mocha: (at) => ["--throw-deprecation", ...found(at, "test", /\.test\.js$/, false)] },
  {
    name: "undici",
    prepare: ["node scripts/generate-pem.js"],
    node: (at) => [
      "--expose-gc",
      ...found(at, "test", js, false),
      ...found(at, "test/node-test", js),
      ...found(at, "test/websocket", js),
      ...found(at, "test/eventsource", js),
      ...found(at, "test/interceptors", js),
      ...found(at, "test/cookie", js),
      ...found(at, "test/fetch", js, false),
    ],
  },
  { name: "fastify", node: (at) => found(at, "test", /\.test\.js$/) },
  {
    name: "express",
    mocha: () => ["--require", "test/support/env", "--check-leaks", "test/", "test/acceptance/"],
  },
  { name: "koa", node: (at) => found(at, "__tests__", /\.test\.js$/) },
  { name: "got", environment: { NODE_OPTIONS: "--import=tsx/esm" }, ava: () => [] },
  { name: "supertest", mocha: () => ["--require", "should", "--check-leaks"] },
  {
    name: "superagent",
    prepare: ["npx --no-install babel --config-file ./.lib.babelrc src --out-dir lib"],
    environment: { NODE_ENV: "test", HTTP2_TEST: "" },
    mocha: (at) => [
      ...["--require", "should", "--throw-deprecation", "--timeout", "5000"],
      ...found(at, "test", js, false),
      ...found(at, "test/node", js, false),
    ],
  },
  { name: "MQTT.js", node: (at) => ["-r", "esbuild-register", ...found(at, "test/node", /\.ts$/, false)] },
  { name: "ssh2", files: (at) => found(at, "test", /^test\/test-.*\.js$/, false) },
  { name: "nodemailer", node: (at) => found(at, "test", /[-.]test\.js$/) },
  { name: "axios", mocha: (at) => ["--timeout", "30000", ...found(at, "test/unit", js)] },
  { name: "node-fetch", mocha: (at) => found(at, "test", js, false) },
  { name: "nock", mocha: () => ["--recursive", "tests"] },
  { name: "http-proxy", mocha: (at) => found(at, "test", /-test\.js$/, false) },
];

/** Why a test differs, by the suite and the test's name. */
export const EXPLAINED = [
  ["ws", /on any IPv6 address when available/, "IPv6"],
  [
    "undici",
    /IPv6|^dns\.js > .*(?:dual stack|\(6\)|automatically resolve|SNI on TLS|max cached|#3937)/,
    "IPv6",
  ],
  [
    "undici",
    /^client-node-max-header-size\.js|^issue-3410\.js/,
    "a child process, whose sockets are not this one's",
  ],
  ["MQTT.js", /attempt to reconnect once server is down/, "a child process: its server"],
  ["ssh2", /openssh/, "a child process: the programs of OpenSSH"],
];

export function explanationOf(suite, test) {
  return EXPLAINED.find(([name, pattern]) => name === suite && pattern.test(test))?.[2];
}
