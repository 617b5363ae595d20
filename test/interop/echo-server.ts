/** An echo server of the kernel's, in a network namespace, on the port in its first argument. */
import { createServer } from "node:net";

const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", () => socket.destroy()).pipe(socket);
});
server.listen({ port: Number(process.argv[2]), host: "::", backlog: 1024 }, () => {
  process.stdout.write(`${JSON.stringify({ event: "listening" })}\n`);
});
