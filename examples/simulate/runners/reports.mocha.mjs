/**
 * What people have reported of requests that are mocked under fake timers, with the packages of their reports: in a
 * simulated program, time is virtual below the packages too, so that nothing has to be faked.
 */
import assert from "node:assert/strict";
import { simulate } from "tapstack/simulate";

const program = (run) => async (world) => {
  const host = world.host("program", run);
  await world.until(() => !host.running, "2h");
  assert.equal(host.exitCode, 0, host.log.text);
  return host.log.lines.filter(({ stream }) => stream === "stdout").map(({ text }) => text);
};

describe("what was reported of mocked requests under fake timers", () => {
  it(
    "nock#2200: axios gets what nock replies on a date that was set, and after an hour's delay",
    simulate({ date: new Date("2020-01-01T00:00:00Z") }, async (world) => {
      const lines = await program(async () => {
        const loaded = require("nock");
        const nock = loaded.default ?? loaded;
        const axios = require("axios");
        nock("http://www.google.com").get("/").reply(201).get("/slow").delay(3_600_000).reply(202);
        for (const path of ["/", "/slow"]) {
          const { status } = await axios.get(`http://www.google.com${path}`);
          console.log(status, new Date().toISOString().slice(0, 16));
        }
        console.log(nock.isDone());
      })(world);
      assert.deepEqual(lines, ["201 2020-01-01T00:00", "202 2020-01-01T01:00", "true"]);
    }),
  );

  it(
    "msw#448: a response comes although nobody advances the time",
    simulate(async (world) => {
      const lines = await program(async () => {
        const { delay, http, HttpResponse } = require("msw");
        const server = require("msw/node").setupServer(
          http.post("http://example.com/api/test", async () => {
            await delay(1_800_000);
            return HttpResponse.json({ test: "hello" });
          }),
        );
        server.listen();
        const response = await fetch("http://example.com/api/test", { method: "POST", body: "{}" });
        console.log(JSON.stringify(await response.json()), Math.round(performance.now() / 60_000));
        server.close();
      })(world);
      assert.deepEqual(lines, ['{"test":"hello"} 30']);
    }),
  );
});
