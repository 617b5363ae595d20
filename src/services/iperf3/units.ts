/** Sizes and rates as iperf3 prints them and takes them. */

/** "8K" → 8192 (`base` 1024, for octets) or 8000 (`base` 1000, for rates); undefined if it is no such number. */
export function parseQuantity(text: string, base: 1000 | 1024): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([kmgtKMGT]?)$/.exec(text);
  if (match === null) return undefined;
  const power = " kmgt".indexOf((match[2] ?? "").toLowerCase() || " ");
  return Math.floor(Number(match[1]) * base ** power);
}

/** Octets with three digits and a binary unit, such as "1.27 GBytes". */
export function formatOctets(octets: number): string {
  return scaled(octets, 1024, ["Bytes", "KBytes", "MBytes", "GBytes", "TBytes"]);
}

/** A rate with three digits and a decimal unit, such as "10.9 Gbits/sec". */
export function formatRate(octets: number, seconds: number): string {
  const rate = seconds > 0 ? (octets * 8) / seconds : 0;
  return scaled(rate, 1000, ["bits/sec", "Kbits/sec", "Mbits/sec", "Gbits/sec", "Tbits/sec"]);
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let scale = 0;
  let rest = value;
  while (rest >= base && scale < units.length - 1) {
    rest /= base;
    scale++;
  }
  const digits = scale === 0 ? (rest < 9.995 ? 2 : 0) : rest < 9.995 ? 2 : rest < 99.95 ? 1 : 0;
  return `${rest.toFixed(digits).padStart(4)} ${units[scale] ?? ""}`;
}
