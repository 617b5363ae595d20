import { WebSocket } from "ws";
import { tally, within } from "./tally.js";

const waiting = new Map();
let socket;
let done = false;

function connect() {
  if (done) return;
  socket = new WebSocket("ws://server", { handshakeTimeout: 2000 });
  const alive = setInterval(() => socket.readyState === WebSocket.OPEN && check(), 2000);
  let answered = true;
  const check = () => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  };
  socket.on("pong", () => {
    answered = true;
  });
  socket.on("message", (data) => waiting.get(Number(data))?.(Number(data)));
  socket.on("error", () => undefined); // close follows
  socket.on("close", () => {
    clearInterval(alive);
    setTimeout(connect, 300);
  });
}
connect();

tally(
  async (n) => {
    if (socket.readyState !== WebSocket.OPEN) throw new Error("not connected");
    const answer = new Promise((resolve) => {
      waiting.set(n, resolve);
    });
    socket.send(String(n));
    return within(2000, answer).finally(() => waiting.delete(n));
  },
  () => {
    done = true;
    socket.close();
  },
);
