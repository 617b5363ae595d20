/** Programs of a world talk over TLS, and its capture has the keys: Wireshark reads what was said. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readCapture } from "tapstack/drivers/observe";
import { World } from "tapstack/simulate";
import { makeCertificate } from "../support/certificate.ts";
import { need } from "../support/peers.ts";
import { tshark } from "../support/tshark.ts";

const SECRET = "nobody on the line can read this";

/** A world in which a client asks a server over TLS of one version. */
async function talk(files: readonly string[], version: string, capture: boolean): Promise<World> {
  const world = new World({ seed: 5, capture, date: new Date() }); // the certificate's
  world.host("server", {
    args: [...files],
    program: (key: string, cert: string) => {
      const fs = require("node:fs") as typeof import("node:fs");
      const tls = require("node:tls") as typeof import("node:tls");
      tls
        .createServer({ key: fs.readFileSync(key), cert: fs.readFileSync(cert) }, (socket) =>
          socket.end("nobody on the line can read this"),
        )
        .listen(443);
    },
  });
  const client = world.host("client", {
    args: [...files, version],
    program: (_key: string, cert: string, version: string) => {
      const fs = require("node:fs") as typeof import("node:fs");
      const tls = require("node:tls") as typeof import("node:tls");
      const only = version as "TLSv1.3";
      const socket = tls.connect(443, "server", {
        ca: fs.readFileSync(cert),
        servername: "localhost",
        minVersion: only,
        maxVersion: only,
      });
      console.log(socket.listenerCount("keylog"));
      if (version === "TLSv1.2") socket.on("keylog", (line) => console.log(String(line).split(" ")[0]));
      socket.on("data", (data) => console.log(String(data)));
      socket.on("close", () => process.exit());
    },
  });
  await world.until(() => client.exitCode !== undefined, "1min").finally(() => world.close());
  const own = version === "TLSv1.2" ? ["CLIENT_RANDOM"] : [];
  expect(client.log.text.split("\n")).to.deep.equal(["0", ...own, SECRET, "exit 0"]);
  return world;
}

describe("a capture of a world whose programs talk over TLS", () => {
  const folder = mkdtempSync(join(tmpdir(), "tapstack-tls-keys-"));
  let files: readonly string[];

  before(() => {
    files = makeCertificate(folder);
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  for (const version of ["TLSv1.3", "TLSv1.2"]) {
    it(`has its keys, of ${version}, in front of all frames: tshark decrypts both ends' frames`, async function () {
      need(this, "tshark");
      const world = await talk(files, version, true);
      const capture = world.pcapng(0);
      const { records } = readCapture(capture);
      const keys = records.findIndex(({ kind }) => kind === "secrets");
      expect(keys).to.be.at.least(0);
      expect(records.findIndex(({ kind }) => kind === "packet")).to.be.greaterThan(keys);
      expect(tshark(capture, ["-q", "-z", "follow,tls,ascii,0"])).to.include(SECRET);
      // The first of a TLS 1.3 server's encrypted messages as well: without the keys in front it would stay closed.
      const kinds = tshark(capture, ["-T", "fields", "-e", "tls.handshake.type", "-Y", "tls.handshake"]);
      expect(kinds.split(/[\s,]+/)).to.include.members(["1", "2", "11", "20"]);
    });
  }

  it("is the same run with a capture as without", async () => {
    const [seen, unseen] = [await talk(files, "TLSv1.3", true), await talk(files, "TLSv1.3", false)];
    expect(seen.frames).to.equal(unseen.frames);
    expect(seen.now).to.equal(unseen.now);
  });
});
