/** Tables by names that a script gives: what objects inherit is in none of them. */

/** The row of that name; undefined if there is none. */
export function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
