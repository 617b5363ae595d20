/**
 * A program that uses the package as its users do. `test/package.test.ts` compiles it against the packed tarball,
 * with each resolution of modules and the types of each Node; what must not compile is said to be an error.
 */
import { AF_INET, createSockets, type InetSockaddr, SOCK_STREAM } from "tapstack";
import dgram, { type RemoteInfo, type SocketType, Socket as UdpSocket } from "tapstack/dgram";
import { pipe, Switch } from "tapstack/drivers/memory";
import { EventLoop, hostRandom, openTap } from "tapstack/drivers/node";
import { PcapWriter } from "tapstack/drivers/observe";
import { ImpairedLink, VirtualTime } from "tapstack/drivers/simulation";
import { Lab } from "tapstack/lab";
import net, {
  type AddressInfo,
  BlockList,
  createNet,
  type NetConnectOpts,
  Server,
  Socket,
  type TcpNetConnectOpts,
} from "tapstack/net";
import { packetScript } from "tapstack/scripts";
import { startMainJob } from "tapstack/services";
import { Stack } from "tapstack/stack";

/** Types as members of the default export, as with Node's own module. */
export let socket: net.Socket;
export let address: net.AddressInfo;
export let options: net.NetConnectOpts;
export let more: net.TcpNetConnectOpts & net.ListenOptions & net.ServerOpts;
export let list: net.BlockList;
export let from: dgram.RemoteInfo;
export let kind: dgram.SocketType;

/** The same types by name; a class is a value and a type. */
export class Line extends Socket {
  peer: Socket | undefined;
  at: AddressInfo | undefined;
  opts: NetConnectOpts | TcpNetConnectOpts | undefined;
}
export class Site extends Server {}
export class Courier extends UdpSocket {
  last: RemoteInfo | undefined;
  type: SocketType = "udp4";
}
export const blocked: BlockList = new BlockList();

socket = new net.Socket();
socket = net.connect({ port: 7, host: "10.0.0.1" });
socket = new Line();
export const echo: net.Server = net.createServer((connection) => {
  const one: net.Socket = connection;
  one.on("data", (octets) => one.write(octets));
});
export const courier: dgram.Socket = dgram.createSocket("udp4", (message, sender) => {
  from = sender;
  console.log(message.length, sender.port);
});
// @ts-expect-error: a port is a number
net.connect({ port: "seven", host: {} });
// @ts-expect-error: there is no such kind of socket
dgram.createSocket("tcp4");

const stack = new Stack({ clock: new EventLoop(), random: hostRandom().random, wakeAt: () => undefined });
export const own: net.Socket = createNet(stack).connect(7);
export const calls: ReturnType<typeof createSockets> = createSockets(stack);
export const listener: InetSockaddr | undefined = undefined;
calls.socket(AF_INET, SOCK_STREAM);
export const others: readonly unknown[] = [pipe, Switch, openTap, PcapWriter, ImpairedLink, VirtualTime, Lab];
export const script: (file: string) => Promise<void> = packetScript;
export const job: typeof startMainJob = startMainJob;
