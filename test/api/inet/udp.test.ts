import { expect } from "chai";
import {
  AF_INET,
  INADDR_ANY,
  IP_ADD_MEMBERSHIP,
  IP_ADD_SOURCE_MEMBERSHIP,
  IP_BLOCK_SOURCE,
  IP_DROP_MEMBERSHIP,
  IP_DROP_SOURCE_MEMBERSHIP,
  IP_MULTICAST_IF,
  IP_PKTINFO,
  IP_RECVERR,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  IP_UNBLOCK_SOURCE,
  IPPROTO_IP,
  MSG_DONTROUTE,
  MSG_ERRQUEUE,
  MSG_TRUNC,
  POLLERR,
  SO_BINDTODEVICE,
  SO_BROADCAST,
  SO_RCVBUF,
  SOCK_DGRAM,
  SOL_SOCKET,
  type Socket,
} from "../../../src/api/index.ts";
import { Lab, type LabHost } from "../../../src/lab/index.ts";
import { seconds } from "../../../src/stack/index.ts";
import { fails, octets, throws } from "../support.ts";

describe("UDP sockets between two hosts", () => {
  let lab: Lab;
  let alice: LabHost;
  let bob: LabHost;
  let near: Socket;
  let far: Socket;
  const BOB = 0x0a00_0002;
  const GROUP = 0xe000_0105;

  beforeEach(() => {
    lab = new Lab({ seed: 3 });
    alice = lab.host("alice", "10.0.0.1/24");
    bob = lab.host("bob", "10.0.0.2/24");
    lab.link(alice, bob);
    near = alice.sockets.socket(AF_INET, SOCK_DGRAM);
    far = bob.sockets.socket(AF_INET, SOCK_DGRAM);
    bob.sockets.bind(far, AF_INET, INADDR_ANY, 53);
  });

  afterEach(() => lab.close());

  it("need permission to broadcast", async () => {
    const { sockets } = alice;
    await fails(sockets.sendto(near, octets("x"), AF_INET, 0x0a00_00ff, 53), "EACCES");
    await fails(sockets.sendto(near, octets("x"), AF_INET, 0xffff_ffff, 53), "EACCES");
    sockets.setsockopt(near, SOL_SOCKET, SO_BROADCAST, 1);
    expect(await sockets.sendto(near, octets("x"), AF_INET, 0x0a00_00ff, 53)).to.equal(1);
    const [count, from] = await lab.run(bob.sockets.recvfromInto(far, new Uint8Array(9)));
    expect(count).to.equal(1);
    expect(from).to.deep.equal({ ...alice.sockets.getsockname(near), address: 0x0a00_0001 });
  });

  it("tell address, interface, TTL and TOS of what came, when asked", async () => {
    const { sockets } = bob;
    for (const option of [IP_PKTINFO, IP_RECVTTL, IP_RECVTOS] as const)
      sockets.setsockopt(far, IPPROTO_IP, option, 1);
    alice.sockets.setsockopt(near, IPPROTO_IP, IP_TTL, 9);
    alice.sockets.setsockopt(near, IPPROTO_IP, IP_TOS, 0x10);
    await alice.sockets.sendto(near, octets("x"), AF_INET, BOB, 53);
    const first = await lab.run(sockets.recvmsg(far, new Uint8Array(9)));
    expect(first.control).to.deep.equal([
      { level: IPPROTO_IP, type: IP_PKTINFO, data: { index: 2, address: BOB } },
      { level: IPPROTO_IP, type: IP_TTL, data: 9 },
      { level: IPPROTO_IP, type: IP_TOS, data: 0x10 },
    ]);
    // The same for one datagram only, as control data; the options stay as they were.
    const control = [{ level: IPPROTO_IP, type: IP_TTL, data: 33 }];
    const address = { family: 2, address: BOB, port: 53 } as const;
    await alice.sockets.sendmsg(near, { data: octets("y"), address, control });
    const second = await lab.run(sockets.recvmsg(far, new Uint8Array(9)));
    expect(second.control[1]?.data).to.equal(33);
    expect(alice.sockets.getsockopt(near, IPPROTO_IP, IP_TTL)).to.equal(9);
    const wrong = [{ level: IPPROTO_IP, type: IP_TTL, data: 300 }];
    await fails(alice.sockets.sendmsg(near, { data: octets("y"), address, control: wrong }), "EINVAL");
  });

  it("hear the groups that they joined, until they leave", async () => {
    const { sockets } = bob;
    sockets.setsockopt(far, IPPROTO_IP, IP_ADD_MEMBERSHIP, [GROUP, 2]);
    alice.sockets.setsockopt(near, IPPROTO_IP, IP_MULTICAST_IF, 0x0a00_0001);
    expect(alice.sockets.getsockopt(near, IPPROTO_IP, IP_MULTICAST_IF)).to.equal(0x0a00_0001);
    await alice.sockets.sendto(near, octets("all"), AF_INET, GROUP, 53);
    expect(await lab.run(sockets.recvInto(far, new Uint8Array(9)))).to.equal(3);
    sockets.setsockopt(far, IPPROTO_IP, IP_DROP_MEMBERSHIP, [GROUP, BOB]);
    await alice.sockets.sendto(near, octets("all"), AF_INET, GROUP, 53);
    await lab.runFor(seconds(1));
    expect(sockets.tryRecvInto(far, new Uint8Array(9))).to.equal(undefined);
    throws(() => sockets.setsockopt(far, IPPROTO_IP, IP_ADD_MEMBERSHIP, [BOB, 2]), "EINVAL");
    throws(() => sockets.setsockopt(far, IPPROTO_IP, IP_ADD_MEMBERSHIP, [GROUP, 99]), "ENODEV");
    throws(() => sockets.setsockopt(far, IPPROTO_IP, IP_ADD_MEMBERSHIP, 7 as never), "EINVAL");
    throws(() => sockets.getsockopt(far, IPPROTO_IP, IP_ADD_MEMBERSHIP as never), "ENOPROTOOPT");
    throws(() => sockets.setsockopt(far, IPPROTO_IP, IP_MULTICAST_IF, 0x0b00_0001), "EADDRNOTAVAIL");
  });

  it("hear in a group whom they want to hear (RFC 3678)", async () => {
    const { sockets } = bob;
    const ALICE = 0x0a00_0001;
    const STRANGER = 0x0a00_0063;
    alice.sockets.setsockopt(near, IPPROTO_IP, IP_MULTICAST_IF, ALICE);
    const heard = async (): Promise<boolean> => {
      await alice.sockets.sendto(near, octets("all"), AF_INET, GROUP, 53);
      await lab.runFor(seconds(1));
      return sockets.tryRecvInto(far, new Uint8Array(9)) !== undefined;
    };
    const set = (option: 37 | 38 | 39 | 40, source: number): void =>
      sockets.setsockopt(far, IPPROTO_IP, option, [GROUP, 2, source]);
    throws(() => set(IP_DROP_SOURCE_MEMBERSHIP, ALICE), "EINVAL");
    set(IP_ADD_SOURCE_MEMBERSHIP, STRANGER);
    expect(await heard()).to.equal(false);
    set(IP_ADD_SOURCE_MEMBERSHIP, ALICE);
    throws(() => set(IP_ADD_SOURCE_MEMBERSHIP, ALICE), "EADDRNOTAVAIL");
    throws(() => set(IP_BLOCK_SOURCE, ALICE), "EINVAL");
    expect(await heard()).to.equal(true);
    set(IP_DROP_SOURCE_MEMBERSHIP, STRANGER);
    set(IP_DROP_SOURCE_MEMBERSHIP, ALICE);
    expect(await heard()).to.equal(false);
    throws(() => sockets.setsockopt(far, IPPROTO_IP, IP_DROP_MEMBERSHIP, [GROUP, 2]), "EADDRNOTAVAIL");
    sockets.setsockopt(far, IPPROTO_IP, IP_ADD_MEMBERSHIP, [GROUP, 2]);
    set(IP_BLOCK_SOURCE, ALICE);
    expect(await heard()).to.equal(false);
    set(IP_UNBLOCK_SOURCE, ALICE);
    expect(await heard()).to.equal(true);
    throws(() => sockets.setsockopt(far, IPPROTO_IP, IP_BLOCK_SOURCE, [BOB, 2, ALICE]), "EINVAL");
    throws(() => sockets.setsockopt(far, IPPROTO_IP, IP_BLOCK_SOURCE, [GROUP, 99, ALICE]), "ENODEV");
  });

  it("stay on one interface with SO_BINDTODEVICE, and on the link with MSG_DONTROUTE", async () => {
    const { sockets } = alice;
    throws(() => sockets.setsockopt(near, SOL_SOCKET, SO_BINDTODEVICE, "eth9"), "ENODEV");
    sockets.setsockopt(near, SOL_SOCKET, SO_BINDTODEVICE, "lo");
    const wrong = await Promise.allSettled([sockets.sendto(near, octets("x"), AF_INET, BOB, 53)]);
    await lab.runFor(seconds(1));
    expect(
      wrong[0]?.status === "rejected" || bob.sockets.tryRecvInto(far, new Uint8Array(9)) === undefined,
    ).to.equal(true);
    sockets.setsockopt(near, SOL_SOCKET, SO_BINDTODEVICE, "");
    expect(await sockets.sendto(near, octets("x"), AF_INET, BOB, 53, MSG_DONTROUTE)).to.equal(1);
    expect(await lab.run(bob.sockets.recvInto(far, new Uint8Array(9)))).to.equal(1);
  });

  it("keep no more than SO_RCVBUF of what nobody reads", async () => {
    const { sockets } = bob;
    sockets.setsockopt(far, SOL_SOCKET, SO_RCVBUF, 1);
    expect(sockets.getsockopt(far, SOL_SOCKET, SO_RCVBUF), "the least there is, as on Linux").to.equal(2304);
    for (let i = 0; i < 50; i++) await alice.sockets.sendto(near, new Uint8Array(500), AF_INET, BOB, 53);
    await lab.runFor(seconds(1));
    let kept = 0;
    while (sockets.tryRecvInto(far, new Uint8Array(500)) !== undefined) kept++;
    expect(kept).to.be.within(1, 8);
  });

  it("are told of a closed port only by the host that has it", async () => {
    await alice.sockets.connect(near, AF_INET, BOB, 99);
    await alice.sockets.send(near, octets("x"));
    const error = await fails(lab.run(alice.sockets.recvInto(near, new Uint8Array(1))), "ECONNREFUSED");
    expect(error.syscall).to.equal("recv!");
  });

  it("keep errors in a queue with IP_RECVERR: what was sent, where to, and who complained", async () => {
    const { sockets } = alice;
    sockets.setsockopt(near, IPPROTO_IP, IP_RECVERR, 1);
    await fails(sockets.recvmsg(near, new Uint8Array(9), MSG_ERRQUEUE), "EAGAIN");
    await sockets.sendto(near, octets("nobody"), AF_INET, BOB, 99);
    await lab.runFor(seconds(1));
    const [ready] = await sockets.poll([{ socket: near, events: 0 }]);
    expect(ready?.revents).to.equal(POLLERR);
    const message = await sockets.recvmsg(near, new Uint8Array(3), MSG_ERRQUEUE);
    expect(message.flags).to.equal(MSG_ERRQUEUE | MSG_TRUNC);
    expect(message.address).to.deep.equal({ family: 2, address: BOB, port: 99 });
    const data = { errno: 111, origin: 2, type: 3, code: 3, info: 0, offender: BOB };
    expect(message.control).to.deep.equal([{ level: IPPROTO_IP, type: IP_RECVERR, data }]);
    await fails(sockets.recvmsg(near, new Uint8Array(9), MSG_ERRQUEUE), "EAGAIN");
  });
});
