import { expect } from "chai";
import { milliseconds, NEVER, seconds, type UdpEndpoint } from "../../../src/stack/index.ts";
import {
  arpReply,
  arpRequest,
  bytes,
  datagram,
  describeFrame,
  ethernet,
  ping,
  udp,
} from "../../support/frames.ts";
import { address, WireRig } from "../../support/wire-rig.ts";

describe("an entry into the stack", () => {
  let rig: WireRig;
  let sockets: UdpEndpoint[];
  const bound = (port: number): UdpEndpoint => {
    const socket = rig.stack.openUdp();
    sockets.push(socket);
    socket.bind({ address: address("0.0.0.0"), port });
    return socket;
  };

  beforeEach(() => {
    rig = new WireRig();
    sockets = [];
    rig.receive(arpRequest());
    rig.taken();
    rig.link.bursts.length = 0;
  });
  afterEach(() => {
    for (const socket of sockets) socket.close();
    rig.close();
  });

  it("transmits what the application sends when it is woken, in the same entry, as one burst", () => {
    const socket = bound(7);
    const into = new Uint8Array(100);
    const from = { address: address("0.0.0.0"), port: 0 };
    socket.onChange(() => {
      for (let n = socket.receive(into, from); n !== undefined; n = socket.receive(into, from)) {
        socket.send(into, from, 0, n);
      }
    });
    const frames = ["a", "b", "c"].map((text) => ethernet(datagram(17, udp(5000, 7, bytes(text)))));
    rig.receive(...frames);
    expect(rig.link.bursts).to.deep.equal([3]);
    expect(rig.taken()).to.have.length(3);
  });

  it("gives the link at most 64 frames at a time", () => {
    rig.receive(...Array.from({ length: 150 }, () => ping()));
    expect(rig.link.bursts).to.deep.equal([64, 64, 22]);
    rig.taken();
  });

  it("reads the clock once, however long it takes", () => {
    let reads = 0;
    const clock = {
      now: () => {
        reads++;
        return rig.now;
      },
    };
    const other = new WireRig({ stack: { clock } });
    reads = 0;
    other.receive(arpRequest(), ping(), ping());
    expect(reads).to.equal(1);
    other.close();
  });

  it("calls wakeAt only for an earlier deadline, and again after that one has come", () => {
    rig.wakes.length = 0;
    const socket = bound(9);
    socket.send(bytes("x"), { address: address("10.77.0.50"), port: 9 });
    expect(rig.wakes).to.deep.equal([seconds(1)]);
    rig.now = milliseconds(500) as unknown as typeof rig.now;
    socket.send(bytes("x"), { address: address("10.77.0.51"), port: 9 });
    expect(rig.wakes, "1.5 s is later").to.deep.equal([seconds(1)]);
    rig.run(seconds(20));
    expect(rig.wakes).to.deep.equal([
      seconds(1),
      seconds(1.5),
      seconds(2),
      seconds(2.5),
      seconds(3),
      seconds(3.5),
    ]);
    expect(rig.stack.nextDeadline()).to.equal(NEVER);
    rig.taken();
  });

  it("fires due timers before it flushes, even if only a frame came in", () => {
    const socket = bound(9);
    socket.send(bytes("x"), { address: address("10.77.0.50"), port: 9 });
    rig.taken();
    rig.now = seconds(1) as unknown as typeof rig.now;
    rig.receive(ping());
    expect(rig.taken().map(describeFrame)).to.deep.equal([
      "> peer: 10.77.0.2 > 10.77.0.1 icmp 0/0 4",
      "> all: who-has 10.77.0.50 tell 10.77.0.2",
    ]);
    rig.run(seconds(5));
  });

  it("lets two sockets on loopback talk for ever without holding the driver: it asks to be called again", () => {
    const [a, b] = [bound(1), bound(2)];
    const into = new Uint8Array(10);
    let turns = 0;
    for (const [socket, to] of [
      [a, 2],
      [b, 1],
    ] as const) {
      socket.onChange(() => {
        while (socket.receive(into) !== undefined) {
          turns++;
          socket.send(bytes("again"), { address: address("127.0.0.1"), port: to });
        }
      });
    }
    a.send(bytes("begin"), { address: address("127.0.0.1"), port: 2 });
    expect(turns).to.be.within(2, 100);
    expect(rig.wakes.at(-1)).to.equal(rig.now);
    const before = turns;
    rig.stack.advance(rig.now);
    expect(turns).to.be.greaterThan(before);
    a.onChange(undefined);
    b.onChange(undefined);
    rig.stack.advance(rig.now);
  });

  it("stays usable when the application throws", () => {
    const socket = bound(7);
    socket.onChange(() => {
      throw new Error("the application's own");
    });
    expect(() => rig.receive(ethernet(datagram(17, udp(5000, 7, bytes("x")))))).to.throw(
      "the application's own",
    );
    socket.onChange(undefined);
    rig.receive(ping());
    expect(rig.taken().map(describeFrame)).to.deep.equal(["> peer: 10.77.0.2 > 10.77.0.1 icmp 0/0 4"]);
  });

  describe("with a link that is full", () => {
    it("queues what it does not take, in order, and goes on when there is room", () => {
      rig.link.room = 5;
      for (let i = 1; i <= 20; i++) rig.receive(ping({}, bytes(new Array<number>(i).fill(0))));
      expect(rig.link.sent).to.have.length(5);
      rig.link.room = 7;
      rig.link.sink?.writable();
      expect(rig.link.sent).to.have.length(12);
      rig.receive(ping({}, bytes(new Array<number>(21).fill(0))));
      rig.link.room = 1000;
      rig.link.sink?.writable();
      const lengths = rig.taken().map((frame) => Number(describeFrame(frame).split(" ").at(-1)));
      expect(lengths).to.deep.equal(Array.from({ length: 21 }, (_, i) => i + 1));
    });

    it("bounds the queue", () => {
      rig.link.room = 0;
      for (let i = 0; i < 3000; i++) rig.receive(ping());
      expect(rig.stack.contextFor("test").pool.outstanding).to.be.at.most(1064);
      expect(rig.eth0.counters.ifOutDiscards).to.be.greaterThan(1900);
      rig.link.room = Number.POSITIVE_INFINITY;
      rig.link.sink?.writable();
      expect(rig.taken()).to.have.length(1000);
    });
  });

  it("removes an interface with all that waits on it, and its name is free again", () => {
    rig.link.room = 0;
    rig.receive(ping());
    const socket = bound(9);
    socket.send(bytes("x"), { address: address("10.77.0.50"), port: 9 });
    expect(rig.stack.removeInterface("eth0")).to.equal(true);
    expect(rig.stack.contextFor("test").pool.outstanding).to.equal(0);
    expect(rig.link.closed).to.equal(true);
    expect(rig.stack.routes.filter((route) => route.interface === rig.eth0)).to.deep.equal([]);
    expect(socket.send(bytes("x"), { address: address("10.77.0.50"), port: 9 })).to.equal(
      "network-unreachable",
    );
    expect(socket.send(bytes("x"), { address: address("10.77.0.50"), port: 9 })).to.equal(
      "network-unreachable",
    );
    expect(rig.stack.removeInterface("lo")).to.equal(false);
    rig.receive(arpReply());
  });
});
