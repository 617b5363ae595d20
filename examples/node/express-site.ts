/** An Express site on our TCP: `curl http://10.77.0.2/`. */
import { createServer } from "node:http";
import express from "express";
import { openStack } from "./open-stack.ts";

const { net, address } = await openStack();

const site = express();
site.use(express.json());
site.get("/", (request, response) => {
  response.type("html").send(`<h1>Hello, ${request.socket.remoteAddress}</h1>\n`);
});
site.post("/sum", (request, response) => {
  const numbers: number[] = request.body;
  response.json({ sum: numbers.reduce((sum, number) => sum + number, 0) });
});
site.get("/large", (_request, response) => {
  response.send(Buffer.alloc(5_000_000, "tapstack "));
});

const server = net.adopt(createServer(site));
server.listen(80, address, () => console.log(`listening on http://${address}/`));
