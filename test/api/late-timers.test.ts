/** A machine whose clock has run on while it was busy: what is due and what has come are found in one entry. */
import { expect } from "chai";
import {
  AF_INET,
  createSockets,
  FIONREAD,
  MSG_WAITALL,
  SO_RCVTIMEO,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../src/api/index.ts";
import { pipe } from "../../src/drivers/memory/index.ts";
import { type Instant, ipv4, Stack, Xoshiro128 } from "../../src/stack/index.ts";
import { octets } from "./support.ts";

describe("a receive whose time-out is late", () => {
  it("writes nothing behind the count that it gives, also where octets came before the timer was seen", async () => {
    let now = 1_000_000;
    const clock = { now: (): Instant => now as Instant };
    const due: { run(): void }[] = [];
    const settle = (): void => {
      for (let next = due.shift(); next !== undefined; next = due.shift()) next.run();
    };
    const [left, right] = pipe({ defer: (one) => due.push(one) }, { medium: "ip" });
    const stacks = [left, right].map((link, index) => {
      const stack = new Stack({ clock, random: new Xoshiro128(index + 1), wakeAt: () => {} });
      stack.addInterface("eth0", link, [{ address: ipv4(0x0a00_0001 + index), prefixLength: 24 }], {
        claim: "off",
      });
      return stack;
    });
    const [a, b] = stacks.map((stack) => createSockets(stack)) as [
      ReturnType<typeof createSockets>,
      ReturnType<typeof createSockets>,
    ];
    const listener = b.socket(AF_INET, SOCK_STREAM);
    b.bind(listener, AF_INET, 0, 80);
    b.listen(listener, 1);
    const client = a.socket(AF_INET, SOCK_STREAM);
    const connected = a.connect(client, AF_INET, 0x0a00_0002, 80);
    settle();
    await connected;
    const [server] = await b.accept(listener);
    b.setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, [0, 1000]);
    const buffer = new Uint8Array(8);
    const received = b.recvInto(server, buffer, MSG_WAITALL).catch(() => 0);
    await a.send(client, octets("abc"));
    now += 5000; // the machine was busy with something else
    settle();
    const count = await received;
    expect([...buffer.subarray(count)], `behind ${count} octets`).to.deep.equal(new Array(8 - count).fill(0));
    expect(count + b.ioctl(server, FIONREAD), "none is lost").to.equal(3);
  });
});
