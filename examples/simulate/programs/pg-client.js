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
pool.on("error", () => undefined); // of idle clients
// A client that is in use tells of a reset twice: its query fails, and it emits "error", which ends a process that does
// not listen. The pool listens only while a client is idle (docs/simulation.md tells how that was found).
pool.on("connect", (client) => client.on("error", () => undefined));

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
