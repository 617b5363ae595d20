/**
 * The main job without a TAP: two of our stacks on a switch in memory. The client pings, fetches the page,
 * and has 10 MB echoed through a link that loses and reorders. Time is virtual, so the same seed prints the
 * same figures on every machine.
 */
import { createHash } from "node:crypto";
import { AF_INET, SHUT_WR, SOCK_STREAM, type Socket } from "../api/index.ts";
import { Lab, type LabHost } from "../lab/index.ts";
import { latin1, PORTS, serviceHost, stackStatus, startMainJob } from "../services/index.ts";
import { below, type IpAddress, milliseconds, type Random, since } from "../stack/index.ts";
import { writeCapture } from "./capture-file.ts";
import type { ServeOptions } from "./serve-options.ts";
import { Output, standardFor } from "./standard-output.ts";
import { UsageError } from "./usage-error.ts";

/** The link's faults where --impair names none. */
const IMPAIRMENTS = "loss=2%,delay=1ms,reorder=10%";

const PINGS = 5;
const ECHOED_OCTETS = 10_000_000;
const CHUNK = 65_536;

/** Runs the demonstration; 0 if every octet came back as it went. */
export async function runEmbedded(options: ServeOptions): Promise<number> {
  const started = performance.now();
  const output = new Output(standardFor(options));
  if (options.record !== undefined)
    throw new UsageError("--record is for a TAP: in memory, the seed is enough");
  if (options.filter !== undefined) throw new UsageError("--filter is for a capture on a TAP");
  const seed = options.seed ?? 1;
  const lab = new Lab({
    seed,
    drain: () => new Promise((resolve) => setImmediate(resolve)),
    capture: options.pcap !== undefined,
  });
  const { host, address, controlPort } = options;
  const client = lab.host("client", `${host.address}/${host.prefixLength}`);
  const server = lab.host("server", `${address.address}/${address.prefixLength}`);
  const wire = lab.switch({ mtu: options.mtu });
  lab.link(client, wire);
  lab.link(server, wire, { impairments: options.impair ?? IMPAIRMENTS });
  const failure = startMainJob(serviceHost(server.stack), {
    status: () => stackStatus(server.stack),
    date: () => "Thu, 01 Jan 1970 00:00:00 GMT",
    controlPort,
  });
  if (failure !== undefined) throw new Error(`cannot serve: ${failure}`);
  output.line(
    `two stacks on a switch in memory, ${options.impair === undefined ? IMPAIRMENTS : "impaired as told"}, seed ${seed}`,
  );
  const demonstration = new Demonstration(lab, client, address.address, output);
  const good = await demonstration.run();
  if (options.pcap !== undefined) await writeCapture(options.pcap, lab.capture(client));
  lab.close();
  output.line(
    `${good ? "all is well" : "SOMETHING IS WRONG"}, after ${((performance.now() - started) / 1e3).toFixed(1)} s`,
  );
  await output.close();
  return good ? 0 : 1;
}

class Demonstration {
  readonly #lab: Lab;
  readonly #client: LabHost;
  readonly #server: IpAddress;
  readonly #random: Random;
  readonly #output: Output;

  constructor(lab: Lab, client: LabHost, server: IpAddress, output: Output) {
    this.#lab = lab;
    this.#client = client;
    this.#server = server;
    this.#output = output;
    this.#random = lab.random.fork("demonstration");
  }

  async run(): Promise<boolean> {
    const pinged = await this.#ping();
    const fetched = await this.#lab.run(this.#fetchPage());
    const echoed = await this.#lab.run(this.#echo());
    return pinged && fetched && echoed;
  }

  async #ping(): Promise<boolean> {
    const { time } = this.#lab;
    const endpoint = this.#client.stack.openEcho();
    let answers = 0;
    for (let sequence = 1; sequence <= PINGS; sequence++) {
      const sentAt = time.now();
      let answeredAt = sentAt;
      endpoint.onChange(() => {
        answeredAt = time.now();
      });
      endpoint.request(this.#server, sequence, new Uint8Array(56));
      await this.#lab.runFor(milliseconds(1_000));
      const reply = endpoint.reply();
      if (reply === undefined || reply.failure !== undefined) this.#output.line(`ping ${sequence}: lost`);
      else {
        answers++;
        this.#output.line(`ping ${sequence}: ${(since(sentAt, answeredAt) / 1e3).toFixed(2)} ms`);
      }
    }
    endpoint.close();
    return answers > 0;
  }

  async #fetchPage(): Promise<boolean> {
    const socket = await this.#connect(PORTS.http);
    const { sockets } = this.#client;
    await sockets.send(socket, Buffer.from("GET / HTTP/1.0\r\n\r\n"));
    const buffer = new Uint8Array(CHUNK);
    let page = "";
    for (;;) {
      const count = await sockets.recvInto(socket, buffer);
      if (count === 0) break;
      page += latin1(buffer, 0, count);
    }
    await sockets.close(socket);
    this.#output.line(`GET /: ${page.split("\r\n", 1)[0]}, ${page.length} octets`);
    return page.startsWith("HTTP/1.1 200 ");
  }

  async #echo(): Promise<boolean> {
    const { time } = this.#lab;
    const socket = await this.#connect(PORTS.echo);
    const startedAt = time.now();
    const [sent, received] = await Promise.all([this.#send(socket), this.#receive(socket)]);
    await this.#client.sockets.close(socket);
    const seconds = since(startedAt, time.now()) / 1e6;
    this.#output.line(
      `echo: ${ECHOED_OCTETS} octets there and back in ${seconds.toFixed(2)} s of virtual time`,
    );
    this.#output.line(`  sent     ${sent}`);
    this.#output.line(`  received ${received}`);
    return sent === received;
  }

  /** Sends noise, then the end of the stream; its SHA-256. */
  async #send(socket: Socket): Promise<string> {
    const digest = createHash("sha256");
    const chunk = new Uint8Array(CHUNK);
    for (let left = ECHOED_OCTETS; left > 0; left -= chunk.length) {
      for (let i = 0; i < chunk.length; i++) chunk[i] = below(this.#random, 256);
      const part = chunk.subarray(0, left);
      digest.update(part);
      await this.#client.sockets.send(socket, part);
    }
    this.#client.sockets.shutdown(socket, SHUT_WR);
    return digest.digest("hex");
  }

  /** Receives to the end of the stream; its SHA-256. */
  async #receive(socket: Socket): Promise<string> {
    const digest = createHash("sha256");
    const buffer = new Uint8Array(CHUNK);
    for (;;) {
      const count = await this.#client.sockets.recvInto(socket, buffer);
      if (count === 0) return digest.digest("hex");
      digest.update(buffer.subarray(0, count));
    }
  }

  async #connect(port: number): Promise<Socket> {
    const { sockets } = this.#client;
    const socket = sockets.socket(AF_INET, SOCK_STREAM);
    await sockets.connect(socket, AF_INET, this.#server.word3 >>> 0, port);
    return socket;
  }
}
