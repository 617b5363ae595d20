/** Runs one of the programs, whose modules come by `require`: `node --import tapstack/register cjs.cjs NAME`. */
import type { Modules } from "./bodies.ts";

const modules: Modules = {
  net: require("node:net"),
  dgram: require("node:dgram"),
  http: require("node:http"),
  https: require("node:https"),
  http2: require("node:http2"),
  ws: require("ws"),
};

void import("./bodies.ts").then(async ({ PROGRAMS }) => {
  console.log(await PROGRAMS[process.argv[2] ?? ""]?.run(modules));
});
