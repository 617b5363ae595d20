/** Runs one of the programs, whose modules come by `import`: `node --import tapstack/register esm.js NAME`. */
import dgram from "node:dgram";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { PROGRAMS } from "./bodies.ts";

console.log(
  await PROGRAMS[process.argv[2] ?? ""]?.run({
    net,
    dgram,
    http,
    https,
    http2,
    ws: { WebSocket, WebSocketServer },
  }),
);
