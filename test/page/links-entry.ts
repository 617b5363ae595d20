/** Bundled for a browser by browser-links.test.ts: a stack in a page, on a link of the page's own. */
import { AF_INET, createSockets, INADDR_ANY, SHUT_WR, SOCK_STREAM } from "tapstack";
import { BrowserLoop, MessageLink, WebSocketLink } from "tapstack/drivers/browser";
import { parseInterfaceAddress } from "tapstack/lab";
import { type Link, Stack, Xoshiro128 } from "tapstack/stack";

/** A stack with that address on the link. */
function start(link: Link, address: string, seed: number): Stack {
  const loop = new BrowserLoop();
  const stack = new Stack({ clock: loop, random: new Xoshiro128(seed), wakeAt: (at) => loop.wakeAt(at) });
  loop.drive(stack);
  stack.addInterface("eth0", link, [parseInterfaceAddress(address)]);
  return stack;
}

async function digest(octets: Uint8Array): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", octets.slice()));
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

/** Echoes one connection on port 7. */
async function serve(stack: Stack): Promise<void> {
  const { accept, bind, listen, recvInto, send, close, socket } = createSockets(stack);
  const server = socket(AF_INET, SOCK_STREAM);
  bind(server, AF_INET, INADDR_ANY, 7);
  listen(server, 1);
  const [connection] = await accept(server);
  const buffer = new Uint8Array(65_536);
  for (let count = 1; count > 0; ) {
    count = await recvInto(connection, buffer);
    await send(connection, buffer, 0, 0, count);
  }
  await close(connection);
}

/** Sends octets to port 7 of `address` and back: how many came, and the digests of both. */
async function ask(stack: Stack, address: number, octets: number): Promise<[number, string, string]> {
  const { connect, recvInto, send, shutdown, socket } = createSockets(stack);
  const sent = Uint8Array.from({ length: octets }, (_, at) => (at * 2654435761) >>> 24);
  const client = socket(AF_INET, SOCK_STREAM);
  await connect(client, AF_INET, address, 7);
  const sending = send(client, sent).then(() => shutdown(client, SHUT_WR));
  const received = new Uint8Array(octets);
  let at = 0;
  for (let count = 1; count > 0 && at < octets; at += count) count = await recvInto(client, received, 0, at);
  await sending;
  return [at, await digest(sent), await digest(received)];
}

const SERVER = 0x0a01_0002;

Object.assign(globalThis, {
  tapstackTest: {
    /** One tab serves, another asks, over a broadcast channel. */
    serveTab: () => void serve(start(new MessageLink(new BroadcastChannel("wire")), "10.1.0.2/24", 1)),
    askTab: (octets: number) =>
      ask(start(new MessageLink(new BroadcastChannel("wire")), "10.1.0.1/24", 2), SERVER, octets),
    /** A worker of this very script serves, its page asks, over a message port. */
    askWorker: (script: string, octets: number) => {
      const worker = new Worker(script);
      const { port1, port2 } = new MessageChannel();
      worker.postMessage({ wire: port2 }, [port2]);
      return ask(start(new MessageLink(port1), "10.1.0.1/24", 2), SERVER, octets);
    },
    /** The page joins the network of a TAP, and asks the stack there. */
    askFarAway: (url: string, own: string, address: number, octets: number) =>
      ask(start(new WebSocketLink(new WebSocket(url)), own, 3), address, octets),
  },
});

if (!("document" in globalThis)) {
  addEventListener("message", (event: MessageEvent<{ readonly wire: MessagePort }>) => {
    void serve(start(new MessageLink(event.data.wire), "10.1.0.2/24", 1));
  });
}
