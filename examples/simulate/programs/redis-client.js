import { hostname } from "node:os";
import { Redis } from "ioredis";
import { tally } from "./tally.js";

const redis = new Redis({
  host: "server",
  connectTimeout: 2000,
  commandTimeout: 2000,
  keepAlive: 1000,
  socketTimeout: 3000,
  maxRetriesPerRequest: 3,
});
redis.on("error", () => undefined); // each command tells of its own

tally(
  async (n) => {
    const key = `${hostname()}:${n}`;
    await redis.set(key, n);
    return Number(await redis.get(key));
  },
  () => redis.disconnect(),
);
