import { expect } from "chai";
import fc from "fast-check";
import { IPV4_ANY, ipv4 } from "../../../src/stack/base/ip-address.ts";
import { type Ends, type Receiver, Receivers } from "../../../src/stack/demux/receivers.ts";

const ALICE = ipv4(0x0a000001);
const BOB = ipv4(0x0a000002);
const CAROL = ipv4(0x0a000003);

/** How well a socket fits, -1 if not at all: connected, then the address, then the interface. */
function fitness(socket: Receiver, ends: Ends): number {
  const { remote, boundAddress, options, local } = socket;
  if (local?.port !== ends.localPort) return -1;
  if (remote !== undefined && !(remote.port === ends.remotePort && remote.address.equals(ends.remote)))
    return -1;
  if (!boundAddress.isAny && !boundAddress.equals(ends.local)) return -1;
  if (options.interfaceName !== "" && options.interfaceName !== ends.interfaceName) return -1;
  return (
    (remote === undefined ? 0 : 4) + (boundAddress.isAny ? 0 : 2) + (options.interfaceName === "" ? 0 : 1)
  );
}

/** Of those that fit best the last, or with SO_REUSEPORT one by `spread`. */
function model(all: readonly Receiver[], ends: Ends, spread: number): Receiver | undefined {
  const best = Math.max(0, ...all.map((socket) => fitness(socket, ends)));
  const equals = all.filter((socket) => fitness(socket, ends) === best);
  const last = equals.at(-1);
  return last?.options.reusePort === true ? equals[spread % equals.length] : last;
}

const port = fc.constantFrom(9, 10);
const peer = fc.record({ address: fc.constantFrom(ALICE, CAROL), port });
const socket = fc
  .record({
    boundAddress: fc.constantFrom(IPV4_ANY, BOB, CAROL),
    local: fc.record({ port }),
    remote: fc.option(peer, { nil: undefined }),
    options: fc.record({ interfaceName: fc.constantFrom("", "eth0", "eth1"), reusePort: fc.boolean() }),
  })
  // `connect` chooses an address, so a connected socket has one.
  .map((made) =>
    made.remote !== undefined && made.boundAddress.isAny ? { ...made, boundAddress: BOB } : made,
  );
const ends = fc.record({
  local: fc.constantFrom(BOB, CAROL),
  localPort: port,
  remote: fc.constantFrom(ALICE, CAROL),
  remotePort: port,
  interfaceName: fc.constantFrom("eth0", "eth1"),
});

describe("the receivers of UDP", () => {
  it("are found as by a look at every socket, after any came and went", () => {
    const steps = fc.array(fc.tuple(socket, fc.nat(5), fc.nat(20)), { maxLength: 30 });
    fc.assert(
      fc.property(steps, ends, fc.nat(100), (sockets, asked, spread) => {
        const table = new Receivers<Receiver>(1);
        const all: Receiver[] = [];
        for (const [one, fate, at] of sockets) {
          all.push(one);
          table.add(one, [4]);
          if (fate > 0) continue;
          const [gone] = all.splice(at % all.length, 1);
          if (gone !== undefined) table.remove(gone);
        }
        expect(table.find(asked, spread)).to.equal(model(all, asked, spread));
      }),
      { numRuns: 3000 },
    );
  });

  it("hear of errors by whatever interface they come", () => {
    const table = new Receivers<Receiver>(1);
    const tied: Receiver = {
      boundAddress: BOB,
      local: { port: 9 },
      remote: { address: ALICE, port: 7 },
      options: { interfaceName: "eth1", reusePort: false },
    };
    table.add(tied, [4]);
    const asked = { local: BOB, localPort: 9, remote: ALICE, remotePort: 7 };
    expect(table.find({ ...asked, interfaceName: undefined }, 0)).to.equal(tied);
    expect(table.find({ ...asked, interfaceName: "eth0" }, 0)).to.equal(undefined);
  });
});
