/** Rules: what is read, what is refused and where, and how they are shown. */
import { expect } from "chai";
import { RuleError, type Ruleset } from "../../../src/stack/index.ts";
import { formatRules } from "../../../src/stack/rules/format.ts";
import { parseRules } from "../../../src/stack/rules/parse.ts";

/** What is wrong; "" if nothing is. */
function problem(rules: unknown): string {
  try {
    parseRules(rules as Ruleset);
    return "";
  } catch (error) {
    if (error instanceof RuleError) return error.message;
    throw error;
  }
}

const one = (rule: object): unknown => ({ forward: { rules: [{ do: "accept" }, { do: "drop", ...rule }] } });
const nat = (rule: object): unknown => ({ nat: [rule] });

describe("rules that cannot be", () => {
  const cases: readonly (readonly [string, unknown, string])[] = [
    ["nothing", null, "null is no object"],
    [
      "a chain that there is not",
      { forwards: {} },
      'forwards: there is no "forwards"; there are prerouting, input',
    ],
    ["a policy", { input: { policy: "deny" } }, 'input.policy: it is "deny"; there are accept, drop'],
    ["a list that is none", { input: { rules: {} } }, "input.rules: {} is no list"],
    [
      "a misspelt match",
      one({ sport: 1 }),
      'forward.rules[1].sport: there is no "sport"; there are in, out, source',
    ],
    ["no verdict", { input: { rules: [{}] } }, 'input.rules[0]: "do" is missing'],
    [
      "a port too large",
      one({ protocol: "tcp", sourcePort: 65_536 }),
      "forward.rules[1].sourcePort: it is 65536; it must be a whole number from 0 to 65535",
    ],
    [
      "a range the wrong way",
      one({ protocol: "udp", destinationPort: ["1-2", "9-8"] }),
      'forward.rules[1].destinationPort[1]: "9-8" is no port',
    ],
    ["ports of nothing", one({ sourcePort: 1 }), "forward.rules[1].sourcePort: ports are of TCP or UDP"],
    [
      "an address",
      one({ source: "10.0.0" }),
      'forward.rules[1].source: "10.0.0" is no address, nor a prefix',
    ],
    [
      "a long prefix",
      one({ source: "10.0.0.0/33" }),
      'forward.rules[1].source: "10.0.0.0/33": a prefix has at most 32 bits',
    ],
    [
      "bits behind a prefix",
      one({ source: ["!10.0.0.1/8"] }),
      'forward.rules[1].source[0]: "!10.0.0.1/8": behind its 8 bits',
    ],
    [
      "a protocol",
      one({ protocol: "toString" }),
      'forward.rules[1].protocol: it is "toString"; there are tcp, udp',
    ],
    [
      "a state",
      one({ state: ["established", "old"] }),
      'forward.rules[1].state[1]: it is "old"; there are new, established',
    ],
    ["a mark without its number", one({ do: "mark" }), 'forward.rules[1]: "set" is missing'],
    [
      "a reset of what has none",
      one({ do: "reject", with: "tcp-reset" }),
      'forward.rules[1].with: only TCP has resets: the rule needs "protocol": "tcp"',
    ],
    [
      "an unknown word",
      one({ do: "reject", with: "no" }),
      'forward.rules[1].with: it is "no"; there are prohibited, network-prohibited',
    ],
    [
      "a word to nobody",
      one({ with: "port" }),
      "forward.rules[1].with: only reject tells the sender anything",
    ],
    ["a translation to nowhere", nat({ do: "snat" }), 'nat[0]: "to" is missing'],
    [
      "a masquerade to somewhere",
      nat({ do: "masquerade", to: "10.0.0.1" }),
      'nat[0].to: masquerade needs no "to"',
    ],
    [
      "a behaviour",
      nat({ do: "masquerade", behaviour: "cone" }),
      'nat[0].behaviour: it is "cone"; there are home-router',
    ],
    [
      "a mapping",
      nat({ do: "masquerade", behaviour: { mapping: "none" } }),
      'nat[0].behaviour.mapping: it is "none"; there are endpoint-independent',
    ],
    [
      "a way out before the route",
      nat({ do: "dnat", out: "eth0", to: "10.0.0.1" }),
      "nat[0].out: before it is routed",
    ],
    ["a port of all protocols", nat({ do: "dnat", to: "10.0.0.1:80" }), "nat[0].to: ports are of TCP or UDP"],
    [
      "a time",
      { track: { timeouts: { udp: "5 minutes" } } },
      'track.timeouts.udp: "5 minutes" is no time as',
    ],
    ["a time of nothing", { track: { timeouts: { sctp: "5m" } } }, 'track.timeouts.sctp: there is no "sctp"'],
  ];
  for (const [title, rules, message] of cases) {
    it(`are refused with their place: ${title}`, () => {
      expect(problem(rules).slice(0, message.length)).to.equal(message);
    });
  }

  it("are refused with line and column, where they are text", () => {
    const text =
      '{\n  "forward": {\n    "rules": [\n      { "comment": "a \\"{", "do": "accept" },\n      { "do": "accept", "source": "10.0.0" }\n    ]\n  }\n}';
    expect(problem(text)).to.match(
      /^line 5, column 35: forward\.rules\[1\]\.source: "10\.0\.0" is no address/,
    );
    expect(problem('{\n "forward": {},\n}')).to.match(/^line 3, column 1: /);
    expect(problem('{ "forward": ')).to.match(/^line 1, column 14: /);
  });
});

describe("rules", () => {
  it("can be read as nft would list them", () => {
    const rules = parseRules({
      input: {
        policy: "drop",
        rules: [
          { state: ["established", "related"], do: "accept" },
          { protocol: "icmp", do: "accept" },
        ],
      },
      forward: {
        rules: [
          {
            in: "lan*",
            source: ["10.0.0.0/8", "!10.9.0.0/16"],
            protocol: "tcp",
            destinationPort: [80, "8000-8080"],
            do: "mark",
            set: 7,
          },
          { mark: 7, do: "reject", with: "port", comment: "no web" },
        ],
      },
      nat: [
        { do: "dnat", in: "wan", protocol: "tcp", destinationPort: 8080, to: "10.0.0.5:80" },
        { do: "masquerade", out: "wan", behaviour: "symmetric" },
        { do: "snat", out: "wan2", to: "192.0.2.1", behaviour: { mapping: "address-dependent" } },
      ],
    });
    expect(formatRules(rules).split("\n")).to.deep.equal([
      "table inet filter {",
      "\tchain input {",
      "\t\ttype filter hook input priority 0; policy drop;",
      "\t\tct state established,related counter packets 0 bytes 0 accept",
      "\t\tmeta l4proto icmp counter packets 0 bytes 0 accept",
      "\t}",
      "\tchain forward {",
      "\t\ttype filter hook forward priority 0; policy accept;",
      '\t\tiifname "lan*" ip saddr { 10.0.0.0/8, != 10.9.0.0/16 } tcp dport { 80, 8000-8080 } counter packets 0 bytes 0 mark set 7',
      '\t\tmeta mark 7 counter packets 0 bytes 0 reject with port comment "no web"',
      "\t}",
      "}",
      "table inet nat {",
      "\tchain prerouting {",
      "\t\ttype nat hook prerouting priority -100; policy accept;",
      '\t\tiifname "wan" tcp dport 8080 counter packets 0 dnat to 10.0.0.5:80',
      "\t}",
      "\tchain postrouting {",
      "\t\ttype nat hook postrouting priority 100; policy accept;",
      '\t\toifname "wan" counter packets 0 masquerade # symmetric',
      '\t\toifname "wan2" counter packets 0 snat to 192.0.2.1 # mapping address-dependent, filtering address-and-port-dependent',
      "\t}",
      "}",
    ]);
  });
});
