/** Samples of output in documents: what changes from run to run, or with the next version, stands as `…`. */

/**
 * Whether `output` is what the sample shows: a line of `…` stands for any lines, also none, `…` in a line for any text.
 */
export function matchesSample(output: string, sample: string): boolean {
  const pattern = sample
    .split("\n")
    .map((line) => (line.trim() === "…" ? "(?:.*\n)*" : `${line.split("…").map(escaped).join(".*")}\n`))
    .join("")
    .replace(/\n$/, "");
  return new RegExp(`^${pattern}$`).test(output);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
