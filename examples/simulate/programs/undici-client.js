import { Pool } from "undici";
import { tally } from "./tally.js";

const pool = new Pool("http://server", {
  connections: 4,
  bodyTimeout: 2000,
  headersTimeout: 2000,
  connectTimeout: 2000,
});

tally(
  async (n) => {
    const { body } = await pool.request({ path: "/", method: "POST", body: String(n).repeat(5000) });
    const text = await body.text();
    return text === String(n).repeat(5000) ? n : -1;
  },
  () => pool.destroy(),
);
