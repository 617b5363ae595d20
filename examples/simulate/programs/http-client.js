import http from "node:http";
import { tally } from "./tally.js";

const agent = new http.Agent({ keepAlive: true });

tally(
  (n) =>
    new Promise((resolve, reject) => {
      http
        .get({ host: "server", path: `/number/${n}`, agent, timeout: 2000 }, (response) => {
          let text = "";
          response.on("data", (data) => {
            text += data;
          });
          response.on("end", () => resolve(JSON.parse(text).n));
          response.on("error", reject);
        })
        .on("timeout", function timedOut() {
          this.destroy(new Error("too late"));
        })
        .on("error", reject);
    }),
  () => agent.destroy(),
);
