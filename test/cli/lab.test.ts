/** The server of the page hands out the files of one folder, and nothing else. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { pageServer, readLabOptions } from "../../src/cli/lab.ts";
import { UsageError } from "../../src/cli/usage-error.ts";

describe("tapstack lab", () => {
  const root = mkdtempSync(join(tmpdir(), "tapstack-lab-"));
  const folder = join(root, "page");
  const server = pageServer(folder);
  let port: number;

  before(async () => {
    mkdirSync(join(folder, "assets"), { recursive: true });
    writeFileSync(join(folder, "index.html"), "<!doctype html><title>t</title>");
    writeFileSync(join(folder, "assets", "a.js"), "1;");
    writeFileSync(join(root, "secret"), "secret");
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    ({ port } = server.address() as AddressInfo);
  });

  after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(root, { recursive: true });
  });

  it("serves the page and what belongs to it, with the types that browsers want", async () => {
    const page = await fetch(`http://127.0.0.1:${port}/`);
    expect([page.status, page.headers.get("content-type")]).to.deep.equal([200, "text/html; charset=utf-8"]);
    expect(await page.text()).to.contain("<title>t</title>");
    const script = await fetch(`http://127.0.0.1:${port}/assets/a.js?x=1`);
    expect(script.headers.get("content-type")).to.equal("text/javascript; charset=utf-8");
    expect(script.headers.get("cache-control")).to.contain("immutable");
  });

  it("serves nothing from outside of its folder, and nothing that there is not", async () => {
    for (const path of [
      "/../secret",
      "/%2e%2e/secret",
      "/assets/../../secret",
      "/none",
      "/assets",
      "/%",
      "//x/y",
    ]) {
      expect(await statusOf(`GET ${path} HTTP/1.0`), path).to.equal(404);
    }
    expect(await statusOf("POST / HTTP/1.0")).to.equal(405);
  });

  it("reads its options, and names what it does not know", () => {
    expect(readLabOptions([])).to.deep.equal({ port: 8080, where: false });
    expect(readLabOptions(["--port", "0", "--where"])).to.deep.equal({ port: 0, where: true });
    expect(readLabOptions(["--help"])).to.equal("help");
    for (const bad of [
      ["--port", "70000"],
      ["--port", "x"],
      ["--prot", "1"],
    ]) {
      expect(() => readLabOptions(bad), bad.join(" ")).to.throw(UsageError);
    }
  });

  /** The status of an answer; the line is sent as it is, which `fetch` would tidy up. */
  async function statusOf(line: string): Promise<number> {
    return await new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => socket.end(`${line}\r\n\r\n`));
      let text = "";
      socket.setEncoding("latin1").on("data", (piece: string) => {
        text += piece;
      });
      socket.on("end", () => resolve(Number(text.split(" ")[1])));
      socket.on("error", reject);
    });
  }
});
