/**
 * Settings are checked where they are given. A name that nobody knows is refused at once, with the list of what there
 * is; so is a value that cannot be. If we took it in silence, it would show much later, as a run that is not what was
 * asked for.
 */

/** What a setting may be. */
export interface Rule {
  /** Ends the sentence "it must be …". */
  readonly wanted: string;
  /** Whether the setting may have this value. */
  readonly accepts: (value: unknown) => boolean;
  /** Whether it may not be left out. */
  readonly required: boolean;
}

/** A rule for each setting of `T`: a new setting without a rule does not compile. */
export type Rules<T> = { readonly [Name in keyof T]-?: Rule };

/** Longest part of a value that a message shows. */
const SHOWN = 60;

/** An integer from `least` to `most`, both included. */
export function integer(least: number, most: number = Number.MAX_SAFE_INTEGER): Rule {
  const wanted =
    most === Number.MAX_SAFE_INTEGER ? `an integer from ${least}` : `an integer from ${least} to ${most}`;
  return rule(wanted, (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most);
}

/** A number from `least` to `most`, both included. */
export function quantity(least: number, most: number): Rule {
  const wanted = most === Infinity ? `a number from ${least}` : `a number from ${least} to ${most}`;
  return rule(wanted, (value) => typeof value === "number" && value >= least && value <= most);
}

/** One of `values`; a function is asked each time, for what may be added to. */
export function oneOf(values: readonly string[]): Rule {
  return rule(`one of ${values.join(", ")}`, (value) => values.includes(value as string));
}

/** An instance of `type`, a class. */
export function instanceOf(type: abstract new (...args: never) => object, wanted: string): Rule {
  return rule(wanted, (value) => value instanceof type);
}

/** An object with these methods, whatever its class. */
export function having(wanted: string, ...methods: readonly string[]): Rule {
  return rule(wanted, (value) => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
    return methods.every((method) => typeof Reflect.get(value, method) === "function");
  });
}

/** `true` or `false`. */
export const FLAG: Rule = rule("true or false", (value) => typeof value === "boolean");
/** A function. */
export const CALLABLE: Rule = rule("a function", (value) => typeof value === "function");
/** Any text. */
export const TEXT: Rule = rule("a string", (value) => typeof value === "string");
/** An object whose own settings are checked elsewhere. */
export const OBJECT: Rule = rule("an object", (value) => typeof value === "object" && value !== null);

/** Any rule that `accepts` can tell. */
export function rule(wanted: string, accepts: (value: unknown) => boolean): Rule {
  return { wanted, accepts, required: false };
}

/** As `rule`, of a setting that has no default. */
export function required(given: Rule): Rule {
  return { ...given, required: true };
}

/**
 * Checks `given` against `rules`. A setting that is undefined counts as not given.
 *
 * @param where - What the settings are for, as a message begins with it: "Stack", "Lab.link"
 * @throws TypeError for a name that there is not, and for a setting that is missing
 * @throws RangeError for a value that cannot be
 */
export function checkSettings<T extends object>(where: string, given: T, rules: Rules<T>): void {
  if (typeof given !== "object" || given === null)
    throw new TypeError(`${where}: ${shownValue(given)} is no object of settings`);
  const known = new Map(Object.entries<Rule>(rules));
  for (const [name, value] of Object.entries(given)) {
    const one = known.get(name);
    if (one === undefined)
      throw new TypeError(
        `${where}: there is no setting "${name}"; there are ${[...known.keys()].join(", ")}`,
      );
    if (value !== undefined && !one.accepts(value)) throw wrongSetting(where, name, value, one);
  }
  for (const [name, one] of known) {
    if (one.required && Reflect.get(given, name) === undefined)
      throw new TypeError(`${where}: "${name}" is missing; it must be ${one.wanted}`);
  }
}

/** Whether every one of `changes` is known, and has a value that can be; undefined is none here. For calls that never throw. */
export function accepts<T extends object>(rules: Rules<T>, changes: Partial<T>): boolean {
  return Object.entries(changes).every(([name, value]) => {
    return Object.hasOwn(rules, name) && rules[name as keyof T].accepts(value);
  });
}

/** Checks one value, as an argument has it. @throws RangeError if it cannot be */
export function checkSetting(where: string, name: string, value: unknown, one: Rule): void {
  if (!one.accepts(value)) throw wrongSetting(where, name, value, one);
}

/** `defaults`, where `given` has nothing else. */
export function withDefaults<T extends object>(defaults: T, given: Partial<T> | undefined): T {
  const kept = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return { ...defaults, ...(Object.fromEntries(kept) as Partial<T>) };
}

function wrongSetting(where: string, name: string, value: unknown, one: Rule): RangeError {
  return new RangeError(`${where}: ${name} is ${shownValue(value)}; it must be ${one.wanted}`);
}

function shownValue(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value);
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "an array";
  // An address is told by itself, an object without a text of its own is not.
  if (typeof value === "object" && value !== null) return hasText(value) ? String(value) : "an object";
  return String(value);
}

function hasText(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype !== null && prototype !== Object.prototype && Object.hasOwn(prototype as object, "toString")
  );
}
