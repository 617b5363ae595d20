/** The pages of the main job, over a network in memory: for people, for curl, for Prometheus, and live. */
import { expect } from "chai";
import { Lab, type LabHost } from "../../src/lab/index.ts";
import { serviceHost, stackStatus, startMainJob } from "../../src/services/index.ts";
import { metrics } from "../../src/services/metrics.ts";

describe("the pages of the main job", () => {
  let lab: Lab;
  let client: LabHost;
  let server: LabHost;

  beforeEach(() => {
    lab = new Lab({ seed: 5 });
    client = lab.host("client", "10.0.0.1/24");
    server = lab.host("server", "10.0.0.2/24");
    lab.link(client, server, { impairments: "delay=1ms" });
    const octets = Uint8Array.of(0, 255, 128);
    const pages = new Map([["/picture", { type: "image/png", body: () => octets }]]);
    const failure = startMainJob(serviceHost(server.stack), {
      status: () => stackStatus(server.stack),
      date: () => "",
      pages,
    });
    expect(failure).to.equal(undefined);
  });

  afterEach(() => lab.close());

  /** What comes within `seconds`, or until the server closes. */
  async function ask(path: string, fields = "", seconds = 5): Promise<Buffer> {
    const { close, connect, recvInto, send, socket } = client.sockets;
    const chunks: Buffer[] = [];
    await lab.run(async () => {
      const connection = socket(2, 1);
      await connect(connection, server.at(80));
      await send(connection, `GET ${path} HTTP/1.1\r\nHost: x\r\n${fields}\r\n`);
      const reading = (async () => {
        const buffer = new Uint8Array(65_536);
        for (;;) {
          const count = await recvInto(connection, buffer);
          if (count === 0) return;
          chunks.push(Buffer.from(buffer.subarray(0, count)));
        }
      })().catch(() => undefined); // closed below, while it waits
      await Promise.race([reading, lab.sleep(`${seconds}s`)]);
      await close(connection);
    });
    return Buffer.concat(chunks);
  }

  it("are plain text for who does not ask for HTML, and HTML for who does (RFC 9110 §12.5.1)", async () => {
    const plain = (await ask("/", "Accept: */*\r\nConnection: close\r\n")).toString();
    expect(plain).to.contain("Content-Type: text/plain").and.contain("Vary: Accept");
    expect(plain).to.match(/\[::\]:7 +\* +listen/);
    const html = (await ask("/", "Accept: text/html,*/*;q=0.8\r\nConnection: close\r\n")).toString();
    expect(html).to.contain("Content-Type: text/html").and.contain("<!DOCTYPE html>");
  });

  it("have octets as they are, with their length", async () => {
    const answer = await ask("/picture", "Connection: close\r\n");
    expect(answer.includes("Content-Length: 3\r\n")).to.equal(true);
    expect([...answer.subarray(-3)]).to.deep.equal([0, 255, 128]);
  });

  it("tell of everything each second, as server-sent events, for as long as somebody listens", async () => {
    const text = (await ask("/live", "Accept: text/event-stream\r\n", 4.5)).toString();
    expect(text).to.contain("Content-Type: text/event-stream").and.not.contain("Content-Length");
    const events = text
      .split("\n\n")
      .filter((part) => part.includes("data: "))
      .map((part) => JSON.parse(part.slice(part.indexOf("data: ") + 6)) as { uptime: number });
    expect(events.length).to.equal(5);
    for (const [at, { uptime }] of events.entries()) {
      expect(uptime - (events[0]?.uptime ?? 0)).to.be.closeTo(at * 1e6, 1000);
    }
    await lab.run(lab.sleep("5s"));
    expect(server.stack.connections().filter(({ state }) => state === "established")).to.deep.equal([]);
  });

  it("speak to Prometheus: every line is a comment or a number with a name (text format 0.0.4)", async () => {
    await ask("/none", "Connection: close\r\n");
    const text = metrics(stackStatus(server.stack));
    const names = new Set<string>();
    for (const line of text.trimEnd().split("\n")) {
      if (line.startsWith("# TYPE ")) {
        const [, , name = "", type] = line.split(" ");
        expect(names.has(name), `${name} once`).to.equal(false);
        expect(type).to.be.oneOf(["counter", "gauge"]);
        names.add(name);
      } else
        expect(line).to.match(
          /^[a-z_][a-z0-9_]*(?:\{[a-z_]+="[^"\n]*"(?:,[a-z_]+="[^"\n]*")*\})? -?[\d.e+]+$/,
        );
    }
    expect(text).to.contain('tapstack_tcp_connections{state="listen"} 8');
    expect(text).to.match(/tapstack_tcp_in_segs_total [1-9]/);
    expect(text).to.match(/tapstack_interface_in_octets_total\{interface="eth0"\} [1-9]/);
  });

  it("count what each connection has carried", async () => {
    await ask("/stats.json", "");
    const [row] = stackStatus(server.stack).connections.filter(({ remote }) => remote !== "*");
    expect(row?.bytesReceived).to.be.greaterThan(30);
    expect(row?.bytesSent).to.be.greaterThan(500);
    expect(row?.smoothedRtt).to.be.greaterThan(1_900);
  });
});
