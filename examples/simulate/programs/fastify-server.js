import fastify from "fastify";

const app = fastify();
app.post("/numbers", async (request) => ({ n: request.body.n, padding: request.body.padding.length }));
await app.listen({ port: 80, host: "0.0.0.0" });
console.log("ready");
