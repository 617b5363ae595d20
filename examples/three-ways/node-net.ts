import { createNet } from "tapstack/net";
import { close, stack } from "./stack.ts";

const net = createNet(stack);
const server = net.createServer((connection) => connection.pipe(connection));
server.listen(7, "127.0.0.1", () => {
  const client = net.connect(7, "127.0.0.1", () => client.end("Hello in Node's net"));
  client.on("data", (octets) => console.log(octets.toString()));
  client.on("close", () => server.close(close));
});
