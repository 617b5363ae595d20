/** The rules of docs/architecture.md that neither the compiler nor the linter can check. */
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect } from "chai";

/** What every room of the stack stands on. */
const GROUND: readonly string[] = ["src/stack/base", "src/stack/wire", "src/stack/contract"];

/** The one table of what ICMP errors mean to endpoints. */
const CAUSES = "src/stack/icmp/causes.ts";

/** Text as octets, which ECMAScript has no codec for. */
const UTF8 = "src/stack/base/utf8.ts";

/** The texts of reasons, which the stack does not carry with it. */
const REASONS = "src/stack/reasons.ts";

/**
 * Who may import whom: for each folder of src/, the folders and files that its files may import, besides
 * the folder itself. The longest folder that a file is in decides.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "src/stack/base": [],
  "src/stack/wire": ["src/stack/base"],
  "src/stack/contract": ["src/stack/base"],
  "src/stack/demux": GROUND,
  "src/stack/core": [
    ...GROUND,
    "src/stack/interface",
    "src/stack/ip/family.ts",
    "src/stack/ip/routing-policy.ts",
    "src/stack/ip/routing-table.ts",
  ],
  "src/stack/forward": [...GROUND, "src/stack/ip/offload.ts", "src/stack/ip/routing-policy.ts"],
  "src/stack/track": [...GROUND, "src/stack/demux/flow-table.ts", "src/stack/forward"],
  "src/stack/nat": [...GROUND, "src/stack/forward", "src/stack/track"],
  "src/stack/rules": [...GROUND, "src/stack/forward", "src/stack/track", "src/stack/nat"],
  "src/stack/interface": GROUND,
  "src/stack/ip": [...GROUND, "src/stack/interface"],
  "src/stack/ip/v4": [...GROUND, "src/stack/interface", "src/stack/ip", "src/stack/icmp", "src/stack/igmp"],
  "src/stack/ip/v6": [
    ...GROUND,
    "src/stack/interface",
    "src/stack/ip",
    "src/stack/icmp",
    "src/stack/multicast",
  ],
  "src/stack/icmp": [...GROUND, "src/stack/ip/mtu-plateaus.ts"],
  "src/stack/igmp": [...GROUND, "src/stack/multicast"],
  "src/stack/multicast": GROUND,
  "src/stack/datagram": [...GROUND, CAUSES, "src/stack/multicast"],
  "src/stack/raw": [...GROUND, "src/stack/datagram", CAUSES, "src/stack/icmp/echo-service.ts"],
  "src/stack/udp": [...GROUND, "src/stack/datagram", "src/stack/demux", CAUSES],
  "src/stack/tcp": [...GROUND, "src/stack/demux", "src/stack/tcp"],
  "src/stack/tcp/congestion": GROUND,
  "src/stack/tcp/connection": [...GROUND, "src/stack/demux", ...tcp("congestion")],
  "src/stack/tcp/demux": [...GROUND, "src/stack/demux"],
  "src/stack/tcp/receive": [...GROUND, ...tcp("connection")],
  "src/stack/tcp/recovery": [...GROUND, ...tcp("connection", "congestion")],
  "src/stack/tcp/send": [...GROUND, ...tcp("connection", "receive", "recovery")],
  "src/stack/tcp/end": [
    ...GROUND,
    CAUSES,
    "src/stack/demux",
    ...tcp("connection", "demux", "recovery", "send"),
  ],
  "src/stack/tcp/arrives": [...GROUND, ...tcp("connection", "receive", "recovery", "send", "end")],
  "src/stack/tcp/open": [
    ...GROUND,
    "src/stack/demux",
    ...tcp("connection", "demux", "receive", "send", "arrives"),
  ],
  "src/stack/tcp/user": [
    ...GROUND,
    "src/stack/demux",
    ...tcp("connection", "receive", "send", "arrives", "end", "open"),
  ],
  "src/stack": ["src/stack"],
  "src/api": ["src/stack/index.ts", UTF8],
  "src/services": ["src/stack/index.ts", UTF8],
  "src/drivers": ["src/stack/index.ts"],
  "src/drivers/observe": ["src/stack/index.ts", REASONS, UTF8, "src/events"],
  "src/events": ["src/stack/index.ts"],
  "src/record": ["src/stack/index.ts", REASONS, "src/drivers/observe"],
  "src/explain": ["src/stack/index.ts", REASONS, "src/events"],
  "src/drivers/browser": ["src/stack/index.ts", "src/drivers"],
  "src/drivers/node": ["src/stack/index.ts", "src/drivers", "node:"],
  "src/node": [
    "src/stack/index.ts",
    "src/stack/base/index.ts",
    "src/api/index.ts",
    "src/drivers/node/index.ts",
    "src/drivers/node/own-timers.ts",
    "node:",
  ],
  "src/lab": ["src/stack/index.ts", "src/api", "src/drivers", "src/events"],
  "src/cli": ["src", "node:", "ws"],
  // It uses the package as everybody does, by name, and what a page needs.
  "src/page": ["tapstack", "uplot", "codemirror", "@codemirror", "@lezer", "sucrase", "vite", "node:"],
  "src/scripts": ["src/scripts", "src/stack/index.ts", "src/api/index.ts", "src/drivers", "node:"],
  // Reads scripts, and knows of nothing that they are run against.
  "src/scripts/language": [],
  // Runs them against any target, without time, chance or files of its own.
  "src/scripts/run": ["src/scripts/language", "src/api/index.ts"],
  "src/scripts/stack": ["src/scripts/run", "src/stack/index.ts", REASONS, "src/api/index.ts", "src/drivers"],
  "src/scripts/linux": ["src/scripts/run", "node:"],
  // The thread of a program knows handles and addresses, and nothing of the world that it is in.
  "src/simulate/channel": ["src/stack/index.ts"],
  "src/simulate/kernel": ["src/stack/index.ts", "src/simulate/channel/index.ts", "node:"],
  "src/simulate/program": [
    "src/stack/index.ts",
    "src/stack/base/index.ts",
    "src/node/handles.ts",
    "src/drivers/node/own-timers.ts",
    "src/simulate/channel/index.ts",
    "node:",
  ],
  "src/simulate/network": ["src/stack/index.ts", "src/drivers"],
  "src/simulate": [
    "src/stack/index.ts",
    "src/lab/index.ts",
    "src/node/index.ts",
    "src/drivers",
    "src/simulate/channel/index.ts",
    "src/simulate/kernel/index.ts",
    "src/simulate/network/index.ts",
    "node:",
  ],
};

/** Rooms of TCP. */
function tcp(...rooms: readonly string[]): readonly string[] {
  return rooms.map((room) => `src/stack/tcp/${room}`);
}

/** What would make a run depend on the machine that it runs on. The compiler bans most; these are in ECMAScript itself. */
const AMBIENT =
  /\b(?:Date\.now|new Date\b|Date\(|Math\.random|performance\.|setTimeout|setInterval|setImmediate|queueMicrotask|process\.|globalThis|WeakRef|FinalizationRegistry|Intl\.|toLocale\w*)/;
const DETERMINISTIC = [
  "src/stack/",
  "src/api/",
  "src/services/",
  "src/lab/",
  "src/drivers/memory/",
  "src/drivers/simulation/",
  "src/drivers/observe/",
  "src/scripts/language/",
  "src/scripts/run/",
  "src/scripts/stack/",
  "src/events/",
  "src/record/",
  "src/explain/",
];

/** TCP and UDP run over either family without knowing which. */
const FAMILY = /\bipv[46]\b|IPV[46]_|\bIPv6\b|\.family\b|\bformatIpv4\b|\bparseIpv4\b/i;
/** The same by number: default MSS, largest datagrams, EtherTypes, a part of an address. */
const FAMILY_BY_NUMBER = /\b(?:536|1220|65_?507|65_?515|0x0?800|0x86dd)\b|\.word[0-3]\b/i;

/** A field of a header, read or written at an offset. */
const FIELD_ACCESS = /\.(?:get|set)(?:Big)?(?:Int|Uint|Float)\d+\(/;
/** What is hashed there is no header, and goes over no wire. */
const HASHED: readonly string[] = [
  "src/stack/ip/v6/interface-identifiers.ts",
  "src/stack/tcp/open/flow-secret.ts",
];

/** Files that read and write octets of a format that is none of the stack's, and which. */
const CODECS: ReadonlyMap<string, string> = new Map([
  ["src/drivers/link/vxlan-header.ts", "VXLAN, RFC 7348"],
  ["src/drivers/memory/bpdu.ts", "BPDUs of IEEE 802.1D"],
  ["src/drivers/node/rtnetlink.ts", "the kernel's rtnetlink"],
  ["src/drivers/node/tap.ts", "the kernel's ioctls"],
  ["src/drivers/node/vnet-header.ts", "the header of virtio"],
  ["src/drivers/observe/as-pcap.ts", "pcap, written"],
  ["src/drivers/observe/capture-reader.ts", "which of pcap and pcapng it is"],
  ["src/drivers/observe/pcap.ts", "pcap, written while frames pass"],
  ["src/drivers/observe/pcapng/block-writer.ts", "pcapng: blocks, written"],
  ["src/drivers/observe/pcapng/pcapng-reader.ts", "pcapng, read"],
  ["src/drivers/observe/pcapng/pcapng-writer.ts", "pcapng, written"],
  ["src/drivers/observe/read-pcap.ts", "pcap, read"],
  ["src/events/decode.ts", "records of events, read"],
  ["src/events/encode.ts", "records of events, written"],
  ["src/record/foreign/against-ours.ts", "segments of a capture, whose numbers are changed where they stand"],
  ["src/record/foreign/conversation.ts", "segments of a capture, and where their options stand"],
  ["src/scripts/run/wire.ts", "segments, as the judge reads them: with eyes of its own"],
  ["src/services/iperf3/control-connection.ts", "iperf3: lengths and states"],
  ["src/services/iperf3/server-session.ts", "iperf3: errors"],
  ["src/services/iperf3/udp-stream.ts", "iperf3: datagrams"],
  ["src/services/rip/messages.ts", "RIP, RFC 2453 and RFC 2080"],
]);

/** Names of files that stand in several folders, with what they are everywhere. */
const SAME_THING: ReadonlyMap<string, string> = new Map([
  ["addresses.ts", "addresses as text"],
  ["arp.ts", "ARP"],
  ["arrival.ts", "a datagram that has arrived, as transports see it"],
  ["black-hole.ts", "a black hole of path MTU discovery"],
  ["connection-table.ts", "all connections, and how they are found"],
  ["constants.ts", "the numbers of Linux"],
  ["counters.ts", "what is counted"],
  ["datagram.ts", "one datagram of IP"],
  ["disk.ts", "the disk of a simulated host"],
  ["ecn.ts", "explicit congestion notification"],
  ["error-queue.ts", "errors about datagrams that were sent"],
  ["errors.ts", "what calls fail with"],
  ["format.ts", "things as people read them"],
  ["fragments.ts", "fragments of a family of IP"],
  ["handshake.ts", "the three-way handshake of TCP"],
  ["host.ts", "a computer of a lab or a simulation"],
  ["icmp.ts", "ICMP"],
  ["icmpv6.ts", "ICMPv6"],
  ["igmp.ts", "IGMP"],
  ["index.ts", "what a folder shows to others"],
  ["ipv4.ts", "IPv4"],
  ["ipv6.ts", "IPv6"],
  ["lab.ts", "the Lab"],
  ["loss.ts", "loss of segments"],
  ["main.ts", "where a program begins"],
  ["martians.ts", "addresses that cannot be"],
  ["messages.ts", "messages of a protocol"],
  ["reassembly.ts", "fragments put together again"],
  ["register.ts", "what --import loads"],
  ["replay.ts", "a recorded run once more"],
  ["route-finder.ts", "finds routes of a family of IP"],
  ["route.ts", "a route"],
  ["script.ts", "packet scripts"],
  ["services.ts", "what the stack hands to its layers"],
  ["settings.ts", "settings, checked"],
  ["simulate.ts", "a simulation with many seeds"],
  ["slow-start.ts", "slow start"],
  ["tcp-info.ts", "TCP_INFO"],
  ["tcp-socket.ts", "a socket of TCP"],
  ["tcp.ts", "TCP"],
  ["tracing.ts", "what a tracer is told"],
  ["transport.ts", "the protocols above IP"],
  ["udp-socket.ts", "a socket of UDP"],
  ["udp.ts", "UDP"],
  ["why.ts", "why something was done"],
]);

const MAX_LINES = 400;

/** What is exported where it is declared. */
const DECLARATION =
  /^export (?:declare )?(?:abstract )?(?:async )?(class|function\*?|const|let|interface|type|namespace) (\w+)/;

/** A comment, and the name of what is declared behind it. */
const DOCUMENTED =
  /\/\*\*((?:(?!\*\/)[\s\S])*?)\*\/\nexport (?:declare )?(?:abstract )?(?:async )?(?:class|function\*?|const|let|interface|type|namespace) (\w+)/g;
/** How a comment begins that says nothing without the one before it, or nothing but where to read. */
const LEANING =
  /^(?:One of them|All of them|The same\b|Those\b|Them\b|The others?\b|The largest of them|(?:RFC \d+(?: §[\d.]+)?[,;. ]*)+$|\w+\(\d\)[^a-z]*$|Of (?:the|all)\b|\w+ such\b|Another\b|Likewise|By the names|Whether it\b|Also\b|And\b|What came of it|It\b|Its\b|Their\b|As above|Other names)/;

/** A getter: its name, and what it does. */
const GETTER = /^ {2}(?:(?:static|override|protected) )*get (\w+)\([^)]*\)[^{\n]*\{\n([\s\S]*?)\n {2}\}\n/gm;
/** An assignment to a property, or a call that puts something somewhere. */
const CHANGES =
  /\.[#\w]+\s*(?:=(?![=>])|\+=|-=|\+\+|--|\?\?=|\|\|=|\|=)|\.(?:push|pop|shift|delete|set|clear|note\w*)\(/;
/** Getters that make at the first look what they then give, and one whose effect is Node's. */
const LAZY: ReadonlyMap<string, string> = new Map([
  ["src/lab/host.ts: sockets", "the socket calls of the host, of which most have no use"],
  ["src/node/stream-handle.ts: isStreamBase", "Node reads it just before C++ takes the handle over"],
  ["src/stack/tcp/demux/connection-table.ts: portUse", "sets of ports, once somebody connects by port 0"],
]);

/** A setter: its name, and what it does. */
const SETTER = /^ {2}(?:(?:static|override|protected) )*set (\w+)\([^)]*\) \{\n([\s\S]*?)\n {2}\}\n/gm;
/** A call, or an assignment to a property of another object than `this`. */
const REACHES_OUT = /[\w>]\(|(?:\w+\.){2,}#?\w+\s*[-+]?=(?!=)|\b(?!this\.)\w+\.#?\w+\s*[-+]?=(?!=)/;
/** Setters that reach further than their own object, and why each does. */
const REACHING: readonly (readonly [setter: string, why: string])[] = [
  ["src/api/unix/unix-stream.ts: sendBuffer", "the socket has no state: its endpoint is it"],
  ["src/api/unix/unix-stream.ts: passCredentials", "the same"],
  ["src/node/stream-handle.ts: onread", "a property of Node's, which C++ must hear of"],
  ["src/node/udp-handle.ts: owner", "a property of Node's, kept outside of the handle"],
  ["src/stack/bare-stack.ts: turns", "the face of the entry's"],
  ["src/stack/core/entry.ts: turns", "who drove the stack before no longer waits for it"],
];

interface Source {
  readonly path: string;
  readonly text: string;
  /** Without comments; what is in strings stays. */
  readonly code: string;
}

const sources: readonly Source[] = readdirSync("src", { recursive: true, encoding: "utf8" })
  .map((name) => `src/${name.replaceAll("\\", "/")}`)
  .filter((path) => path.endsWith(".ts"))
  .sort()
  .map((path) => {
    const text = readFileSync(path, "utf8");
    return { path, text, code: withoutComments(text) };
  });

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[\s;{}(),])\/\/.*$/gm, "$1");
}

/** What `source` imports: paths from the root of the repository, `node:` modules, packages. */
function imports(source: Source): readonly string[] {
  return [...source.code.matchAll(/(?:\bfrom\s+|\bimport\s+|\bimport\()"([^"]+)"/g)].map(
    ([, specifier = ""]) =>
      specifier.startsWith(".") ? posix.join(posix.dirname(source.path), specifier) : specifier,
  );
}

function homeOf(path: string): string {
  const homes = Object.keys(MAY_IMPORT).filter((folder) => path.startsWith(`${folder}/`));
  return homes.sort((a, b) => b.length - a.length)[0] ?? "";
}

function allows(rule: string, target: string): boolean {
  if (rule === "node:") return target.startsWith("node:");
  return target === rule || target.startsWith(`${rule}/`);
}

function offences(check: (source: Source) => readonly string[]): readonly string[] {
  return sources.flatMap((source) => check(source).map((offence) => `${source.path}: ${offence}`));
}

/** Which files can be reached from themselves, each group that can reach one another in a line. */
function cycles(targets: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const reached = new Map([...targets.keys()].map((path) => [path, reachable(path, targets)]));
  const groups = new Set<string>();
  for (const [path, from] of reached) {
    if (!from.has(path)) continue;
    groups.add(
      [...from]
        .filter((other) => reached.get(other)?.has(path) === true)
        .sort()
        .join(" "),
    );
  }
  return [...groups].sort();
}

function reachable(start: string, targets: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [...(targets.get(start) ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    waiting.push(...(targets.get(next) ?? []));
  }
  return found;
}

describe("architecture", () => {
  it("has a rule for every file, and a file for every rule", () => {
    expect(sources.length).to.be.greaterThan(30);
    expect(sources.map((source) => source.path).filter((path) => homeOf(path) === "")).to.deep.equal([]);
    const homes = new Set(sources.map((source) => homeOf(source.path)));
    expect([...homes].sort()).to.deep.equal(Object.keys(MAY_IMPORT).sort());
  });

  it("says in docs/architecture.md what it checks", () => {
    const rows = [...readFileSync("docs/architecture.md", "utf8").matchAll(/^(src\/\S+) +→ (.+)$/gm)];
    const told = new Map(rows.map(([, folder = "", beneath = ""]) => [folder, beneath]));
    const rules = Object.entries(MAY_IMPORT).filter(([folder]) => !folder.startsWith("src/stack"));
    const checked = rules.map(([folder, beneath]) => [folder, beneath.join(", ") || "nothing"] as const);
    expect([...told]).to.deep.equal(checked);
  });

  it("lets a folder import only what stands beneath it", () => {
    const found = offences((source) => {
      const home = homeOf(source.path);
      const rules = MAY_IMPORT[home] ?? [];
      return imports(source)
        .filter((target) => target !== "koffi" && homeOf(target) !== home)
        .filter((target) => !rules.some((rule) => allows(rule, target)))
        .map((target) => `imports ${target}`);
    });
    expect(found).to.deep.equal([]);
  });

  it("has no cycle of files, type imports included", () => {
    const targets = new Map(sources.map((source) => [source.path, imports(source)]));
    expect(cycles(targets)).to.deep.equal([]);
    // And it would see one: of a file with itself, and of three in a row beside a file that is in none.
    const ring = new Map([
      ["a", ["b"]],
      ["b", ["c", "d"]],
      ["c", ["a"]],
      ["d", []],
      ["e", ["e", "a"]],
    ]);
    expect(cycles(ring)).to.deep.equal(["a b c", "e"]);
  });

  it("lets only the TAP driver, the page and what serves pages use a package", () => {
    const found = offences((source) =>
      imports(source).filter(
        (target) =>
          !/^(?:src\/|node:)/.test(target) &&
          !/^src\/(?:drivers\/node\/|page\/|cli\/page-sockets)/.test(source.path),
      ),
    );
    expect(found).to.deep.equal([]);
  });

  it("lets the deterministic core ask nothing of the machine", () => {
    const found = offences((source) => {
      if (!DETERMINISTIC.some((folder) => source.path.startsWith(folder))) return [];
      return source.code.match(new RegExp(AMBIENT, "g")) ?? [];
    });
    expect(found).to.deep.equal([]);
  });

  it("lets sockets of Node take their turn from no clock or queue that a test framework may replace", () => {
    const found = offences((source) => {
      if (!/^src\/(?:drivers\/)?node\//.test(source.path) || source.path.endsWith("/own-timers.ts"))
        return [];
      return source.code.match(/\bprocess\.(?:nextTick|hrtime|uptime)\b|\bAbortSignal\.timeout\b/g) ?? [];
    });
    expect(found).to.deep.equal([]);
  });

  it("lets TCP and UDP name no family of addresses", () => {
    const found = offences((source) => {
      if (!/^src\/stack\/(?:tcp|udp)\//.test(source.path)) return [];
      return [FAMILY, FAMILY_BY_NUMBER].flatMap((names) => source.code.match(new RegExp(names, "gi")) ?? []);
    });
    expect(found).to.deep.equal([]);
  });

  it("lets only wire/ know where in a header a field is, and of other formats one codec each", () => {
    expect("packet.view.getUint16(packet.start + 6)").to.match(FIELD_ACCESS);
    const knowing = sources.filter(({ code }) => FIELD_ACCESS.test(code)).map(({ path }) => path);
    const beside = knowing.filter(
      (path) => !/^src\/stack\/(?:wire|base)\//.test(path) && !HASHED.includes(path),
    );
    expect(beside).to.deep.equal([...CODECS.keys()].sort());
  });

  it(`keeps every file within ${MAX_LINES} lines`, () => {
    const found = offences(({ text }) => {
      const lines = text.split("\n").length - 1;
      return lines > MAX_LINES ? [`${lines} lines`] : [];
    });
    expect(found).to.deep.equal([]);
  });

  it("gives every exported declaration a comment that an editor shows", () => {
    const found = offences(({ text }) => {
      const lines = text
        .replace(/`(?:\\.|[^`\\])*`/gs, (literal) => literal.replace(/[^\n]/g, " "))
        .split("\n");
      return lines.flatMap((line, index) => {
        const [, kind, name] = DECLARATION.exec(line) ?? [];
        // An overload, or the type that goes with a constant of its name, is told of there.
        const isMore = (before: string): boolean =>
          before.startsWith(`export function ${name}(`) ||
          (kind === "type" && before.startsWith(`export const ${name} `));
        if (kind === undefined || /\*\/$/.test(lines[index - 1]?.trim() ?? "")) return [];
        return lines.slice(0, index).some(isMore) ? [] : [`${kind} ${name} (line ${index + 1})`];
      });
    });
    expect(found).to.deep.equal([]);
  });

  it("comments each so that it can be read alone, where an editor shows nothing else", () => {
    const found = offences(({ text }) =>
      [...text.matchAll(DOCUMENTED)].flatMap(([, comment = "", name = ""]) => {
        const said = comment.replace(/\s*\n\s*\* ?/g, " ").trim();
        const isName = said.replace(/\W/g, "").toLowerCase() === name.toLowerCase();
        return isName || LEANING.test(said) ? [`${name}: ${said}`] : [];
      }),
    );
    expect(found).to.deep.equal([]);
  });

  it("lets no getter change anything, so that who looks does not alter what others see", () => {
    const changing = offences(({ code }) =>
      [...code.matchAll(GETTER)].filter(([, , body = ""]) => CHANGES.test(body)).map(([, name = ""]) => name),
    );
    expect(changing).to.deep.equal([...LAZY.keys()]);
    // And it would see one.
    const bad = "  get next(): number {\n    return this.#count++;\n  }\n";
    expect([...bad.matchAll(GETTER)].map(([, , body = ""]) => CHANGES.test(body))).to.deep.equal([true]);
  });

  it("lets no setter reach further than its own object, since an assignment does not look like a call", () => {
    const reaching = offences(({ code }) =>
      [...code.matchAll(SETTER)]
        .filter(([, , body = ""]) => REACHES_OUT.test(body))
        .map(([, name = ""]) => name),
    );
    expect(reaching).to.deep.equal(REACHING.map(([setter]) => setter));
    // And it would see each kind, and let one pass that changes its own object alone.
    const does = (body: string): string => `  set open(open: boolean) {\n    ${body}\n  }\n`;
    const seen = [
      "this.#tell(open);",
      "for (const gate of this.gates) gate.open = open;",
      "if (open !== this.#open) this.queue.awaited += 1;",
      "if (open === this.#open) this.#open = open;",
    ].map((body) => [...does(body).matchAll(SETTER)].map(([, , text = ""]) => REACHES_OUT.test(text)));
    expect(seen).to.deep.equal([[true], [true], [true], [false]]);
  });

  it("has no name of a file for two things", () => {
    const homes = new Map<string, string[]>();
    for (const { path } of sources) {
      const name = posix.basename(path);
      homes.set(name, [...(homes.get(name) ?? []), posix.dirname(path)]);
    }
    const shared = [...homes].filter(([, folders]) => folders.length > 1).map(([name]) => name);
    expect(shared.filter((name) => !SAME_THING.has(name))).to.deep.equal([]);
    expect([...SAME_THING.keys()].filter((name) => !shared.includes(name))).to.deep.equal([]);
  });

  it("begins every file with what it is about", () => {
    const found = offences(({ path, text }) =>
      /^(?:#!.*\n)?(?:import [^;]+;\n+)*(?:export [^/]*;\n+)*\/(?:\*\*|\/)/.test(text) ||
      path.endsWith("/index.ts")
        ? []
        : ["no comment at its head"],
    );
    expect(found).to.deep.equal([]);
  });
});
