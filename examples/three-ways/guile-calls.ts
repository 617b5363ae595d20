import { AF_INET, createSockets, INADDR_LOOPBACK, SOCK_STREAM } from "tapstack";
import { close, stack } from "./stack.ts";

const { accept, bind, connect, listen, "recv!": recv, send, socket } = createSockets(stack);
const server = socket(AF_INET, SOCK_STREAM, 0);
bind(server, AF_INET, INADDR_LOOPBACK, 7);
listen(server, 1);

const client = socket(AF_INET, SOCK_STREAM, 0);
await connect(client, AF_INET, INADDR_LOOPBACK, 7);
await send(client, Buffer.from("Hello in Guile's calls"));

const [connection] = await accept(server);
const buffer = Buffer.alloc(100);
const count = await recv(connection, buffer);
await send(connection, buffer, 0, 0, count);
console.log(buffer.toString("utf8", 0, await recv(client, buffer.fill(0))));
close();
