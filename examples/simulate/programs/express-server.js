import express from "express";

express()
  .get("/number/:n", (request, response) => response.json({ n: Number(request.params.n) }))
  .listen(80, () => console.log("ready"));
