/** A lock service: gives one client at a time a lease of two seconds. */
import http from "node:http";

let holder = { name: "", until: 0 };

http
  .createServer((request, response) => {
    const [now, name] = [Date.now(), request.url.slice(1)];
    if (holder.until > now && holder.name !== name) {
      response.writeHead(409).end();
      return;
    }
    holder = { name, until: now + 2000 };
    response.end("2000");
  })
  .listen(80);
