/**
 * Run by itself, with a metric and seconds of processor time: a server and its clients on Node's `net` and `http` in one process, over
 * 127.0.0.1. Over a stack of ours, when it was started with `--import tapstack/register`. Prints what it got as JSON.
 */
import http from "node:http";
import net, { type AddressInfo, type Server, type Socket } from "node:net";

const [metric = "", seconds = "1"] = process.argv.slice(2);
/** Connections at a time. */
const CLIENTS = 16;
const BLOCK = new Uint8Array(65_536);
const PAGE = "x".repeat(512);

/** Seconds of processor time after which all is compiled that a connection each time goes through: after one it is not. */
const WARM_UP = 4;

/** What has been done so far. */
let done = 0;
/** Connections that a server has accepted. */
let accepted = 0;

function listen(server: Server | http.Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

/** Octets over one connection, as fast as `write` takes them. */
async function bulk(): Promise<void> {
  const server = net.createServer((socket) => {
    socket.on("data", (data) => {
      done += data.length;
    });
    socket.on("error", () => {});
  });
  const client: Socket = net.connect(await listen(server), "127.0.0.1");
  const fill = (): void => {
    while (client.write(BLOCK));
  };
  client.on("drain", fill).on("connect", fill);
}

/** Requests of HTTP, a page of 512 octets each. */
async function requests(keepAlive: boolean): Promise<void> {
  const server = http.createServer((_request, response) => response.end(PAGE));
  server.on("connection", () => {
    accepted++;
  });
  const port = await listen(server);
  // With a bound on its sockets, an agent that does not keep connections hands them on to requests that wait all the same.
  const agent = new http.Agent({ keepAlive, maxSockets: keepAlive ? CLIENTS : Number.POSITIVE_INFINITY });
  const ask = (): void => {
    http
      .get({ host: "127.0.0.1", port, agent }, (response) => {
        response.resume().on("end", () => {
          done++;
          ask();
        });
      })
      .on("error", (error) => {
        throw error;
      });
  };
  for (let i = 0; i < CLIENTS; i++) ask();
}

if (metric === "bulk") await bulk();
else await requests(metric === "keep-alive");
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until so many seconds of processor time are used: on a busy machine, too, everything is compiled by then. */
async function use(wanted: number): Promise<void> {
  const from = process.cpuUsage();
  for (;;) {
    await sleep(20);
    const { user, system } = process.cpuUsage(from);
    if (user + system >= wanted * 1e6) return;
  }
}

await use(WARM_UP);
const [before, connections, began, used] = [done, accepted, performance.now(), process.cpuUsage()];
await use(Number(seconds));
const { user, system } = process.cpuUsage(used);
const amount = done - before;
// Those that were on their way when the time began have no connection within it.
if (metric === "close" && accepted - connections < amount - CLIENTS) {
  throw new Error(
    `${amount} requests over ${accepted - connections} connections: they were to have one each`,
  );
}
console.log(
  JSON.stringify({
    rate: amount / ((performance.now() - began) / 1000),
    cost: (user + system) / 1e6 / amount,
  }),
);
process.exit();
