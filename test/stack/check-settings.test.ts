/** Whatever a stack is given that it does not know is refused where it is given, with what there is. */
import { expect } from "chai";
import { pipe } from "../../src/drivers/memory/index.ts";
import { VirtualTime } from "../../src/drivers/simulation/index.ts";
import {
  BROADCAST_MAC,
  DEFAULT_CONFIG,
  IPV4_ANY,
  IPV4_BROADCAST,
  type IpAddress,
  ipv4,
  Stack,
  Xoshiro128,
} from "../../src/stack/index.ts";

const time = new VirtualTime();
const random = new Xoshiro128(1);
const OWN = ipv4(0x0a00_0001);

/** A stack with `options` besides what it needs. */
function made(options: object): Stack {
  return new Stack({ clock: time, random, wakeAt: () => undefined, ...options });
}

function adding(options: object, prefixLength = 24, address: IpAddress = OWN): () => unknown {
  const [link] = pipe(time);
  return () => made({}).addInterface("eth0", link, [{ address, prefixLength }], options);
}

describe("a stack", () => {
  it("refuses what it does not know, and names what there is", () => {
    for (const [options, message] of [
      [
        { congestion: "cubic" },
        /there is no setting "congestion"; there are clock, random, stableSecret, tracer, wakeAt, tcp/,
      ],
      [{ wakeAt: undefined }, /"wakeAt" is missing; it must be a function/],
      [{ clock: undefined }, /"clock" is missing; it must be a clock/],
      [{ tcp: { option: {} } }, /^tcp: there is no setting "option"; there are config, options, congestion$/],
      [
        { tcp: { config: { minRTO: 1 } } },
        /^tcp.config: there is no setting "minRTO"; there are minRto, maxRto/,
      ],
      [{ tcp: { options: { nodelay: true } } }, /^tcp.options: there is no setting "nodelay"/],
    ] as const) {
      expect(() => made(options)).to.throw(TypeError, message);
    }
  });

  it("refuses the same when it is to change while it runs, and keeps what it had", () => {
    const stack = made({});
    expect(() => stack.configureTcp({ config: { minRTO: 1 } as object })).to.throw(TypeError, /"minRTO"/);
    expect(() => stack.configureTcp({ options: { linger: -2 } })).to.throw(RangeError, /linger/);
    expect(() => stack.configureTcp({ config: { maxRto: 1 as never } })).to.throw(RangeError, /maxRto/);
    stack.configureTcp({ options: { noDelay: true } });
    expect(stack.openTcp().options.noDelay).to.equal(true);
  });

  it("refuses values that cannot be, and says which can", () => {
    for (const [options, message] of [
      [{ clock: {} }, /clock is an object; it must be a clock/],
      [{ random: Math.random }, /random is a function; it must be a source of chance/],
      [{ wakeAt: 5 }, /wakeAt is 5; it must be a function/],
      [{ tracer: { event: 1 } }, /it must be a tracer/],
      [{ createTcp: "mine" }, /createTcp is "mine"; it must be a function/],
      [
        { tcp: { options: { congestion: "bbr" } } },
        /congestion is "bbr"; it must be one of cubic, newreno, fixed/,
      ],
      [{ tcp: { options: { sendBuffer: 100 } } }, /sendBuffer is 100; it must be an integer from 2048 to/],
      [{ tcp: { options: { noDelay: 1 } } }, /noDelay is 1; it must be true or false/],
      [{ tcp: { options: { keepCount: 2.5 } } }, /keepCount is 2.5; it must be an integer from 1 to 127/],
      [{ tcp: { config: { ecn: "on" } } }, /ecn is "on"; it must be one of off, passive, active/],
      [
        { tcp: { config: { delayedAck: 500_000 } } },
        /delayedAck is 500000; it must be an integer from 0 to 499999/,
      ],
      [
        { tcp: { config: { minRto: DEFAULT_CONFIG.maxRto + 1 } } },
        /maxRto is 60000000; it must be an integer from/,
      ],
      [{ tcp: { congestion: { bbr: () => undefined } } }, /congestion is an object; it must be a Map/],
    ] as const) {
      expect(() => made(options)).to.throw(RangeError, message);
    }
  });

  it("takes what is undefined for not given", () => {
    const stack = made({ tcp: { config: { minRto: undefined }, options: { congestion: undefined } } });
    const endpoint = stack.openTcp();
    expect(endpoint.options.congestion).to.equal("cubic");
  });

  it("knows the congestion controllers that it was given beside its own", () => {
    const congestion = new Map([["mine", () => undefined]]);
    const stack = made({ tcp: { congestion, options: { congestion: "mine" } } });
    expect(stack.openTcp().options.congestion).to.equal("mine");
    expect(() => made({ tcp: { congestion, options: { congestion: "bbr" } } })).to.throw(
      RangeError,
      /one of cubic, newreno, fixed, mine/,
    );
  });

  it("refuses an interface that cannot be, before anything has changed", () => {
    for (const [add, message] of [
      [adding({ claim: "prob" }), /claim is "prob"; it must be one of off, announce, probe/],
      [adding({ gateway: IPV4_ANY }), /gateway is 0.0.0.0; it must be the address of one host/],
      [adding({ gateway: "10.0.0.254" }), /gateway is "10.0.0.254"; it must be the address of one host/],
      [adding({ mac: BROADCAST_MAC }), /mac is ff:ff:ff:ff:ff:ff; it must be the MacAddress of one station/],
      [adding({}, 33), /prefixLength is 33; it must be an integer from 0 to 32/],
      [adding({}, 24, IPV4_BROADCAST), /address is 255.255.255.255; it must be the address of one host/],
      [adding({}, 24, ipv4(0xe000_0001)), /address is 224.0.0.1/],
    ] as const) {
      expect(add).to.throw(RangeError, message);
    }
    expect(adding({ gate: OWN })).to.throw(TypeError, /no setting "gate"; there are mac, gateway, claim/);
    const stack = made({});
    const [link] = pipe(time);
    expect(() => stack.addInterface("eth0", link, [{ address: OWN, prefixLength: -1 }])).to.throw(RangeError);
    expect(stack.interfaces.map(({ name }) => name)).to.deep.equal(["lo"]);
    const one = stack.addInterface("eth0", link, [{ address: OWN, prefixLength: 24 }]);
    expect(() => stack.addInterface("eth0", pipe(time)[0], [])).to.throw(RangeError, /eth0 already/);
    expect(() => stack.addAddress(one, { address: OWN, prefixLength: 16 })).to.throw(
      RangeError,
      /has 10.0.0.1 already/,
    );
    expect(() =>
      stack.addAddress(one, { address: ipv4(0x0a00_0002), prefixLength: 24 }, "prob" as "probe"),
    ).to.throw(RangeError, /one of off, announce, probe/);
    expect(() => stack.addRoute(IPV4_ANY, 0, IPV4_BROADCAST, one)).to.throw(RangeError, /gateway/);
    expect(() => stack.addRoute(IPV4_ANY, 0, undefined, one, undefined, -1)).to.throw(
      RangeError,
      /metric is -1/,
    );
    expect(one.addresses).to.have.length(1);
  });
});

describe("the options of an endpoint", () => {
  it("are refused when there is no such option, or its value makes no sense", () => {
    const tcp = made({}).openTcp();
    const udp = made({}).openUdp();
    for (const changes of [
      { nodelay: true },
      { congestion: "bbr" },
      { congestion: 5 },
      { cork: 1 },
      { toString: 1 },
    ])
      expect(tcp.configure(changes as object), JSON.stringify(changes)).to.equal("invalid");
    for (const changes of [{ broadcasts: true }, { mtuDiscovery: "always" }, { hopLimit: 256 }])
      expect(udp.configure(changes as object), JSON.stringify(changes)).to.equal("invalid");
    expect(tcp.options.congestion).to.equal("cubic");
    expect(tcp.configure({ congestion: "newreno", noDelay: true })).to.equal(undefined);
    expect(udp.configure({ mtuDiscovery: "do" })).to.equal(undefined);
  });
});
