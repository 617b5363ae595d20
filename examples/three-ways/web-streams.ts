import { AF_INET, createSockets, INADDR_LOOPBACK, SOCK_STREAM, webStreams } from "tapstack";
import { close, stack } from "./stack.ts";

const { accept, bind, connect, listen, socket } = createSockets(stack);
const server = socket(AF_INET, SOCK_STREAM);
bind(server, AF_INET, INADDR_LOOPBACK, 7);
listen(server, 1);
const client = socket(AF_INET, SOCK_STREAM);
await connect(client, AF_INET, INADDR_LOOPBACK, 7);
const [connection] = await accept(server);

const there = webStreams(connection, { ReadableStream, WritableStream });
const here = webStreams(client, { ReadableStream, WritableStream });
const echo = there.readable.pipeTo(there.writable);
await new Blob(["Hello in web streams"]).stream().pipeTo(here.writable);
for await (const text of here.readable.pipeThrough(new TextDecoderStream())) console.log(text);
await echo;
close();
