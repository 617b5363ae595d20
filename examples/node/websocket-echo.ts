/** A WebSocket server on our TCP that sends back whatever it gets. */
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { openStack } from "./open-stack.ts";

const { net, address } = await openStack();

const server = net.adopt(createServer());
new WebSocketServer({ server }).on("connection", (socket) => {
  socket.on("message", (message, isBinary) => socket.send(message, { binary: isBinary }));
});
server.listen(80, address, () => console.log(`listening on ws://${address}/`));
