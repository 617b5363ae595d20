/** Where this folder can run: on Node, whose insides its handles stand on, and only where Node lets them be reached. */

/** Why not here, in one line; undefined where it can. */
export function refusalOf(running: NodeJS.Process): string | undefined {
  const { versions } = running as { readonly versions: Readonly<Record<string, string | undefined>> };
  for (const [name, key] of [
    ["Bun", "bun"],
    ["Deno", "deno"],
  ] as const) {
    if (Object.hasOwn(versions, key)) {
      return `net and dgram on a stack need Node, whose own code is above them: ${name} ${versions[key]} has other. The Lab (tapstack/lab) runs here`;
    }
  }
  if (Reflect.get(running, "permission") !== undefined) {
    return "net and dgram on a stack need process.binding, which Node forbids under --permission: start it without that flag";
  }
  return undefined;
}
