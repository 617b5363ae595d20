/** `net` and `dgram` over endpoints of whatever host, and what tests of them share. */
import { once } from "node:events";
import type { Readable } from "node:stream";
import { expect } from "chai";
import { UnixNamespace } from "../../src/api/index.ts";
import { createDgramFrom, type Dgram } from "../../src/node/dgram.ts";
import { keepPlace } from "../../src/node/event-turns.ts";
import { Keeper } from "../../src/node/keeper.ts";
import { createLookup, LOCALHOST } from "../../src/node/lookup.ts";
import { createNetFrom, type Net } from "../../src/node/net.ts";
import type { EndpointHost, NetContext } from "../../src/node/net-context.ts";
import { probeNode } from "../../src/node/probe.ts";
import { unixHost } from "../../src/node/unix-host.ts";

export interface NetRig {
  readonly net: Net;
  readonly dgram: Dgram;
  /** What would keep the process alive. */
  readonly keeper: Keeper;
}

/** What handles need, on a host. */
export function contextOn(host: EndpointHost, keeper: Keeper = new Keeper(() => false)): NetContext {
  return {
    host,
    unix: unixHost(new UnixNamespace()),
    keeper,
    table: LOCALHOST,
    lookup: createLookup(LOCALHOST, host),
  };
}

export function rigOn(host: EndpointHost): NetRig {
  probeNode();
  keepPlace();
  const keeper = new Keeper(() => false);
  const context = contextOn(host, keeper);
  return { net: createNetFrom(() => context), dgram: createDgramFrom(() => context), keeper };
}

/** Waits until nothing would keep the process alive: sockets that are closing need a few turns. */
export async function settled({ keeper }: NetRig): Promise<void> {
  for (let turn = 0; turn < 100 && keeper.holding > 0; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(keeper.holding, "sockets that keep the process alive though all are closed").to.equal(0);
}

/** All that comes until the end; leaves the stream open, which `node:stream/consumers` does not. */
export async function received(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(stream, "end");
  return Buffer.concat(chunks);
}
