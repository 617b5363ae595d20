import { expect } from "chai";
import { pipe } from "../../../src/drivers/memory/index.ts";
import { captureLink } from "../../../src/drivers/observe/index.ts";
import { VirtualTime } from "../../../src/drivers/simulation/index.ts";
import { addSums, pseudoHeaderSum, sumOctets } from "../../../src/stack/base/checksum.ts";
import { Drop } from "../../../src/stack/base/drop.ts";
import { IpAddress, ipv4, Stack, seconds, Xoshiro128 } from "../../../src/stack/index.ts";
import { Ipv4Header, readIpv4 } from "../../../src/stack/wire/ipv4.ts";
import { packetOf } from "../../support/octets.ts";

const TOTAL = 300_000;
const SERVER = ipv4(0x0a00_0001);
const CLIENT = ipv4(0x0a00_0002);

/** The capture of a client that sends `TOTAL` octets to a server, each through a stack and a pipe. */
async function capturedTransfer(seed: number, offloads: boolean): Promise<Uint8Array[]> {
  const records: Uint8Array[] = [];
  const time = new VirtualTime();
  const random = new Xoshiro128(seed);
  const [a, b] = pipe(time, { offloads });
  const stacks = ["server", "client"].map((name) => {
    const stack = new Stack({ clock: time, random: random.fork(name), wakeAt: () => {} });
    time.join(name, stack);
    return stack;
  }) as [Stack, Stack];
  const [server, client] = stacks;
  server.addInterface("eth0", captureLink(a, { clock: time, write: (bytes) => records.push(bytes) }), [
    { address: SERVER, prefixLength: 24 },
  ]);
  client.addInterface("eth0", b, [{ address: CLIENT, prefixLength: 24 }]);

  const listener = server.openTcp();
  expect(listener.bind({ address: SERVER, port: 5001 })).to.equal(undefined);
  expect(listener.listen(1)).to.equal(undefined);
  let received = 0;
  let wrong = 0;
  let ended = false;
  const into = new Uint8Array(65_536);
  listener.onChange(() => {
    const connection = listener.accept();
    connection?.onChange(() => {
      for (let n = connection.read(into); n !== undefined && !ended; n = connection.read(into)) {
        for (let i = 0; i < n; i++) if (into[i] !== octet(received + i)) wrong++;
        received += n;
        ended = n === 0;
      }
    });
  });
  const sender = client.openTcp();
  const text = Uint8Array.from({ length: TOTAL }, (_, i) => octet(i));
  let sent = 0;
  sender.onChange(() => {
    if (!sender.connected) return;
    while (sent < TOTAL) {
      const n = sender.write(text, sent, TOTAL);
      if (n === undefined) return;
      sent += n;
    }
    sender.finish();
  });
  expect(sender.connect({ address: SERVER, port: 5001 })).to.equal(undefined);
  await time.runUntil(() => ended);
  await time.runFor(seconds(1));
  expect([received, wrong]).to.deep.equal([TOTAL, 0]);
  return records;
}

function octet(i: number): number {
  return (Math.imul(i, 0x9e3779b1) >>> 24) & 255;
}

/** Lengths of the captured TCP segments' frames, each found to be right in lengths and both checksums. */
function checkedLengths(records: readonly Uint8Array[]): number[] {
  const lengths: number[] = [];
  const ip = new Ipv4Header();
  for (const record of records.slice(1)) {
    const packet = packetOf(Uint8Array.from(record.subarray(16)), 2);
    if (packet.view.getUint16(14) !== 0x0800) continue;
    expect(readIpv4(packet.view, 16, packet.end, ip)).to.equal(Drop.none);
    expect(sumOctets(packet, 16, 16 + ip.headerBytes), "IP checksum").to.equal(0xffff);
    expect(ip.protocol).to.equal(6);
    const segment = 16 + ip.headerBytes;
    const end = 16 + ip.totalLength;
    const [source, destination] = [address(ip.source), address(ip.destination)];
    const pseudo = pseudoHeaderSum(source, destination, 6, end - segment);
    expect(addSums(sumOctets(packet, segment, end), pseudo), "TCP checksum").to.equal(0xffff);
    lengths.push(packet.length);
  }
  return lengths;
}

function address(word: number): IpAddress {
  return new IpAddress(0, 0, 0xffff, word);
}

describe("capture of a transfer between two stacks", () => {
  it("without offloads has only frames that fit the link, every checksum right", async () => {
    const lengths = checkedLengths(await capturedTransfer(1, false));
    expect(Math.max(...lengths)).to.equal(1514);
    expect(lengths.length).to.be.at.least(TOTAL / 1460);
  });

  it("with offloads has super-segments, every checksum right", async () => {
    const lengths = checkedLengths(await capturedTransfer(1, true));
    expect(Math.max(...lengths)).to.be.greaterThan(10_000);
    expect(lengths.length).to.be.lessThan(TOTAL / 1460);
  });

  it("is the same, octet for octet, when the seed is the same, and another when it is not", async () => {
    const joined = async (seed: number): Promise<string> =>
      (await capturedTransfer(seed, false)).map((piece) => Buffer.from(piece).toString("latin1")).join("");
    const once = await joined(7);
    expect((await joined(7)) === once, "the same capture").to.equal(true);
    expect((await joined(8)) === once, "another seed").to.equal(false);
  });
});
