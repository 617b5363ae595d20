import { io } from "socket.io-client";
import { tally } from "./tally.js";

const socket = io("http://server", { reconnectionDelayMax: 1000, timeout: 2000 });
socket.on("connect", () => console.log("connected"));

tally(
  (n) => socket.timeout(2000).emitWithAck("number", n),
  () => socket.close(),
);
