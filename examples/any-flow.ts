import { connect } from "node:net";
import { pipeline } from "node:stream";
import { EventLoop, hostRandom, openTap } from "tapstack/drivers/node";
import { parseInterfaceAddress } from "tapstack/lab";
import { createNet } from "tapstack/net";
import { catchFlows, Stack } from "tapstack/stack";

const loop = new EventLoop();
const stack = new Stack({ clock: loop, random: hostRandom().random, wakeAt: (at) => loop.wakeAt(at) });
loop.drive(stack);
const net = createNet(stack);
const tun = await openTap({ kind: "tun", name: "tun0", hostAddress: "10.90.0.1/24" });
const tun0 = stack.addInterface("tun0", tun, [parseInterfaceAddress("10.90.0.2/24")]);
const proxy = process.argv[2]; // instead of whom each flow is for

catchFlows(stack, tun0, (protocol, port) => {
  if (protocol !== "tcp") return undefined;
  const server = net.createServer({ allowHalfOpen: true }, (flow) => {
    console.log(`${flow.remoteAddress} calls ${flow.localAddress}:${flow.localPort}`);
    const outside = connect({ port, host: proxy ?? flow.localAddress, allowHalfOpen: true });
    pipeline(flow, outside, flow, (error) => error && console.log(error.message));
  });
  server.listen(port);
  return () => server.close();
});
