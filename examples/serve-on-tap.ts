import { AF_INET, createSockets, formatSockaddr, INADDR_ANY, SOCK_STREAM } from "tapstack";
import { EventLoop, hostRandom, openTap } from "tapstack/drivers/node";
import { parseInterfaceAddress } from "tapstack/lab";
import { Stack } from "tapstack/stack";

const loop = new EventLoop();
const stack = new Stack({ clock: loop, random: hostRandom().random, wakeAt: (at) => loop.wakeAt(at) });
loop.drive(stack);
const tap = await openTap({ name: "tap0", hostAddress: "10.77.0.1/24" });
stack.addInterface("tap0", tap, [parseInterfaceAddress("10.77.0.2/24")]);

const { accept, bind, close, listen, send, socket } = createSockets(stack);
const server = socket(AF_INET, SOCK_STREAM);
bind(server, AF_INET, INADDR_ANY, 8080);
listen(server, 16);
for (;;) {
  const [client, from] = await accept(server);
  await send(client, Buffer.from(`Hello ${formatSockaddr(from)}\n`));
  await close(client);
}
