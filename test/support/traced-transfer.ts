/** A transfer between two talkers on a lab that keeps its events. */

import type { EventLog } from "../../src/events/index.ts";
import { type CableOptions, Lab, type LabHost, type LabOptions } from "../../src/lab/index.ts";
import { milliseconds, seconds, type TcpOptions, Xoshiro128 } from "../../src/stack/index.ts";
import { at, type Manner, Talker } from "./net.ts";

export interface Traced {
  readonly lab: Lab;
  readonly log: EventLog;
  readonly alice: LabHost;
  readonly bob: LabHost;
}

/** `manner` is alice's, who connects; bob's mirrors it. */
export function tracedTransfer(
  seed: number,
  cable: CableOptions = {},
  manner: Partial<Manner> = {},
  options: { readonly alice?: Partial<TcpOptions>; readonly lab?: LabOptions | undefined } = {},
): Traced {
  const lab = new Lab({ seed, events: true, ...options.lab });
  const alice = lab.host("alice", "10.0.0.1/24");
  const bob = lab.host("bob", "10.0.0.2/24");
  lab.link(alice, bob, cable);
  const whole: Manner = {
    sends: 300_000,
    sendKey: 1,
    receives: 20_000,
    receiveKey: 2,
    writeMost: 20_000,
    readMost: 20_000,
    pause: 0.1,
    pauseMost: milliseconds(50),
    finishesFirst: true,
    ...manner,
  };
  const { sends, sendKey, receives, receiveKey } = whole;
  const mirrored = { ...whole, sends: receives, sendKey: receiveKey, receives: sends, receiveKey: sendKey };
  const random = new Xoshiro128(seed);
  const listener = bob.stack.openTcp();
  listener.bind(at(bob, 7));
  listener.listen(1);
  const client = alice.stack.openTcp();
  client.configure({ receiveBuffer: 60_000, sendBuffer: 60_000, ...options.alice });
  const talkers = [new Talker(client, lab.time, random, whole)];
  listener.onChange(() => {
    const accepted = listener.accept();
    if (accepted === undefined) return;
    const talker = new Talker(accepted, lab.time, random, mirrored);
    talkers.push(talker);
    talker.talk();
  });
  client.connect(at(bob, 7));
  lab.time.elapse(seconds(120));
  for (const talker of talkers) {
    if (!talker.done) throw new Error(`seed ${seed}: ${talker}, ${talker.trouble}`);
  }
  return { lab, log: lab.events, alice, bob };
}
