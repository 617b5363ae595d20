import { expect } from "chai";
import { LINUX_PROFILE } from "../../../src/scripts/index.ts";
import { COLLECTION_DEFAULTS } from "../../../src/scripts/run/shell.ts";
import { settingsFor } from "../../../src/scripts/stack/sysctls.ts";
import { Stack, Xoshiro128 } from "../../../src/stack/index.ts";

const settings = (sysctls: Readonly<Record<string, string>>): ReturnType<typeof settingsFor> =>
  settingsFor(new Map(Object.entries(sysctls)), {});

describe("Linux's settings on our stack", () => {
  it("are constants and options of TCP", () => {
    expect(
      settings({ "net.ipv4.tcp_ecn": "1", "net.ipv4.tcp_sack": "0", "net.ipv4.tcp_fin_timeout": "5" }),
    ).to.deep.equal({
      config: { ecn: "active", sack: false },
      options: { linger2: 5_000_000 },
    });
    expect(settings({ "net.ipv4.tcp_rmem": "4096 540000 15728640" }).options).to.deep.equal({
      receiveBuffer: 15_728_640,
    });
    expect(settings({ "net.ipv4.tcp_congestion_control": "reno" }).options).to.deep.equal({
      congestion: "newreno",
    });
  });

  it("are without effect where there is no such thing, and refused by name where nobody knows", () => {
    expect(settings({ "net.ipv4.tcp_tso_win_divisor": "3" })).to.deep.equal({ config: {}, options: {} });
    expect(() => settings({ "net.ipv4.tcp_nothing": "1" })).to.throw(
      "net.ipv4.tcp_nothing has no counterpart",
    );
    expect(() => settings({ constructor: "1" })).to.throw("constructor has no counterpart");
  });

  it("make, with the profile and the collections' defaults, a stack that can be", () => {
    const tcp = settingsFor(new Map(Object.entries(COLLECTION_DEFAULTS)), LINUX_PROFILE);
    const clock = { now: () => 0 as never };
    expect(
      () => new Stack({ clock, random: new Xoshiro128(1), wakeAt: () => undefined, tcp }),
    ).not.to.throw();
  });
});
