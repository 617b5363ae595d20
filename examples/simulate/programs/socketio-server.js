import http from "node:http";
import { Server } from "socket.io";

const server = http.createServer();
new Server(server, { pingInterval: 2000, pingTimeout: 2000 }).on("connection", (socket) => {
  socket.on("number", (n, acknowledge) => acknowledge(n));
});
server.listen(80, () => console.log("ready"));
