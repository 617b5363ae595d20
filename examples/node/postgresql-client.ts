/**
 * A PostgreSQL client on our TCP asks a real server on the kernel's side. DATABASE_USER and DATABASE_PASSWORD
 * in the environment say as whom.
 */
import pg from "pg";
import { openStack } from "./open-stack.ts";

const { DATABASE_USER: user = "postgres", DATABASE_PASSWORD: password = "" } = process.env;
const { net, host, close } = await openStack();

const client = new pg.Client({
  host,
  port: 5432,
  user,
  password,
  database: "postgres",
  stream: () => new net.Socket(),
});
await client.connect();
await client.query("create temporary table primes (n integer)");
await client.query("insert into primes select * from unnest($1::integer[])", [[2, 3, 5, 7, 11, 13]]);
const { rows } = await client.query("select count(*)::integer, sum(n)::integer from primes");
console.log(`primes: ${JSON.stringify(rows[0])}`);
const { rows: large } = await client.query("select repeat('x', 3000000) as text");
console.log(`one large value: ${large[0].text.length} characters`);
const { rows: whence } = await client.query("select host(inet_client_addr()) as address");
console.log(`the server sees ${whence[0].address}`);
await client.end();
close();
