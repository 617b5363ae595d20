/** A run in a link: what was chosen, what was done, and the reader's own code if there is any. */
import type { Source } from "../run/messages.ts";
import type { RunWish } from "../run/run-scenario.ts";

/** All that makes a run. */
export interface Shared {
  readonly source: Source;
  readonly wish: RunWish;
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

/** The run of a link; undefined for what is none. */
export async function fromHash(hash: string): Promise<Shared | undefined> {
  if (hash.length < 2) return undefined;
  try {
    const text = atob(hash.replace(/^#/, "").replaceAll("-", "+").replaceAll("_", "/"));
    const packed = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const json: unknown = JSON.parse(
      new TextDecoder().decode(await pass(packed, new DecompressionStream("deflate-raw"))),
    );
    return isShared(json) ? json : undefined;
  } catch {
    return undefined; // a link that was cut off when it was copied: the page shows its first scenario instead
  }
}

function isShared(value: unknown): value is Shared {
  const { source, wish } = (value ?? {}) as Partial<Shared>;
  return (
    typeof source === "object" &&
    typeof wish === "object" &&
    typeof wish.seed === "number" &&
    typeof wish.values === "object" &&
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
