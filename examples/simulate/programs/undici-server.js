import http from "node:http";

http
  .createServer((request, response) => {
    // Answers with what it is asked, piece by piece.
    response.writeHead(200, { "content-type": "text/plain" });
    request.pipe(response);
  })
  .listen(80, () => console.log("ready"));
