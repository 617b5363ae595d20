/** A Redis client on our TCP asks a real server on the kernel's side. */
import { once } from "node:events";
import { AbstractConnector, Redis } from "ioredis";
import { openStack } from "./open-stack.ts";

const { net, host, close } = await openStack();

/** How ioredis gets its connections: by our `net` instead of Node's. */
class StackConnector extends AbstractConnector {
  constructor() {
    super(2_000); // milliseconds for an orderly disconnect
  }

  override connect(): Promise<typeof this.stream> {
    this.connecting = true;
    this.stream = net.connect({ host, port: 6379 });
    return Promise.resolve(this.stream);
  }
}

const redis = new Redis({ Connector: StackConnector });
await redis.set("greeting", "hello");
console.log(`greeting: ${await redis.get("greeting")}`);
const numbers = Array.from({ length: 1_000 }, (_, index) => index);
await Promise.all(numbers.map((number) => redis.incrby("sum", number)));
console.log(`sum: ${await redis.get("sum")}`);
await redis.set("large", Buffer.alloc(3_000_000, "r"));
console.log(`large: ${(await redis.getBuffer("large"))?.length} octets`);
redis.disconnect();
await once(redis, "end");
close();
