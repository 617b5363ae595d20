/** A TCP transfer both ways between two hosts of a lab, checked octet by octet. */
import type { Lab, LabHost } from "../../src/lab/index.ts";
import type { SocketAddress } from "../../src/stack/index.ts";
import { Talker } from "./net.ts";

const MANNER = { readMost: 9000, writeMost: 9000, pause: 0, pauseMost: 1 as never, finishesFirst: true };

/** What went wrong; "" if nothing. `to` is what the client calls. */
export async function transfer(
  lab: Lab,
  client: LabHost,
  server: LabHost,
  port: number,
  to: SocketAddress,
  octets = 200_000,
): Promise<string> {
  const listener = server.stack.openTcp();
  listener.configure({ reuseAddress: true });
  const failure = listener.bind({ address: server.ip, port });
  if (failure !== undefined) return failure;
  listener.listen(1);
  let accepted: Talker | undefined;
  listener.onChange(() => {
    const endpoint = listener.accept();
    if (endpoint === undefined) return;
    const manner = { ...MANNER, sends: octets >> 1, sendKey: 2, receives: octets, receiveKey: 1 };
    accepted = new Talker(endpoint, lab.time, lab.random, manner);
    accepted.talk();
  });
  const endpoint = client.stack.openTcp();
  const manner = { ...MANNER, sends: octets, sendKey: 1, receives: octets >> 1, receiveKey: 2 };
  const caller = new Talker(endpoint, lab.time, lab.random, manner);
  endpoint.connect(to);
  for (let second = 0; second < 300 && !(caller.done && accepted?.done); second++) {
    if (caller.trouble !== undefined) break;
    await lab.runFor("1s");
  }
  listener.close();
  if (caller.done && accepted?.done === true && caller.trouble === undefined) return "";
  return `caller ${caller}: ${caller.trouble}; called ${accepted}: ${accepted?.trouble}`;
}
