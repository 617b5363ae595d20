/** Numbers and times as people read them. */

/** A time in microseconds, with as many digits as a view of `span` microseconds can tell apart. */
export function formatTime(microseconds: number, span: number = microseconds): string {
  if (!Number.isFinite(microseconds)) return "never";
  if (span >= 600e6) return `${(microseconds / 60e6).toFixed(1)} min`;
  if (span >= 10e6) return `${(microseconds / 1e6).toFixed(2)} s`;
  if (span >= 1e6) return `${(microseconds / 1e6).toFixed(3)} s`;
  if (span >= 10e3) return `${(microseconds / 1e3).toFixed(2)} ms`;
  if (span >= 1e3) return `${(microseconds / 1e3).toFixed(3)} ms`;
  return `${microseconds.toFixed(0)} µs`;
}

/** A span of time, in the unit that suits it. */
export function formatSpan(microseconds: number): string {
  if (!Number.isFinite(microseconds)) return "never";
  const size = Math.abs(microseconds);
  if (size >= 60e6) return `${Number((microseconds / 60e6).toFixed(2))} min`;
  if (size >= 1e6) return `${Number((microseconds / 1e6).toFixed(3))} s`;
  if (size >= 1e3) return `${Number((microseconds / 1e3).toFixed(3))} ms`;
  return `${Number(microseconds.toFixed(0))} µs`;
}

/** A number with its thousands apart. */
export function formatNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "∞";
  if (Number.isNaN(value)) return "–";
  const digits = Math.abs(Math.round(value)).toString();
  return (value < 0 ? "−" : "") + digits.replace(/\B(?=(\d{3})+$)/g, " ");
}

/** `fastRetransmit` in words. */
export function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** Bits a second. */
export function formatRate(bits: number): string {
  if (bits >= 1e9) return `${Number((bits / 1e9).toPrecision(3))} Gbit/s`;
  if (bits >= 1e6) return `${Number((bits / 1e6).toPrecision(3))} Mbit/s`;
  if (bits >= 1e3) return `${Number((bits / 1e3).toPrecision(3))} kbit/s`;
  return `${bits.toFixed(0)} bit/s`;
}

/** Octets, with three digits: "14.5 kB". */
export function formatOctets(octets: number): string {
  if (octets >= 1e6) return `${Number((octets / 1e6).toPrecision(3))} MB`;
  if (octets >= 1e3) return `${Number((octets / 1e3).toPrecision(3))} kB`;
  return `${octets.toFixed(0)} B`;
}

/** Octets beside a line of a plot, with as many digits as tell it from the next, which is `step` octets away. */
export function formatOctetsAt(octets: number, step: number): string {
  const [unit, name] = octets >= 1e6 ? [1e6, "MB"] : octets >= 1e3 ? [1e3, "kB"] : [1, "B"];
  const digits = Math.max(0, Math.ceil(Math.log10(unit / Math.max(step, 1))));
  return `${Number((octets / unit).toFixed(digits))} ${name}`;
}

/** Octets, each of them counted: "14 480 B". */
export function formatAllOctets(octets: number): string {
  return `${formatNumber(octets)} B`;
}

/** Round steps, so that about `count` of them make `span`: 1, 2 or 5 times a power of ten. */
export function niceStep(span: number, count: number): number {
  const rough = Math.max(span / count, 1e-9);
  const power = 10 ** Math.floor(Math.log10(rough));
  const times = rough / power;
  return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}
