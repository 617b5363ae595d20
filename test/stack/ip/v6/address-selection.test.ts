/** RFC 6724: the examples of its sections 10.1 and 10.2, and what they leave out. */
import { expect } from "chai";
import { type AddressState, type IpAddress, parseIp, sortDestinations } from "../../../../src/stack/index.ts";
import { chooseSource } from "../../../../src/stack/ip/v6/address-selection.ts";
import { address } from "../../../support/wire-rig.ts";

const own = (text: string, state: AddressState = "preferred", temporary = false, prefixLength = 64) => ({
  address: address(text),
  prefixLength,
  state,
  temporary,
  routers: [] as readonly IpAddress[],
});

describe("the source address (RFC 6724 §10.1)", () => {
  for (const [destination, candidates, expected] of [
    ["2001:db8:1::1", ["2001:db8:3::1", "fe80::1"], "2001:db8:3::1"], // rule 2
    ["ff05::1", ["2001:db8:3::1", "fe80::1"], "2001:db8:3::1"],
    ["2001:db8:1::1", ["2001:db8:1::1", "2001:db8:2::1"], "2001:db8:1::1"], // rule 1
    ["fe80::1", ["fe80::2", "2001:db8:1::1"], "fe80::2"],
    ["2001:db8:1::1", ["2001:db8:1::2", "2001:db8:3::2"], "2001:db8:1::2"], // rule 8
    [
      "2002:c633:6401::1",
      ["2002:c633:6401:0:d5e3:7953:13eb:22e8", "2001:db8:1::2"],
      "2002:c633:6401:0:d5e3:7953:13eb:22e8",
    ], // rule 6
    ["fd00::1", ["2001:db8::1", "fd99::1"], "fd99::1"],
    ["ff02::1", ["2001:db8::1", "fe80::5"], "fe80::5"],
  ] as const) {
    it(`for ${destination} among ${candidates.join(", ")} is ${expected}`, () => {
      for (const order of [candidates, [...candidates].reverse()]) {
        const chosen = chooseSource(
          order.map((text) => own(text)),
          address(destination),
        );
        expect(`${chosen}`).to.equal(expected);
      }
    });
  }

  it("has the prefix of the router that it goes through (rule 5.5), if that tells them apart", () => {
    const routers = ["fe80::1", "fe80::2"].map(address);
    const candidates = [
      { ...own("2001:db8:1::2"), routers: routers.slice(0, 1) },
      { ...own("2001:db8:2::2"), routers: routers.slice(1) },
    ];
    const far = address("2001:db8:2:9::9"); // of which rule 8 would choose the second
    expect(routers.map((gateway) => `${chooseSource(candidates, far, gateway)}`)).to.deep.equal([
      "2001:db8:1::2",
      "2001:db8:2::2",
    ]);
    expect(`${chooseSource(candidates, far)}`).to.equal("2001:db8:2::2");
    const old = { ...own("2001:db8:1::2", "deprecated"), routers: routers.slice(0, 1) };
    expect(`${chooseSource([old, own("2001:db8:2::2")], far, routers[0])}`, "rule 3 first").to.equal(
      "2001:db8:2::2",
    );
  });

  it("is not deprecated if another will do (rule 3), temporary if there is one (rule 7), and never tentative", () => {
    const to = address("2001:db8:9::1");
    const all = [
      own("2001:db8:1::1"),
      own("2001:db8:1::2", "preferred", true),
      own("2001:db8:1::3", "deprecated", true),
    ];
    expect(`${chooseSource(all, to)}`).to.equal("2001:db8:1::2");
    expect(`${chooseSource([own("2001:db8:1::3", "deprecated")], to)}`).to.equal("2001:db8:1::3");
    expect(chooseSource([own("2001:db8:1::4", "tentative"), own("2001:db8:1::5", "duplicate")], to)).to.equal(
      undefined,
    );
    expect(chooseSource([own("10.0.0.1")], to)).to.equal(undefined);
  });
});

describe("the order of destinations (RFC 6724 §10.2)", () => {
  const sorted = (...choices: readonly (readonly [string, string?, boolean?])[]): string[] =>
    sortDestinations(
      choices.map(([destination, source, deprecated]) => ({
        destination: parseIp(destination) as IpAddress,
        source: source === undefined ? undefined : parseIp(source),
        deprecated: deprecated ?? false,
      })),
    ).map((one) => `${one.destination}`);

  for (const [rule, choices, expected] of [
    ["1: what can be reached", [["2001:db8:1::1"], ["198.51.100.121", "198.51.100.117"]], "198.51.100.121"],
    [
      "2: matching scope",
      [
        ["2001:db8:1::1", "fe80::1"],
        ["198.51.100.121", "198.51.100.117"],
      ],
      "198.51.100.121",
    ],
    [
      "2: matching scope",
      [
        ["198.51.100.121", "169.254.13.78"],
        ["2001:db8:1::1", "2001:db8:1::2"],
      ],
      "2001:db8:1::1",
    ],
    [
      "6: precedence",
      [
        ["10.1.2.3", "10.1.2.4"],
        ["2001:db8:1::1", "2001:db8:1::2"],
      ],
      "2001:db8:1::1",
    ],
    [
      "8: smaller scope",
      [
        ["2001:db8:1::1", "2001:db8:1::2"],
        ["fe80::1", "fe80::2"],
      ],
      "fe80::1",
    ],
    [
      "3: not deprecated",
      [
        ["2001:db8:1::1", "2001:db8:1::2", true],
        ["2001:db8:2::1", "2001:db8:3::2"],
      ],
      "2001:db8:2::1",
    ],
    [
      "9: longest prefix",
      [
        ["2001:db8:3ffe::1", "2001:db8:3f44::2"],
        ["2001:db8:1::1", "2001:db8:1::2"],
      ],
      "2001:db8:1::1",
    ],
    [
      "5: matching label",
      [
        ["2001:db8:1::1", "2002:c633:6401::2"],
        ["2002:c633:6401::1", "2002:c633:6401::2"],
      ],
      "2002:c633:6401::1",
    ],
  ] as const) {
    it(`by rule ${rule}`, () => expect(sorted(...choices)[0]).to.equal(expected));
  }

  it("stays as it was where no rule decides", () => {
    expect(sorted(["10.0.0.2", "10.0.0.1"], ["10.0.0.3", "10.0.0.1"])).to.deep.equal([
      "10.0.0.2",
      "10.0.0.3",
    ]);
  });
});
