/** A WebSocket client over the kernel's TCP: says what came back of what it sent to the URL in its argument. */
import { once } from "node:events";
import { WebSocket } from "ws";

const socket = new WebSocket(process.argv[2] ?? "");
await once(socket, "open");
for (const message of ["hello", "x".repeat(1_000_000)]) {
  socket.send(message);
  const [echo] = await once(socket, "message");
  console.log(`${String(echo) === message ? "same" : "different"}: ${message.length}`);
}
socket.close(1000);
const [code] = await once(socket, "close");
console.log(`closed: ${code}`);
