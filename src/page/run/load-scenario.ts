/** Makes a scenario of what the reader has written: TypeScript, of which the types are taken off. */
import * as tapstack from "tapstack";
import * as lab from "tapstack/lab";
import * as stack from "tapstack/stack";
import * as programs from "../programs.ts";
import type { Scenario } from "../scenario.ts";
import * as contract from "../scenario.ts";
import { EDITED } from "./failure-words.ts";

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
  // What the reader writes runs in a worker of the reader's own page. Its lines stay as they are.
  new Function("require", "exports", `${script}\n//# sourceURL=${EDITED}`)(require, exports);
  const { scenario } = exports;
  if (scenario === undefined) throw new Error('a scenario has "export const scenario: Scenario = { … }"');
  check(scenario);
  return scenario;
}

/** What the page shows and calls. @throws Error for what is missing, or something else */
function check(scenario: Scenario): void {
  for (const [name, type] of Object.entries(FIELDS)) {
    const value: unknown = scenario[name as keyof Scenario];
    if (value === undefined) throw new Error(`the scenario has no "${name}"`);
    if (typeof value !== type || value === null) throw new Error(`"${name}" of the scenario is no ${type}`);
  }
  const { text, options, right, because } = scenario.question;
  if (typeof text !== "string" || typeof because !== "string" || !Array.isArray(options)) {
    throw new Error('"question" of the scenario has a text, options, which is right, and because');
  }
  if (options[right] === undefined)
    throw new Error('"right" of the question is the place of an option, from 0');
  for (const [name, control] of Object.entries(scenario.controls)) {
    const kind: unknown = (control as Partial<typeof control> | null)?.kind;
    if (kind !== "slider" && kind !== "choice")
      throw new Error(`the control "${name}" is made by slider(…) or choice(…)`);
  }
}

const FIELDS = { title: "string", about: "string", question: "object", controls: "object", run: "function" };
