/** Where words stand in a picture: of two at one place neither can be read, so the second finds another place, or none. */

/** A rectangle, in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Text along a slope is taken to be made of pieces so long. */
const PIECE = 24;
/** Between two texts on a line there must be so much, or they read as one. */
const APART = 8;

/** The places of one picture that are taken. */
export class Labels {
  readonly #bounds: Box;
  readonly #taken: Box[] = [];

  /** @param bounds - outside of them nothing is written */
  constructor(bounds: Box) {
    this.#bounds = bounds;
  }

  /** Takes the place of all these together; false, and nothing is taken, if one of them is not free. */
  take(boxes: readonly Box[]): boolean {
    if (!boxes.every((box) => this.#isFree(box))) return false;
    this.#taken.push(...boxes);
    return true;
  }

  /** Whether it lies within the picture. */
  holds({ left, top, right, bottom }: Box): boolean {
    const { left: least, top: uppermost, right: most, bottom: lowest } = this.#bounds;
    return left >= least && right <= most && top >= uppermost && bottom <= lowest;
  }

  #isFree(box: Box): boolean {
    const { left, top, right, bottom } = box;
    return (
      this.holds(box) &&
      !this.#taken.some((one) => left < one.right && right > one.left && top < one.bottom && bottom > one.top)
    );
  }
}

/** What a text takes that begins at `x`, with its middle at `y`. */
export function textBox(x: number, y: number, width: number, height: number): Box {
  return { left: x, top: y - height / 2, right: x + width, bottom: y + height / 2 };
}

/** What a text takes whose middle is at a point, along a slope (in radians). */
export function slopingBoxes(x: number, y: number, width: number, height: number, slope: number): Box[] {
  const long = width + APART;
  const count = Math.max(1, Math.ceil(long / PIECE));
  const [across, down] = [(Math.cos(slope) * long) / count, (Math.sin(slope) * long) / count];
  return Array.from({ length: count }, (_, at) => {
    const middle = at + 0.5 - count / 2;
    const wide = Math.abs(across) - 1e-6; // neighbours touch, and rounding must not make more of it
    return textBox(x + middle * across - wide / 2, y + middle * down, wide, height);
  });
}
