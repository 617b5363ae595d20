/** The file of `serve --secret`: what makes addresses the same at each start (RFC 7217 §5). */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { MacAddress } from "../stack/index.ts";
import { UsageError } from "./usage-error.ts";

const BYTES = 16;

/** The secret in the file, in hexadecimal; one is made if there is no file. @throws UsageError */
export function readStableSecret(path: string): Uint8Array {
  let text: string;
  try {
    text = readFileSync(path, "utf8").trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") throw new UsageError(`cannot read ${path}: ${code}`);
    return makeSecret(path);
  }
  if (!/^[0-9a-f]{32}$/i.test(text))
    throw new UsageError(`${path}: a secret has ${2 * BYTES} hexadecimal digits`);
  return Uint8Array.from(Buffer.from(text, "hex"));
}

function makeSecret(path: string): Uint8Array {
  const made = randomBytes(BYTES);
  try {
    writeFileSync(path, `${made.toString("hex")}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
  return Uint8Array.from(made);
}

/** A station address that follows from the secret, and does not give it away: of one station, locally administered. */
export function macOf(secret: Uint8Array): MacAddress {
  const digest = createHash("sha256").update("station address").update(secret).digest();
  return new MacAddress(0x0200 | digest.readUInt8(0), digest.readInt32BE(1));
}
