/** Drivers, labs, sockets and services refuse settings that they do not know, and say what there is. */
import { expect } from "chai";
import { AF_INET, createSockets, SOCK_STREAM } from "../../src/api/index.ts";
import { pipe, Switch } from "../../src/drivers/memory/index.ts";
import { fromTuntap2, hostRandom, openTap, type Tuntap2Tap } from "../../src/drivers/node/index.ts";
import { Capture, PcapngWriter, PcapWriter, TextTrace } from "../../src/drivers/observe/index.ts";
import {
  ImpairedLink,
  type Impairments,
  NO_FAULTS,
  VirtualTime,
} from "../../src/drivers/simulation/index.ts";
import { Lab } from "../../src/lab/index.ts";
import { createConnector, createDgram, createNet, openPort, use } from "../../src/node/index.ts";
import {
  DEFAULT_PARAMETERS,
  Iperf3Client,
  Iperf3Server,
  serviceHost,
  startMainJob,
} from "../../src/services/index.ts";
import { ipv4, Xoshiro128 } from "../../src/stack/index.ts";

const time = new VirtualTime();
const lab = new Lab();
const alice = lab.host("alice", "10.0.0.1/24");
const bob = lab.host("bob", "10.0.0.2/24");
const { stack, sockets } = alice;
const net = createNet(stack);
const clock = time;
const server = { address: ipv4(0x0a00_0002), port: 5201 };
const write = (): void => undefined;

/** Whoever takes settings, with these in place of good ones. */
const TAKERS: readonly (readonly [string, (settings: never) => unknown, string, string])[] = [
  // Name, call, the settings that it has, one that cannot be (in the order of its own list)
  ["pipe", (options) => pipe(time, options), "mtu, medium, offloads, vouchesForChecksums, queue", "mtu=67"],
  [
    "Switch",
    (options) => new Switch(time, time, options),
    "mtu, offloads, vouchesForChecksums, queue, stations, ageing",
    "queue=0",
  ],
  ["VirtualTime", (options) => new VirtualTime(options), "drain, limit, standstill", "limit=-1"],
  [
    "PcapWriter",
    (options) => new PcapWriter(Object.assign({ write, clock }, options)),
    "write, clock, medium, epoch, snapLength, checksums",
    "checksums=none",
  ],
  [
    "PcapngWriter",
    (options) => new PcapngWriter(Object.assign({ write }, options)),
    "write, application, hardware, system, comment",
    "comment=5",
  ],
  [
    "Capture",
    (options) => new Capture(Object.assign({ write, clock }, options)),
    "write, clock, epoch, snapLength, filter, application, hardware, system, comment, process, events",
    "snapLength=0",
  ],
  [
    "TextTrace",
    (options) => new TextTrace(Object.assign({ line: write, clock }, options)),
    "line, clock, name, medium, verbose",
    "line=5",
  ],
  ["Lab", (options) => new Lab(options), "seed, capture, events, drain, limit, standstill", "seed=-1"],
  [
    "Lab.host",
    (options) => new Lab().host("host", "10.0.0.1/24", options),
    "createTcp, createUdp, tcp, tracer, gateway, autoconfigure, advertise, claim",
    "claim=prob",
  ],
  [
    "Lab.link",
    (options) => lab.link(alice, bob, options),
    "name, impairments, mtu, offloads, port, vlans, addresses",
    "mtu=65536",
  ],
  [
    "createSockets",
    (options) => createSockets(stack, options),
    "namespace, databases, credentials",
    "databases=5",
  ],
  ["tapstack/net", (options) => createNet(stack, options), "hosts, lookup, unix", "hosts=localhost"],
  ["tapstack/net", (options) => createDgram(stack, options), "hosts, lookup, unix", "lookup=dns"],
  ["tapstack/net", (options) => use(stack, options), "hosts, lookup, unix", "unix=/run"],
  [
    "openPort",
    (options) => openPort(sockets, sockets.socket(AF_INET, SOCK_STREAM), options),
    "buffer, allowHalfOpen",
    "buffer=-1",
  ],
  ["createConnector", (options) => createConnector(net, options), "tls, timeout", "timeout=-1"],
  ["fromTuntap2", (options) => fromTuntap2({ mtu: 1500 } as Tuntap2Tap, options), "release", "release=no"],
  [
    "startMainJob",
    (options) => startMainJob(serviceHost(stack), Object.assign({ status: write, date: write }, options)),
    "status, date, pages, controlPort, observer",
    "controlPort=65536",
  ],
  [
    "Iperf3Server",
    (options) => new Iperf3Server(serviceHost(stack), options),
    "port, interval, json, print, tested",
    "port=-1",
  ],
  [
    "Iperf3Client",
    (options) =>
      new Iperf3Client(
        serviceHost(stack),
        Object.assign({ server, parameters: DEFAULT_PARAMETERS }, options),
      ),
    "server, parameters, interval, json, print, done",
    "interval=-1",
  ],
];

describe("settings", () => {
  for (const [name, take, known, bad] of TAKERS) {
    it(`of ${name} are refused when it has no such setting, or it cannot be that`, () => {
      expect(() => take({ nonsense: 1 } as never)).to.throw(
        TypeError,
        `${name}: there is no setting "nonsense"; there are ${known}`,
      );
      const [setting = "", value = ""] = bad.split("=");
      const given = /^-?\d+$/.test(value) ? Number(value) : value;
      expect(() => take({ [setting]: given } as never))
        .to.throw(RangeError)
        .with.property("message")
        .that.matches(new RegExp(`^${name}: ${setting} is "?${value}"?; it must be `));
    });
  }

  it("of openTap are refused before a device is touched", async () => {
    for (const [options, type, message] of [
      [
        { address: "10.77.0.1/24" },
        TypeError,
        /no setting "address"; there are name, hostAddress, mtu, offload/,
      ],
      [
        { hostAddress: "10.77.0.1" },
        RangeError,
        /hostAddress is "10.77.0.1"; it must be an address with its prefix/,
      ],
      [{ mtu: 67 }, RangeError, /mtu is 67; it must be an integer from 68 to 65521/],
      [{ batching: "fast" }, RangeError, /batching is "fast"; it must be one of single, batch, thread/],
      [{ spin: -1 }, RangeError, /spin is -1/],
    ] as const) {
      const outcome: unknown = await openTap(options as object).catch((error: unknown) => error);
      expect(outcome).to.be.instanceOf(type).with.property("message").that.matches(message);
    }
  });

  it("of a host and its cables are refused when they cannot be", () => {
    const twice = new Lab();
    twice.host("alice", "10.0.0.1/24");
    expect(() => twice.host("alice", "10.0.0.2/24")).to.throw(RangeError, /a host "alice" already/);
    expect(() => twice.host("bob", "10.0.0.2")).to.throw(
      RangeError,
      /address is "10.0.0.2"; .* as in 10.0.0.1\/24/,
    );
    expect(() => twice.host("bob", "10.0.0.300/24")).to.throw(RangeError, /10.0.0.300/);
    expect(() => twice.host("bob", "10.0.0.2/24", { gateway: "router" })).to.throw(
      RangeError,
      /gateway is "router"/,
    );
    expect(twice.hosts.map(({ name }) => name)).to.deep.equal(["alice"]);
    const hub = lab.switch();
    expect(() => lab.link(alice, hub, { mtu: 9000 })).to.throw(RangeError, /mtu is the switch's/);
    expect(() => lab.link(alice, bob, { addresses: ["10.1.0.1"] })).to.throw(
      RangeError,
      /addresses is an array/,
    );
    expect(
      stack.interfaces.map(({ name }) => name),
      "nothing was plugged in",
    ).to.deep.equal(["lo"]);
  });

  it("of impairments are probabilities from 0 to 1, and times that do not go back", () => {
    const made = (faults: object) => () =>
      new ImpairedLink(pipe(time)[0], time, new Xoshiro128(1), { in: NO_FAULTS, out: faults } as Impairments);
    expect(made({ ...NO_FAULTS, loss: 2 })).to.throw(
      RangeError,
      "impairments.out: loss is 2; it must be a number from 0 to 1",
    );
    expect(made({ ...NO_FAULTS, delay: -1 })).to.throw(RangeError, /delay is -1/);
    expect(made({ ...NO_FAULTS, lost: 1 })).to.throw(
      TypeError,
      /no setting "lost"; there are loss, burstBegin/,
    );
    expect(made(NO_FAULTS)).to.not.throw();
  });

  it("of a seed are 0 to 2^32 - 1", () => {
    expect(() => hostRandom(1.5)).to.throw(RangeError, /seed is 1.5/);
    expect(hostRandom(7).seed).to.equal(7);
  });

  it("of an iperf3 test are refused with what is wrong", () => {
    const parameters = { ...DEFAULT_PARAMETERS, parallel: 0 };
    expect(() => new Iperf3Client(serviceHost(stack), { server, parameters })).to.throw(
      RangeError,
      /number of streams must be from 1/,
    );
  });
});
