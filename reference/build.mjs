/**
 * Builds the API documentation into build/reference: typedoc's pages, and exports.html, one page with everything that
 * the package exports. A warning (something exported without a comment, a link to nowhere) fails the build.
 *
 * A project of its own with a lock file of its own: typedoc wants TypeScript 6 or older.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Application, ReflectionKind, RendererEvent } from "typedoc";

process.chdir(dirname(fileURLToPath(import.meta.url)));
const app = await Application.bootstrapWithPlugins();
const project = await app.convert();
if (project === undefined) process.exit(1);
app.validate(project);
for (const name of undocumented()) app.logger.error(`${name} has no comment`);
app.renderer.on(RendererEvent.END, writeExports); // while it still knows where each page is
await app.generateOutputs(project);

process.exit(app.logger.hasErrors() || app.logger.hasWarnings() ? 1 : 0);

/** What is exported without a comment. Members are not asked: one comment may stand above several that belong together. */
function undocumented() {
  const kinds = ["Class", "Interface", "Function", "Variable", "TypeAlias"];
  const all = project.getReflectionsByKind(kinds.reduce((mask, kind) => mask | ReflectionKind[kind], 0));
  return all
    .filter((one) => !one.getFullName().includes("__type") && !one.flags.isExternal)
    .filter((one) => {
      const said = [one, ...(one.signatures ?? []), one.getSignature, one.setSignature];
      return !said.some((each) => each?.hasComment());
    })
    .map((one) => `${one.getFullName()} (${ReflectionKind.singularString(one.kind)})`);
}

/** One page: for each entry point, every export with its kind, its first sentence, and a link to its page. */
function writeExports() {
  let count = 0;
  const parts = project.children.map((entry) => {
    const rows = (entry.children ?? []).map((one) => {
      count++;
      const kind = ReflectionKind.singularString(one.kind).toLowerCase();
      const url = app.renderer.router.getFullUrl(one);
      const name = `<a href="${escaped(url)}"><code>${escaped(one.name)}</code></a>`;
      return `<tr><td>${name}</td><td>${kind}</td><td>${escaped(firstSentence(one))}</td></tr>`;
    });
    return `<h2 id="${escaped(entry.name)}"><code>${escaped(entry.name)}</code></h2>\n<table>\n${rows.join("\n")}\n</table>`;
  });
  const style =
    "body{font:16px/1.4 sans-serif;max-width:70em;margin:2em auto}td{padding:.1em 1em .1em 0;vertical-align:top}";
  const head = `<meta charset="utf-8"><title>tapstack: all exports</title><style>${style}</style>`;
  const out = join("..", "build", "reference");
  mkdirSync(out, { recursive: true });
  const page = `<!doctype html>\n${head}\n<h1>tapstack: all ${count} exports</h1>\n${parts.join("\n")}\n`;
  writeFileSync(join(out, "exports.html"), page);
  console.log(`${count} exports of ${project.children.length} entry points: build/reference/exports.html`);
}

function firstSentence(reflection) {
  const comment = reflection.comment ?? reflection.signatures?.find((one) => one.comment)?.comment;
  const text = (comment?.summary ?? [])
    .map((part) => part.text)
    .join("")
    .replace(/\s+/g, " ");
  return /^.*?[.:](?= |$)/.exec(text)?.[0] ?? text;
}

function escaped(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
}
