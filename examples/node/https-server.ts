/** An HTTPS server: Node's TLS over our TCP. KEY and CERTIFICATE in the environment name its PEM files. */
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { openStack } from "./open-stack.ts";

const { KEY = "key.pem", CERTIFICATE = "certificate.pem" } = process.env;
const { net, address } = await openStack();

const server = net.adopt(
  createServer({ key: readFileSync(KEY), cert: readFileSync(CERTIFICATE) }, (request, response) => {
    response.end(request.url === "/large" ? Buffer.alloc(5_000_000, "secret ") : "hello over TLS\n");
  }),
);
server.listen(443, address, () => console.log(`listening on https://${address}/`));
