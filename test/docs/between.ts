/** Parts of a document that are made from the code, between two comments. */

/** A line of a table, without the padding that a formatter gives it. */
export function withoutPadding(line: string): string {
  return line.replaceAll(/ +/g, " ").replaceAll(/\| -+ (?=\|)/g, "| --- ");
}

/** The lines between `<!-- name -->` and `<!-- end of name -->`, without the empty ones at the ends. */
export function between(text: string, name: string): readonly string[] {
  const [, part = ""] = text.split(`<!-- ${name} -->`);
  const [inside = ""] = part.split(`<!-- end of ${name} -->`);
  return inside.trim().split("\n").map(withoutPadding);
}

/** `text` with `lines` there. */
export function withBetween(text: string, name: string, lines: readonly string[]): string {
  const [before = ""] = text.split(`<!-- ${name} -->`);
  const [, after = ""] = text.split(`<!-- end of ${name} -->`);
  return `${before}<!-- ${name} -->\n\n${lines.join("\n")}\n\n<!-- end of ${name} -->${after}`;
}
