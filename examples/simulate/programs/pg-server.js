/** As much of PostgreSQL's protocol as a client needs for plain queries: each is answered with the number in it. */
import net from "node:net";

const message = (type, ...parts) => {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const int16 = (n) => Buffer.from([n >> 8, n & 255]);
const int32 = (n) => Buffer.from([n >> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255]);
const text = (string) => Buffer.from(`${string}\0`);
const READY = message("Z", Buffer.from("I"));

function answer(query) {
  const number = /\d+/.exec(query)?.[0] ?? "0";
  const column = [text("n"), int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)];
  return Buffer.concat([
    message("T", int16(1), ...column),
    message("D", int16(1), int32(number.length), Buffer.from(number)),
    message("C", text("SELECT 1")),
    READY,
  ]);
}

/** The first message in `octets`, if it is all there. The very first of a connection has no type. */
function firstMessage(octets, started) {
  const head = started ? 1 : 0;
  if (octets.length < head + 4) return undefined;
  const end = head + octets.readInt32BE(head);
  if (octets.length < end) return undefined;
  return {
    type: started ? octets.toString("latin1", 0, 1) : "startup",
    body: octets.subarray(head + 4, end),
    end,
  };
}

function serve(socket, { type, body }) {
  if (type === "startup") socket.write(Buffer.concat([message("R", int32(0)), READY]));
  else if (type === "Q") socket.write(answer(body.toString()));
  else if (type === "X") socket.end();
}

net
  .createServer((socket) => {
    let octets = Buffer.alloc(0);
    let started = false;
    socket.on("data", (data) => {
      octets = Buffer.concat([octets, data]);
      for (
        let found = firstMessage(octets, started);
        found !== undefined;
        found = firstMessage(octets, started)
      ) {
        octets = octets.subarray(found.end);
        started = true;
        serve(socket, found);
      }
    });
    socket.on("error", () => socket.destroy());
  })
  .listen(5432, () => console.log("ready"));
