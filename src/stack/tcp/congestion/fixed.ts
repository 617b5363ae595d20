/** No congestion control at all: a constant window, for experiments. Not for a network that others use. */
import type { CongestionControl, CongestionFactory, SenderView } from "./congestion.ts";

/** A window that never changes: for experiments, and tests of everything else. */
export class FixedWindow implements CongestionControl {
  readonly name: string = "fixed";
  readonly window: number;
  /** There is no slow start to end. */
  readonly threshold: number = Number.POSITIVE_INFINITY;

  /** @param octets - the window, whatever happens */
  constructor(octets: number) {
    this.window = octets;
  }

  acknowledged(_octets: number, _sender: SenderView): void {}
  lossDetected(_sender: SenderView): void {}
  recovered(_sender: SenderView): void {}
  timedOut(_sender: SenderView): void {}
  idle(_sender: SenderView): void {}
}

/** Controllers with a window of `octets`, but at least one segment. */
export function fixedWindow(octets: number): CongestionFactory {
  return (mss) => new FixedWindow(Math.max(octets, mss));
}
