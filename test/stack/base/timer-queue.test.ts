import { expect } from "chai";
import fc from "fast-check";
import type { Instant } from "../../../src/stack/base/time.ts";
import { type Timer, TimerQueue, timer } from "../../../src/stack/base/timer-queue.ts";

describe("timer queue", () => {
  it("fires by deadline, then by order of arming, whatever was moved or cancelled before", () => {
    const operation = fc.record({
      which: fc.nat(7),
      kind: fc.constantFrom("set", "set", "cancel", "advance", "hide", "show"),
      by: fc.nat(20),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const queue = new TimerQueue();
        const fired: string[] = [];
        const expected: string[] = [];
        const model = new Map<number, { at: number; order: number }>();
        const timers: Timer[] = [];
        for (let i = 0; i < 8; i++) timers.push(timer(queue, (now) => fired.push(`${i}@${now}`)));
        let now = 0;
        let order = 0;
        for (const { which, kind, by } of operations) {
          if (kind === "set") {
            timers[which]?.set((now + by) as Instant);
            model.set(which, { at: now + by, order: order++ });
          } else if (kind === "cancel") {
            timers[which]?.cancel();
            model.delete(which);
          } else if (kind !== "advance") {
            const moved = timers[which] as Timer;
            moved.setBackground(kind === "hide");
          } else {
            now += by;
            const due = [...model].filter(([, { at }]) => at <= now);
            due.sort(([, a], [, b]) => a.at - b.at || a.order - b.order);
            for (const [i] of due) {
              expected.push(`${i}@${now}`);
              model.delete(i);
            }
            queue.advance(now as Instant);
          }
        }
        expect(fired).to.deep.equal(expected);
        expect(queue.size).to.equal(model.size);
        expect(queue.awaited).to.equal(
          [...model.keys()].filter((i) => timers[i]?.background === false).length,
        );
      }),
    );
  });
});
