require("node:http")
  .createServer((_request, response) => response.end("hello"))
  .listen(80);
