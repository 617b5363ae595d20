import { expect } from "chai";
import { readServeOptions, type ServeOptions } from "../../src/cli/serve-options.ts";
import { UsageError } from "../../src/cli/usage-error.ts";

function options(...args: string[]): ServeOptions {
  return readServeOptions(args) as ServeOptions;
}

describe("options of tapstack serve", () => {
  it("have the defaults that the help text tells", () => {
    const { tap, host, address, gateway, mtu, offload, controlPort, impair, quiet, memory } = options();
    expect({ tap, mtu, offload, controlPort, impair, quiet, memory }).to.deep.equal({
      tap: "tap0",
      mtu: 1500,
      offload: true,
      controlPort: 0,
      impair: undefined,
      quiet: false,
      memory: false,
    });
    expect([host.address, address.address, gateway].map(String)).to.deep.equal([
      "10.77.0.1",
      "10.77.0.2",
      "10.77.0.1",
    ]);
    expect([host.prefixLength, address.prefixLength]).to.deep.equal([24, 24]);
  });

  it("are read as they are given", () => {
    const given = options(
      ..."--tap=t-1 --host 192.168.5.1/30 --address 192.168.5.2/30 --gateway 192.168.5.1 --mac 02-00-00-00-00-0a".split(
        " ",
      ),
      ..."--mtu 9000 --no-offload --batching single --pcap f.pcap --impair loss=2% --seed 7 --control 4000 -q".split(
        " ",
      ),
    );
    expect(given.address.address.toString()).to.equal("192.168.5.2");
    expect(given.mac?.toString()).to.equal("02:00:00:00:00:0a");
    expect(given.impair?.out.loss).to.equal(0.02);
    expect(given).to.deep.include({
      tap: "t-1",
      mtu: 9000,
      offload: false,
      batching: "single",
      pcap: "f.pcap",
      seed: 7,
      controlPort: 4000,
      quiet: true,
    });
  });

  it("have no IPv6 by default", () => {
    expect(options()).to.include({ host6: undefined, address6: undefined, gateway6: undefined });
  });

  it("take an address of each family, and the kernel for its neighbour", () => {
    const given = options("--address", "fd77::2/64", "--address", "10.77.0.9/24", "--gateway", "fe80::1");
    expect(
      [given.address, given.address6, given.host, given.host6].map((one) => `${one?.address}`),
    ).to.deep.equal(["10.77.0.9", "fd77::2", "10.77.0.1", "fd77::1"]);
    expect(String(given.gateway6)).to.equal("fe80::1");
    expect(String(options("--address", "fd77::1/64").host6?.address)).to.equal("fd77::2");
    expect(String(options("--host", "fd77::9/64").address6?.address)).to.equal("fd77::1");
  });

  it("give way to a call for help", () => {
    expect(readServeOptions(["-h", "--quiet"])).to.equal("help");
  });

  const mistakes: readonly string[] = [
    "--nonsense",
    "extra",
    "--mtu",
    "--mtu 10",
    "--mtu 1500x",
    "--mtu 70000",
    "--batching many",
    "--address 10.77.0.2",
    "--address 10.77.0.2/33",
    "--address 10.77.0.0/24",
    "--address 10.77.0.255/24",
    "--address 224.0.0.1/24",
    "--address 127.0.0.1/8",
    "--address 10.77.0.1/24",
    "--address 10.78.0.2/24",
    "--host 10.77.0.129/25",
    "--host 10.77.0.300/24",
    "--gateway router",
    "--gateway fd77::x",
    "--address fd77::2",
    "--address fd77::2/127",
    "--address ff02::1/64",
    "--address ::1/64",
    "--address ::/64",
    "--address ::ffff:10.0.0.1/64",
    "--address fd77::2/64 --address fd78::2/64",
    "--address fd77::2/64 --host fd77::2/64",
    "--address fd77::2/64 --host fd78::1/64",
    "--mac 01:00:00:00:00:01",
    "--mac 00:00:00:00:00:00",
    "--mac 02:00",
    "--seed -1",
    "--record a --secret b",
    "--seed 4294967296",
    "--control 0",
    "--control 80",
    "--tap a/b",
    "--tap sixteen-letters-",
    "--tap tap%d",
    "--impair loss",
    "--impair loss=200%",
  ];
  for (const mistake of mistakes) {
    it(`refuse ${mistake} in one line`, () => {
      expect(() => readServeOptions(mistake.split(" ")))
        .to.throw(UsageError)
        .with.property("message")
        .that.matches(/^[^\n]+$/);
    });
  }
});
