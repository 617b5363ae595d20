/** Node's TLS on a host of a lab, in a capture with its keys: Wireshark reads what was said. */
import tls from "node:tls";
import { expect } from "chai";
import { readCapture } from "../../src/drivers/observe/index.ts";
import { Lab } from "../../src/lab/index.ts";
import { createNet } from "../../src/node/create.ts";
import { need } from "../support/peers.ts";
import { tshark } from "../support/tshark.ts";

const SECRET = "nobody on the line can read this";

describe("a capture of TLS", () => {
  it("with its keys is decrypted by tshark, and without them is not", async function () {
    need(this, "tshark");
    const lab = new Lab({ capture: true });
    const [alice, bob] = [lab.host("alice", "10.0.0.1/24"), lab.host("bob", "10.0.0.2/24")];
    lab.link(alice, bob, { impairments: "delay=5ms" });
    const psk = Buffer.from("0123456789abcdef");
    const shared = { ciphers: "PSK", maxVersion: "TLSv1.2" } as const;
    const server = createNet(bob.stack).adopt(
      tls.createServer({ ...shared, pskCallback: () => psk, pskIdentityHint: "test" }, (socket) =>
        socket.end(SECRET),
      ),
    );
    await lab.run(new Promise<void>((resolve) => server.listen(4433, "10.0.0.2", () => resolve())));
    const said = new Promise<string>((resolve, reject) => {
      const client = tls.connect({
        ...shared,
        socket: createNet(alice.stack).connect(4433, "10.0.0.2"),
        checkServerIdentity: () => undefined,
        pskCallback: () => ({ psk, identity: "test" }),
      });
      // As each key is made, before what it protects is sent.
      client.on("keylog", (line: Buffer) => alice.recording?.secrets(line.toString()));
      let text = "";
      client.setEncoding("utf8");
      client.on("data", (chunk: string) => {
        text += chunk;
      });
      client.on("end", () => resolve(text));
      client.on("error", reject);
    });
    expect(await lab.run(said)).to.equal(SECRET);
    await lab.runFor("1s");
    const [withKeys, without] = [lab.capture(alice), lab.capture(bob)];
    server.close();
    lab.close();
    expect(readCapture(withKeys).records.filter(({ kind }) => kind === "secrets").length).to.be.greaterThan(
      0,
    );
    const follow = ["-q", "-z", "follow,tls,ascii,0", "-d", "tcp.port==4433,tls"];
    expect(tshark(withKeys, follow)).to.include(SECRET);
    expect(tshark(without, follow)).to.not.include(SECRET);
  });
});
