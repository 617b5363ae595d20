/** A run in a link: what was chosen, what was done, and the reader's own code if there is any. */
import type { Source } from "../run/messages.ts";
import type { RunWish } from "../run/run-scenario.ts";

/** All that makes a run. */
export interface Shared {
  readonly source: Source;
  /** Undefined: as the scenario has it. */
  readonly wish: RunWish | undefined;
}

/** For the part of an address behind `#`: JSON, pressed together. */
export async function toHash(shared: Shared): Promise<string> {
  const packed = await pass(
    new TextEncoder().encode(JSON.stringify(shared)),
    new CompressionStream("deflate-raw"),
  );
  const text = btoa(Array.from(packed, (octet) => String.fromCharCode(octet)).join(""));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The run of a link; undefined for what is none. @throws Error for a link that cannot be read */
export async function fromHash(hash: string): Promise<Shared | undefined> {
  if (hash.length < 2) return undefined;
  const [, name] = /^#scenario=([\w-]+)$/.exec(hash) ?? [];
  if (name !== undefined) return { source: { name }, wish: undefined };
  const shared = await unpack(hash);
  if (shared === undefined)
    throw new Error("This link cannot be read: perhaps it was cut off when it was copied.");
  return shared;
}

async function unpack(hash: string): Promise<Shared | undefined> {
  try {
    const text = atob(hash.replace(/^#/, "").replaceAll("-", "+").replaceAll("_", "/"));
    const packed = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const json: unknown = JSON.parse(
      new TextDecoder().decode(await pass(packed, new DecompressionStream("deflate-raw"))),
    );
    return isShared(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

function isShared(value: unknown): value is Shared {
  const { source, wish } = (value ?? {}) as Partial<{ source: Source | null; wish: RunWish | null }>;
  return (
    typeof source === "object" &&
    source !== null &&
    typeof wish === "object" &&
    wish !== null &&
    typeof wish.seed === "number" &&
    typeof wish.values === "object" &&
    wish.values !== null &&
    Array.isArray(wish.interventions)
  );
}

async function pass(
  octets: Uint8Array<ArrayBuffer>,
  through: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([octets]).stream().pipeThrough(through);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
