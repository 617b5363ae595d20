/** Frames as messages: over ports in virtual time, over Node's own `MessageChannel`, and over a `WebSocket`. */
import { expect } from "chai";
import {
  type MessageChannelLike,
  MessageLink,
  type WebSocketLike,
  WebSocketLink,
} from "../../../src/drivers/browser/index.ts";
import { VirtualTime } from "../../../src/drivers/simulation/index.ts";
import { seconds } from "../../../src/stack/index.ts";
import { describeLinkContract, frame, RecordingSink } from "../../contracts/link.contract.ts";

/** Two ports that hand messages on later, as the real ones do. */
function ports(time: VirtualTime): [MessageChannelLike, MessageChannelLike] {
  const make = (): MessageChannelLike & { other?: MessageChannelLike } => ({
    onmessage: null,
    postMessage(message) {
      const data = message.slice();
      time.defer({ run: () => this.other?.onmessage?.({ data } as never) });
    },
  });
  const [one, other] = [make(), make()];
  one.other = other;
  other.other = one;
  return [one, other];
}

describeLinkContract("a link over a message port", () => {
  const time = new VirtualTime();
  const [near, far] = ports(time);
  return {
    a: new MessageLink(near),
    b: new MessageLink(far),
    settle: () => time.elapse(seconds(0)),
    takesAll: true,
  };
});

/** A WebSocket without a network: what is sent is kept. */
function socket(): WebSocketLike & { readonly sent: Uint8Array[]; buffered: number; state: number } {
  return {
    sent: [],
    buffered: 0,
    state: 1,
    binaryType: "blob",
    onopen: null,
    onmessage: null,
    onclose: null,
    get bufferedAmount() {
      return this.buffered;
    },
    get readyState() {
      return this.state;
    },
    send(message) {
      this.sent.push(message);
    },
    close() {
      this.state = 3;
    },
  };
}

describe("MessageLink", () => {
  it("passes frames over Node's own MessageChannel, in order, each in a message of its own", async () => {
    const { port1, port2 } = new MessageChannel();
    const [one, other] = [
      new MessageLink(port1 as unknown as MessageChannelLike),
      new MessageLink(port2 as unknown as MessageChannelLike),
    ];
    const [sender, receiver] = [new RecordingSink(), new RecordingSink()];
    one.attach(sender);
    other.attach(receiver);
    const frames = Array.from({ length: 50 }, (_, at) => frame(1, 2, at.toString(16).padStart(2, "0")));
    const all = new Promise<void>((resolve) => {
      receiver.whenReceived = () => receiver.frames.length === frames.length && resolve();
    });
    for (const hex of frames) sender.send(one, hex);
    await all;
    expect(receiver.frames).to.deep.equal(frames);
    expect([sender.pool.outstanding, receiver.pool.outstanding]).to.deep.equal([0, 0]);
    one.close();
  });

  it("counts what is no frame: text, and what is longer than this end takes", () => {
    const [near] = ports(new VirtualTime());
    const link = new MessageLink(near, { mtu: 100 });
    const sink = new RecordingSink();
    link.attach(sink);
    for (const data of ["text", 7, undefined, new Uint8Array(119)]) near.onmessage?.({ data } as never);
    near.onmessage?.({ data: new Uint8Array(118).buffer } as never);
    expect(link.counters).to.include({ noFrame: 4, received: 1 });
  });

  it("refuses an option that there is not", () => {
    const [near] = ports(new VirtualTime());
    expect(() => new MessageLink(near, { mtu: 10 })).to.throw(RangeError, "mtu");
  });
});

describe("WebSocketLink", () => {
  it("sends while it is open, counts what it cannot send, and says when the other side is gone", () => {
    const ws = socket();
    const link = new WebSocketLink(ws);
    const sink = new RecordingSink();
    link.attach(sink);
    expect(ws.binaryType).to.equal("arraybuffer");
    sink.send(link, frame(1, 2, "aa"));
    ws.state = 0;
    sink.send(link, frame(1, 2, "bb"));
    expect(ws.sent.map((octets) => Buffer.from(octets).toString("hex"))).to.deep.equal([frame(1, 2, "aa")]);
    expect(link.counters).to.include({ sent: 1, notOpen: 1 });
    ws.onclose?.({} as never);
    expect(sink.failures.length).to.equal(1);
    expect(sink.pool.outstanding).to.equal(0);
  });

  it("takes no more than a megabyte that the network has not taken, and says when there is room", async () => {
    const ws = socket();
    const link = new WebSocketLink(ws);
    const sink = new RecordingSink();
    link.attach(sink);
    ws.buffered = 2 << 20;
    expect(sink.send(link, frame(1, 2, "aa"))).to.equal(false);
    ws.buffered = 0;
    await new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (sink.writables === 0) return;
        clearInterval(look);
        resolve();
      }, 1);
    });
    expect(sink.send(link, frame(1, 2, "aa"))).to.equal(true);
  });
});
