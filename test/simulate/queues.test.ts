/**
 * Bufferbloat and its cures in a simulated world: how long an octet there and back takes for a program that sends bulk over
 * 10 Mbit/s at the same time. What is expected: half a megabyte takes 400 ms to send; CoDel's target is 5 ms (RFC 8289 §4.2).
 */
import { expect } from "chai";
import { type Host, World } from "../../src/simulate/index.ts";

/** Asks each half second for 20 s, beside bulk; writes each time in milliseconds. */
const CLIENT = (): void => {
  const net = require("node:net") as typeof import("node:net");
  const bulk = net.connect(80, "server");
  const fill = (): void => {
    while (bulk.write(Buffer.alloc(65_536)));
  };
  bulk.on("connect", fill).on("drain", fill);
  const echo = net.connect({ port: 7, host: "server", noDelay: true });
  let sent = 0;
  echo.on("data", () => console.log(performance.now() - sent));
  setInterval(() => {
    sent = performance.now();
    echo.write("x");
  }, 500);
  setTimeout(() => process.exit(), 20_000);
};

const SERVER = (): void => {
  const net = require("node:net") as typeof import("node:net");
  net.createServer((socket) => socket.resume()).listen(80);
  net.createServer((socket) => socket.pipe(socket)).listen(7);
};

describe("queues between simulated hosts", function () {
  this.timeout(0); // virtual time bounds it

  /** The median of the times of echoes, in milliseconds, and what the line has dropped. */
  async function wait(discipline: string): Promise<{ median: number; lost: number }> {
    const world = new World({ seed: 3 });
    const [client, server]: Host[] = [world.host("client", CLIENT), world.host("server", SERVER)];
    world.link(client as Host, server as Host, {
      impairments: `delay=20ms,rate=10mbit,queue=500kb:${discipline}`,
    });
    await world.until(() => client?.running === false, "1min").finally(() => world.close());
    const times = (client as Host).log.lines.filter(({ stream }) => stream === "stdout");
    const sorted = times.map(({ text }) => Number(text)).sort((a, b) => a - b);
    return { median: sorted[sorted.length >> 1] ?? Number.NaN, lost: world.lost };
  }

  it("make all wait where nobody manages them, and few where RED, CoDel or FQ-CoDel does", async () => {
    const [tail, red, codel, fair] = [
      await wait("drop-tail"),
      await wait("red"),
      await wait("codel"),
      await wait("fq_codel"),
    ];
    expect(tail.median).to.be.within(200, 445); // 40 on the way, and up to 400 behind bulk
    // RED: on average between a sixth and a half of the queue (67 to 200 ms), if not below.
    expect(red.median).to.be.within(40, 240);
    expect(codel.median).to.be.within(40, 60);
    // Alone in a queue, an octet waits for no more than the frame that is being sent: 1.2 ms.
    expect(fair.median).to.be.within(40, 42);
    for (const { lost } of [tail, red, codel, fair]) expect(lost).to.be.greaterThan(0);
  });

  it("name what there is when they are told to be another", async () => {
    await expectRejection(() => wait("sfq"), /sfq/);
  });
});

async function expectRejection(work: () => Promise<unknown>, message: RegExp): Promise<void> {
  const error = await work().then(
    () => undefined,
    (one: unknown) => one as Error,
  );
  expect(error?.message).to.match(message);
}
