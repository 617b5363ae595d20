/** Wheel, drag, pinch and click on something that shows time along one axis. */
import type { Store } from "./store.ts";

/** What it is about. */
export interface GestureTarget {
  readonly axis: "x" | "y";
  timeAt(x: number, y: number): number;
  choose(x: number, y: number): void;
  /** A pointer that is not pressed is there. */
  hover(x: number, y: number): void;
}

/** A pointer that has moved less than so many pixels has clicked. */
const CLICK = 4;

/** Has the element zoom and move what the store shows. */
export function watchGestures(element: HTMLElement, store: Store, target: GestureTarget): void {
  const pointers = new Map<number, { x: number; y: number }>();
  let moved = 0;
  const along = (x: number, y: number): number => (target.axis === "x" ? x : y);
  const length = (): number => (target.axis === "x" ? element.clientWidth : element.clientHeight);

  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { from, to } = store.view;
      if (event.ctrlKey || event.metaKey || !event.shiftKey) {
        store.zoom(1.0015 ** event.deltaY, target.timeAt(event.offsetX, event.offsetY));
      } else {
        const by = ((event.deltaY + event.deltaX) / length()) * (to - from);
        store.look(from + by, to + by);
      }
    },
    { passive: false },
  );
  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    moved = 0;
  });
  element.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (before === undefined) {
      target.hover(event.offsetX, event.offsetY);
      return;
    }
    const [x, y] = [event.offsetX, event.offsetY];
    moved += Math.hypot(x - before.x, y - before.y);
    const { from, to } = store.view;
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other === undefined) {
      const by = ((along(before.x, before.y) - along(x, y)) / length()) * (to - from);
      if (moved > CLICK) store.look(from + by, to + by);
    } else {
      const was = Math.hypot(before.x - other.x, before.y - other.y);
      const is = Math.hypot(x - other.x, y - other.y);
      if (is > 0 && was > 0) store.zoom(was / is, target.timeAt((x + other.x) / 2, (y + other.y) / 2));
    }
    pointers.set(event.pointerId, { x, y });
  });
  const end = (event: PointerEvent): void => {
    if (event.type === "pointerup" && pointers.size === 1 && moved <= CLICK)
      target.choose(event.offsetX, event.offsetY);
    pointers.delete(event.pointerId);
  };
  element.addEventListener("pointerup", end);
  element.addEventListener("pointercancel", end);
}
