/**
 * Who may have a port beside whom: two sockets, each bound to one of six kinds of address, with SO_REUSEADDR, SO_REUSEPORT
 * or neither, the first of them listening or not. All pairs, beside the kernel.
 */
import { expect } from "chai";
import { askLinux, hasLinux } from "./linux.ts";
import { runOurs } from "./ours.ts";
import { parseScript } from "./script.ts";

interface Kind {
  readonly family: string;
  readonly host: string;
  readonly only6?: boolean;
}

const KINDS: Readonly<Record<string, Kind>> = {
  "0.0.0.0": { family: "inet", host: "0.0.0.0" },
  "127.0.0.1": { family: "inet", host: "127.0.0.1" },
  "::": { family: "inet6", host: "[::]" },
  ":: of IPv6 only": { family: "inet6", host: "[::]", only6: true },
  "::1": { family: "inet6", host: "[::1]" },
  "::ffff:127.0.0.1": { family: "inet6", host: "[::ffff:127.0.0.1]" },
};

const SHARED: readonly string[] = ["", "SO_REUSEADDR", "SO_REUSEPORT"];

/** The lines that make a socket `name`, up to its bind. */
function made(name: string, { family, only6 }: Kind, style: string, shared: string): string[] {
  return [
    `${name} = socket ${family} ${style}`,
    ...(only6 === true ? [`setopt ${name} IPPROTO_IPV6.IPV6_V6ONLY 1`] : []),
    ...(shared === "" ? [] : [`setopt ${name} SOL_SOCKET.${shared} 1`]),
  ];
}

/** A script for each pair of options. */
function scripts(style: string, first: Kind, second: Kind): string[] {
  const all: string[] = [];
  for (const one of SHARED) {
    for (const other of SHARED) {
      for (const listens of style === "stream" ? [false, true] : [false]) {
        const lines = [...made("x", first, style, one), `bind x ${first.host}:0`];
        if (listens) lines.push("listen x 1");
        lines.push(...made("y", second, style, other), `bind y ${second.host}@x`);
        if (style === "stream") lines.push("listen y 1", "listen x 1");
        all.push(lines.join("\n"));
      }
    }
  }
  return all;
}

describe("two sockets at one port, compared with Linux", () => {
  before(function () {
    if (hasLinux()) return;
    console.log("      skipped: it needs Linux and python3");
    this.skip();
  });

  for (const style of ["stream", "dgram"]) {
    it(`${style}: may both have it, or not, as there`, async () => {
      const kinds = Object.values(KINDS);
      const all = kinds.flatMap((first) => kinds.flatMap((second) => scripts(style, first, second)));
      const steps = all.map(parseScript);
      const linux = askLinux(steps);
      const others: string[] = [];
      for (let i = 0; i < steps.length; i++) {
        const ours = JSON.stringify(await runOurs(steps[i] ?? []));
        if (ours === JSON.stringify(linux[i])) continue;
        // The kernel's ports are those of the whole machine: some other program may have just had one.
        const again = JSON.stringify(askLinux([steps[i] ?? []])[0]);
        if (ours !== again) others.push(`${all[i]}\n  ours ${ours}, Linux ${again}`);
      }
      expect(others).to.deep.equal([]);
    });
  }
});
