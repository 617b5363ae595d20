import assert from "node:assert/strict";

export const scenario = async (world) => {
  const server = world.host("server", { program: "./server.cjs" });
  const client = world.host("client", { program: "./client.cjs" });
  world.link(server, client, { impairments: "delay=5ms,loss=10%" });
  await world.until(() => !client.running, "2h");
  assert.equal(client.log.lines[0].text, "200 hello");
};
