/**
 * Two hosts and a bad line between them, in a web page: nothing here is of Node. A bundler makes one script of it and
 * of the stack; the page calls `echo` and shows what it gives.
 */
import { AF_INET, INADDR_ANY, SOCK_STREAM } from "tapstack";
import { Lab } from "tapstack/lab";

/** Sends `octets` to the other host and back; what came, and the milliseconds of virtual time that it took. */
export async function echo(octets: Uint8Array, impairments: string): Promise<[Uint8Array, number]> {
  const lab = new Lab();
  const alice = lab.host("alice", "10.0.0.1/24");
  const bob = lab.host("bob", "10.0.0.2/24");
  lab.link(alice, bob, { impairments });
  const { connect, recvInto, send, shutdown, socket } = alice.sockets;
  const server = bob.sockets.socket(AF_INET, SOCK_STREAM);
  bob.sockets.bind(server, AF_INET, INADDR_ANY, 7);
  bob.sockets.listen(server, 1);
  async function serve(): Promise<void> {
    const [connection] = await bob.sockets.accept(server);
    const buffer = new Uint8Array(65_536);
    for (let count = 1; count > 0; ) {
      count = await bob.sockets.recvInto(connection, buffer);
      await bob.sockets.send(connection, buffer, 0, 0, count);
    }
    await bob.sockets.close(connection);
  }
  async function ask(): Promise<Uint8Array> {
    const client = socket(AF_INET, SOCK_STREAM);
    await connect(client, bob.at(7));
    const sent = send(client, octets).then(() => shutdown(client, 1));
    const received = new Uint8Array(octets.length);
    let at = 0;
    for (let count = 1; count > 0 && at < received.length; at += count) {
      count = await recvInto(client, received, 0, at);
    }
    await sent;
    return received.subarray(0, at);
  }
  const [received] = await lab.run(Promise.all([ask(), serve()]));
  return [received, lab.time.now() / 1000];
}
