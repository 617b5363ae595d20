/** Every clock that a program can ask shows virtual time. */

import type { PerformanceMark, PerformanceMeasure } from "node:perf_hooks";
import { isLoaded, replaceInternal } from "./inside.ts";
import type { Loop } from "./loop.ts";

/** What the program's clocks are made with. */
export interface ClockOptions {
  /** Milliseconds since 1970 at virtual time 0. */
  readonly epoch: number;
}

/**
 * @returns lets the wall clock jump by so many milliseconds
 * @throws Error when http is loaded already, whose Date header would go on being real
 */
export function replaceClocks(loop: Loop, { epoch }: ClockOptions): (milliseconds: number) => void {
  let jumped = 0;
  const begun = (): number => {
    loop.look();
    return loop.ownTime - loop.startedAt;
  };
  const now = (): number => {
    loop.look();
    return Math.floor(epoch + jumped) + loop.milliseconds;
  };
  replaceDate(now);
  replaceIntl(now);
  replaceTemporal(now);
  replaceEventTimes();
  performance.now = (): number => begun() / 1000;
  Object.defineProperty(performance, "timeOrigin", { get: () => epoch + loop.startedAt / 1000 });
  replaceMarks();
  process.uptime = (): number => begun() / 1_000_000;
  process.hrtime = hrtime(loop);
  if (isLoaded("internal/http")) throw new Error("tapstack/simulate: http was loaded before its clock was");
  replaceInternal("internal/http", "utcDate", () => new Date().toUTCString());
  return (milliseconds) => {
    jumped += milliseconds;
  };
}

type Measure = (name: string, options: PerformanceMeasureOptions) => PerformanceMeasure;

interface PerformanceMeasureOptions {
  readonly start?: number | string;
  readonly end?: number | string;
  readonly duration?: number;
}

/** User timing takes its times from inside, unless it is given them. */
function replaceMarks(): void {
  const { mark } = performance;
  const measure = performance.measure as Measure;
  performance.mark = (name, options): PerformanceMark =>
    mark.call(performance, name, { ...options, startTime: options?.startTime ?? performance.now() });
  const measured = (
    name: string,
    from?: string | PerformanceMeasureOptions,
    to?: string,
  ): PerformanceMeasure => {
    const given = typeof from === "object" ? from : { ...(from && { start: from }), ...(to && { end: to }) };
    const ends = given.end !== undefined || given.duration !== undefined;
    return measure.call(performance, name, ends ? given : { ...given, end: performance.now() });
  };
  performance.measure = measured as typeof performance.measure;
}

function hrtime(loop: Loop): NodeJS.HRTime {
  const ask = (since?: [number, number]): [number, number] => {
    loop.look();
    const [seconds, nanoseconds] = [Math.floor(loop.ownTime / 1_000_000), (loop.ownTime % 1_000_000) * 1000];
    if (since === undefined) return [seconds, nanoseconds];
    const borrow = nanoseconds < since[1] ? 1 : 0;
    return [seconds - since[0] - borrow, nanoseconds - since[1] + borrow * 1_000_000_000];
  };
  const bigint = (): bigint => {
    loop.look();
    return BigInt(loop.ownTime) * 1000n;
  };
  return Object.assign(ask, { bigint });
}

/** Node notes when an event is made by a clock from inside. Here it is when it is first asked for, mostly the same instant. */
function replaceEventTimes(): void {
  const times: WeakMap<Event, number> = new WeakMap();
  Object.defineProperty(Event.prototype, "timeStamp", {
    configurable: true,
    enumerable: true,
    get(this: Event): number {
      const time = times.get(this) ?? performance.now();
      times.set(this, time);
      return time;
    },
  });
}

/** A proxy, so that everything else of Date, its prototype too, stays the one that it was. */
function replaceDate(now: () => number): void {
  const real = Date;
  real.now = now;
  globalThis.Date = new Proxy(real, {
    apply: (): string => new real(now()).toString(),
    construct: (target, given, newTarget): object =>
      Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget) as object,
  });
}

type Format = (date?: Date | number) => string;

/** It takes the present from inside, where it is given none. */
function replaceIntl(now: () => number): void {
  const { prototype } = Intl.DateTimeFormat;
  const { get } = Object.getOwnPropertyDescriptor(prototype, "format") as { readonly get: () => Format };
  /** One function for each formatter, as V8 has it. */
  const formats: WeakMap<Format, Format> = new WeakMap();
  Object.defineProperty(prototype, "format", {
    configurable: true,
    get(this: Intl.DateTimeFormat): Format {
      const real = get.call(this);
      const format = formats.get(real) ?? ((date = now()): string => real(date));
      formats.set(real, format);
      return format;
    },
  });
  const { formatToParts } = prototype;
  prototype.formatToParts = function (date = now()): Intl.DateTimeFormatPart[] {
    return formatToParts.call(this, date);
  };
}

type Make = (zone?: string) => object;

/** From Node 26 on. */
interface TemporalNow {
  instant: () => object;
  timeZoneId(): string;
  zonedDateTimeISO: Make;
}

interface Zoned {
  toPlainDateTime(): object;
  toPlainDate(): object;
  toPlainTime(): object;
}

/** Where there is `Temporal`: it takes the present from inside, too. */
function replaceTemporal(now: () => number): void {
  const temporal = Reflect.get(globalThis, "Temporal") as { readonly Now: TemporalNow } | undefined;
  if (temporal === undefined) return;
  const { Now } = temporal;
  const { fromEpochMilliseconds } = Reflect.get(temporal, "Instant") as {
    fromEpochMilliseconds(milliseconds: number): { toZonedDateTimeISO: Make };
  };
  const zoned = (zone = Now.timeZoneId()): Zoned =>
    fromEpochMilliseconds(now()).toZonedDateTimeISO(zone) as Zoned;
  Object.assign(Now, {
    instant: () => fromEpochMilliseconds(now()),
    zonedDateTimeISO: zoned,
    plainDateTimeISO: (zone?: string) => zoned(zone).toPlainDateTime(),
    plainDateISO: (zone?: string) => zoned(zone).toPlainDate(),
    plainTimeISO: (zone?: string) => zoned(zone).toPlainTime(),
  });
}
