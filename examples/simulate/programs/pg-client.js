import pg from "pg";
import { tally } from "./tally.js";

const pool = new pg.Pool({
  host: "server",
  user: "nobody",
  password: "",
  max: 2,
  connectionTimeoutMillis: 2000,
  query_timeout: 2000,
});
pool.on("error", () => undefined); // of idle clients; each query tells of its own

tally(
  async (n) => {
    const client = await pool.connect();
    try {
      const { rows } = await client.query(`SELECT ${n} AS n`);
      client.release();
      return Number(rows[0].n);
    } catch (error) {
      client.release(error);
      throw error;
    }
  },
  () => pool.end(),
);
