import { once } from "node:events";
import { expect } from "chai";
import { MemoryHost } from "../support/memory-host.ts";
import { loopbackStack } from "./loopback-stack.ts";
import { type NetRig, rigOn, settled } from "./net-rig.ts";

for (const [name, open] of [
  ["endpoints in memory", () => rigOn(new MemoryHost())],
  ["a stack", () => rigOn(loopbackStack())],
] as const) {
  describe(`dgram over ${name}`, () => {
    let rig: NetRig;

    beforeEach(() => {
      rig = open();
    });

    afterEach(() => settled(rig));

    it("carries datagrams, and tells the sender first", async () => {
      const events: string[] = [];
      const socket = rig.dgram.createSocket("udp4");
      socket.bind(0, "127.0.0.1");
      await once(socket, "listening");
      const { port } = socket.address();
      const received = once(socket, "message");
      socket.on("message", () => events.push("message"));
      socket.send(["two", " parts"], port, "localhost", () => events.push("sent"));
      const [octets, from] = await received;
      expect(String(octets)).to.equal("two parts");
      expect(from).to.deep.equal({ address: "127.0.0.1", family: "IPv4", port, size: 9 });
      expect(events).to.deep.equal(["sent", "message"]);
      socket.close();
    });

    it("connects to a peer, and disconnects", async () => {
      const server = rig.dgram.createSocket("udp4").bind(0);
      await once(server, "listening");
      const client = rig.dgram.createSocket("udp4");
      client.connect(server.address().port, "127.0.0.1");
      await once(client, "connect");
      expect(client.remoteAddress().port).to.equal(server.address().port);
      client.send("x");
      await once(server, "message");
      client.disconnect();
      expect(() => client.remoteAddress()).to.throw(/Not connected/);
      client.close();
      server.close();
    });

    it("refuses a port that is taken, with the error that Node gives", async () => {
      const first = rig.dgram.createSocket("udp4").bind(0);
      await once(first, "listening");
      const { port } = first.address();
      const second = rig.dgram.createSocket("udp4").bind(port);
      const [error] = await once(second, "error");
      expect(error).to.include({ code: "EADDRINUSE", syscall: "bind", port });
      first.close();
      second.close();
    });

    it("refuses a datagram that is too long", async () => {
      const socket = rig.dgram.createSocket("udp4");
      const error = await new Promise((resolve) => {
        socket.send(Buffer.alloc(65_508), 9, "127.0.0.1", resolve);
      });
      expect(error).to.include({ code: "EMSGSIZE", syscall: "send" });
      socket.close();
    });

    it("sets what can be set, as Linux answers", async () => {
      const socket = rig.dgram.createSocket("udp4");
      expect(() => socket.setTTL(5)).to.throw(/EBADF/);
      socket.bind(0);
      await once(socket, "listening");
      expect(socket.setTTL(5)).to.equal(5);
      expect(() => socket.setTTL(0)).to.throw(/EINVAL/);
      socket.setBroadcast(true);
      socket.setRecvBufferSize(10_000);
      expect(socket.getRecvBufferSize()).to.equal(20_000);
      expect(() => socket.addMembership("10.0.0.1")).to.throw(/EINVAL/);
      socket.close();
    });
  });
}
