/** As much of Redis as a client of it needs to start: RESP with SET, GET, INFO and PING. */
import net from "node:net";

const values = new Map();

const COMMANDS = {
  set: ([key, value]) => {
    values.set(key, value);
    return "+OK\r\n";
  },
  get: ([key]) => bulk(values.get(key)),
  info: () => bulk("redis_version:7.0.0\r\nloading:0\r\n"),
  ping: () => "+PONG\r\n",
  client: () => "+OK\r\n",
};

function bulk(text) {
  return text === undefined ? "$-1\r\n" : `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}

net
  .createServer((socket) => {
    let text = "";
    socket.on("data", (data) => {
      text += data;
      for (let found = command(text); found !== undefined; found = command(text)) {
        text = text.slice(found.length);
        const [name, ...args] = found.words;
        socket.write(COMMANDS[name.toLowerCase()]?.(args) ?? `-ERR unknown command '${name}'\r\n`);
      }
    });
    socket.on("error", () => socket.destroy());
  })
  .listen(6379, () => console.log("ready"));

/** The first command in `text`, if it is all there: `*2\r\n$3\r\nGET\r\n$1\r\nk\r\n`. */
function command(text) {
  const count = /^\*(\d+)\r\n/.exec(text);
  if (count === null) return undefined;
  const words = [];
  let at = count[0].length;
  for (let i = 0; i < Number(count[1]); i++) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at));
    if (size === null) return undefined;
    const from = at + size[0].length;
    at = from + Number(size[1]) + 2;
    if (text.length < at) return undefined;
    words.push(text.slice(from, at - 2));
  }
  return { words, length: at };
}
