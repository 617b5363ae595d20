/** Chance for the soaks, and lines on which everything may go wrong. */
import { below, fraction, type Random } from "../../../src/stack/index.ts";

export function chance(random: Random, probability: number): boolean {
  return fraction(random) < probability;
}

export function between(random: Random, least: number, most: number): number {
  return least + below(random, most - least + 1);
}

export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[below(random, choices.length)] as T;
}

/** A line of impairments. */
export function trouble(random: Random): string {
  const items: string[] = [];
  const percent = (most: number): string => `${(fraction(random) * most).toFixed(2)}%`;
  if (chance(random, 0.7)) items.push(`loss=${percent(8)}`);
  if (chance(random, 0.15)) items.push(`burst=${percent(1)}:${between(random, 15, 60)}%`);
  if (chance(random, 0.5)) items.push(`reorder=${percent(30)}:${between(random, 100, 20_000)}us`);
  if (chance(random, 0.4)) items.push(`duplicate=${percent(5)}`);
  if (chance(random, 0.4)) items.push(`corrupt=${percent(3)}`);
  if (chance(random, 0.7)) items.push(`delay=${between(random, 0, 50_000)}us`);
  if (chance(random, 0.3)) items.push(`jitter=${between(random, 0, 10_000)}us`);
  if (chance(random, 0.3))
    items.push(`rate=${between(random, 1, 100)}mbit`, `queue=${between(random, 10, 150)}kb`);
  return items.join(",");
}
