/** A protocol of one's own above IP, number 253: it answers a word in capitals. */
import { Lab } from "tapstack/lab";
import {
  type Arrival,
  Drop,
  type IpAddress,
  milliseconds,
  type TransportContext,
  type TransportProtocol,
} from "tapstack/stack";

class Shout implements TransportProtocol {
  readonly name: string = "shout";
  readonly number: number = 253; // RFC 3692: for experiments
  readonly #context: TransportContext;
  readonly #answers: boolean;
  /** Answers that are due: handlers note, `flush` sends. */
  readonly #due: { readonly to: IpAddress; readonly text: string }[] = [];

  constructor(context: TransportContext, answers: boolean) {
    this.#context = context;
    this.#answers = answers;
  }

  /** Sends at the end of this entry. */
  say(to: IpAddress, text: string): void {
    this.#context.enter();
    this.#due.push({ to, text });
    this.#context.noteFlush(this);
    this.#context.leave();
  }

  /** The packet is lent: whatever is to be kept of it is copied. */
  receive({ packet, source, toMany }: Arrival): Drop {
    if (packet.length === 0) return Drop.truncated;
    const text = Buffer.from(packet.bytes.subarray(packet.start, packet.end)).toString("latin1");
    if (!this.#answers) console.log(`heard ${text} from ${source}`);
    else if (toMany)
      return Drop.echoToMany; // RFC 1122 §3.2.2: many are never answered with one voice each
    else this.say(source, text.toUpperCase());
    return Drop.none;
  }

  flush(): void {
    for (const { to, text } of this.#due.splice(0)) {
      const route = this.#context.route(to);
      if (route === undefined) continue; // no way there
      const packet = this.#context.pool.take(text.length); // with room before it for all headers below
      packet.transport = packet.start;
      packet.end = packet.start + text.length;
      packet.bytes.set(Buffer.from(text, "latin1"), packet.start);
      route.send(packet, this.number); // it belongs to the route now
    }
  }

  /** Nobody is told: whoever wants to know listens for the answer. */
  unreachable(): Drop {
    return Drop.nobodyWaits;
  }
}

const lab = new Lab();
const alice = lab.host("alice", "10.0.0.1/24");
const bob = lab.host("bob", "10.0.0.2/24");
lab.link(alice, bob);
const asking = new Shout(alice.stack.contextFor("shout"), false);
alice.stack.register(asking);
bob.stack.register(new Shout(bob.stack.contextFor("shout"), true));
asking.say(bob.ip, "hello");
await lab.runFor(milliseconds(10));
