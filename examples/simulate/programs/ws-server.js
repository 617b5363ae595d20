import { WebSocketServer } from "ws";

new WebSocketServer({ port: 80 }, () => console.log("ready")).on("connection", (socket) => {
  socket.on("message", (data) => socket.send(data.toString()));
  socket.on("error", (error) => console.log(error.code));
});
