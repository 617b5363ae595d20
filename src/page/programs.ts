/** Small programs that scenarios share: somebody who listens, somebody who sends. */
import { AF_INET, INADDR_ANY, SHUT_WR, SO_RCVBUF, SOCK_STREAM, SOL_SOCKET, type Socket } from "tapstack";
import type { LabHost } from "tapstack/lab";

/** How a server is. */
export interface ServerOptions {
  /** SO_RCVBUF, before it listens; the default of the stack without. */
  readonly receiveBuffer?: number | undefined;
  /** How many connections may wait. */
  readonly backlog?: number | undefined;
}

/** A socket of `host` that listens on `port`. */
export function listen(host: LabHost, port: number, options: ServerOptions = {}): Socket {
  const { bind, listen: startToListen, setsockopt, socket } = host.sockets;
  const server = socket(AF_INET, SOCK_STREAM);
  if (options.receiveBuffer !== undefined) setsockopt(server, SOL_SOCKET, SO_RCVBUF, options.receiveBuffer);
  bind(server, AF_INET, INADDR_ANY, port);
  startToListen(server, options.backlog ?? 16);
  return server;
}

/** A connection of `host` to `port` of `peer`. */
export async function connect(host: LabHost, peer: LabHost, port: number): Promise<Socket> {
  const client = host.sockets.socket(AF_INET, SOCK_STREAM);
  await host.sockets.connect(client, peer.at(port));
  return client;
}

/** `octets` octets of text that is easy to recognise: the alphabet, again and again. */
export function text(octets: number): Uint8Array {
  return Uint8Array.from({ length: octets }, (_, at) => 97 + (at % 26));
}

/** Sends `octets` octets and closes. */
export async function sendAll(host: LabHost, socket: Socket, octets: number): Promise<void> {
  await host.sockets.send(socket, text(octets));
  host.sockets.shutdown(socket, SHUT_WR);
}

/** Reads to the end of the stream, and closes; how many octets there were. */
export async function readAll(host: LabHost, socket: Socket): Promise<number> {
  const buffer = new Uint8Array(65_536);
  let total = 0;
  for (;;) {
    const count = await host.sockets.recvInto(socket, buffer);
    if (count === 0) break;
    total += count;
  }
  await host.sockets.close(socket);
  return total;
}

/** `sender` sends `octets` octets to `receiver`, which reads them as they come. */
export async function transfer(
  sender: LabHost,
  receiver: LabHost,
  octets: number,
  options: ServerOptions = {},
): Promise<number> {
  const server = listen(receiver, 80, options);
  const served = receiver.sockets.accept(server).then(([socket]) => readAll(receiver, socket));
  const client = await connect(sender, receiver, 80);
  await sendAll(sender, client, octets);
  const total = await served;
  await readAll(sender, client);
  return total;
}
