/** Words in a picture: of two at one place neither can be read. */
import { expect } from "chai";
import { Labels, slopingBoxes, textBox } from "../../src/page/view/labels.ts";

describe("Labels", () => {
  const labels = (): Labels => new Labels({ left: 0, top: 20, right: 300, bottom: 200 });

  it("gives each place once", () => {
    const all = labels();
    expect(all.take([textBox(10, 100, 80, 12)])).to.equal(true);
    expect(all.take([textBox(60, 106, 80, 12)])).to.equal(false);
    expect(all.take([textBox(60, 113, 80, 12)]), "below it").to.equal(true);
    expect(all.take([textBox(91, 100, 80, 12)]), "beside it").to.equal(true);
  });

  it("takes nothing where one part of it is not free", () => {
    const all = labels();
    all.take([textBox(10, 100, 20, 12)]);
    expect(all.take([textBox(100, 100, 20, 12), textBox(20, 100, 20, 12)])).to.equal(false);
    expect(all.take([textBox(100, 100, 20, 12)])).to.equal(true);
  });

  it("writes nothing outside of the picture", () => {
    const all = labels();
    for (const [x, y] of [
      [-1, 100],
      [221, 100],
      [10, 25],
      [10, 195],
    ] as const) {
      expect(all.take([textBox(x, y, 80, 12)]), `${x}, ${y}`).to.equal(false);
      expect(all.holds(textBox(x, y, 80, 12))).to.equal(false);
    }
    expect(all.take([textBox(220, 194, 80, 12)])).to.equal(true);
  });

  it("has room for texts along arrows that lie side by side, where rectangles around them would touch", () => {
    const all = labels();
    const slope = Math.PI / 6;
    for (const down of [0, 20, 40]) {
      const boxes = slopingBoxes(150, 80 + down, 120, 12, slope);
      const [first, last] = [boxes[0], boxes.at(-1)];
      expect((first?.left ?? 0) + (last?.right ?? 0)).to.be.closeTo(300, 1e-6); // around its middle
      expect((last?.top ?? 0) - (first?.top ?? 0)).to.be.greaterThan(40);
      expect(all.take(boxes), String(down)).to.equal(true);
    }
    expect(all.take(slopingBoxes(150, 90, 120, 12, slope))).to.equal(false);
  });
});
