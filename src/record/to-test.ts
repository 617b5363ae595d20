/** A recorded run as a test of mocha's: what the stack sent then, it must send again. */
import { formatFrame, type Instant, type Packet } from "../stack/index.ts";
import { type Run, writeRun } from "./recorded-run.ts";
import { replay } from "./replay.ts";

/** How the test is called, and where the run is. */
export interface TestOptions {
  /** The title, a sentence. */
  readonly title: string;
  /** The file of the run, as the test finds it from where it stands; undefined: the run is in the test itself. */
  readonly file?: string | undefined;
  /** Whence `replay` is imported; "tapstack/record" by default. */
  readonly from?: string | undefined;
}

/**
 * The text of a module with one test. The frames that must be sent are in it as lines, as tcpdump writes them, so that
 * whoever reads a failure sees what has changed; each is compared octet for octet, too.
 *
 * @throws RangeError for a run that does not replay as it was recorded: it would be a test that fails
 */
export function toTest(run: Run, { title, file, from = "tapstack/record" }: TestOptions): string {
  const { lines, divergence } = framesOf(run);
  if (divergence !== undefined) {
    const { line, expected, seen } = divergence;
    throw new RangeError(
      `the run differs from its recording in line ${line}: expected ${expected}, seen ${seen}`,
    );
  }
  const source =
    file === undefined
      ? `readRun(\`\n${escaped(writeRun(run))}\`.trimStart())`
      : `readRun(readFileSync(new URL(${JSON.stringify(file)}, import.meta.url), "utf8"))`;
  return [
    "/** Made by tapstack of a recorded run. */",
    taken("deepStrictEqual", "node:assert/strict"),
    ...(file === undefined ? [] : [taken("readFileSync", "node:fs")]),
    taken("framesOf, readRun", from),
    "",
    "/** Microseconds, the interface, and the frame. */",
    "const SENT = [",
    ...lines.map((line) => `  ${JSON.stringify(line)},`),
    "];",
    "",
    `it(${JSON.stringify(title)}, () => {`,
    `  const { lines, divergence } = framesOf(${source});`,
    "  deepStrictEqual(lines, SENT);",
    "  deepStrictEqual(divergence, undefined);",
    "});",
    "",
  ].join("\n");
}

/** The frames that a run sends when it is played, a line each; and where it differs from what was recorded. */
export function framesOf(run: Run): {
  lines: readonly string[];
  divergence: ReturnType<typeof replay>["divergence"];
} {
  const lines: string[] = [];
  const media = new Map<string, "ethernet" | "ip">();
  const { divergence } = replay(run, {
    watch: (name, link) => {
      media.set(name, link.capabilities.medium);
      return link;
    },
    sent: (on: string, frame: Packet, at: Instant) => {
      lines.push(
        `${at} ${on} ${formatFrame(frame.view, frame.start, frame.end, media.get(on) ?? "ethernet")}`,
      );
    },
  });
  return { lines, divergence };
}

function taken(names: string, from: string): string {
  return `import { ${names} } from ${JSON.stringify(from)};`;
}

/** Within a template. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${");
}
