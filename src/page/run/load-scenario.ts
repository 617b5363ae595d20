/** Makes a scenario of what the reader has written: TypeScript, of which the types are taken off. */
import * as tapstack from "tapstack";
import * as lab from "tapstack/lab";
import * as stack from "tapstack/stack";
import * as programs from "../programs.ts";
import type { Scenario } from "../scenario.ts";
import * as contract from "../scenario.ts";

/** What a scenario can import, by the end of the specifier. */
const MODULES: Readonly<Record<string, unknown>> = {
  tapstack,
  "tapstack/lab": lab,
  "tapstack/stack": stack,
  "../programs.ts": programs,
  "../scenario.ts": contract,
};

/** @throws Error that says what cannot be read, or what is missing */
export async function loadScenario(code: string): Promise<Scenario> {
  const { transform } = await import("sucrase");
  const { code: script } = transform(code, { transforms: ["typescript", "imports"] });
  const exports: { scenario?: Scenario } = {};
  const require = (name: string): unknown => {
    const found = MODULES[name];
    if (found === undefined) {
      throw new Error(`a scenario has no ${name} to import; there are ${Object.keys(MODULES).join(", ")}`);
    }
    return found;
  };
  // What the reader writes runs in a worker of the reader's own page.
  new Function("require", "exports", script)(require, exports);
  const { scenario } = exports;
  if (scenario === undefined) throw new Error('a scenario has "export const scenario: Scenario = { … }"');
  for (const name of ["title", "about", "question", "controls", "run"] as const) {
    if (scenario[name] === undefined) throw new Error(`the scenario has no "${name}"`);
  }
  return scenario;
}
