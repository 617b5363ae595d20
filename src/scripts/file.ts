/** Packet scripts in files, for tests: `it("opens", () => packetScript("open.pkt"))`. */
import { readFile } from "node:fs/promises";
import { runPacketScript, type ScriptOptions } from "./script.ts";

/**
 * Runs the script in a file; settles when it has come true.
 *
 * @param options - as of `runPacketScript`; reports call the script by the file's name
 * @throws {@link ScriptFailure} at the first event that does not come true
 * @throws {@link ScriptSyntaxError} for what cannot be read, or is not supported; an Error of Node if there is no file
 */
export async function packetScript(file: string, options: ScriptOptions = {}): Promise<void> {
  const text = await readFile(file, "utf8");
  await runPacketScript(text, { name: file, ...options });
}
