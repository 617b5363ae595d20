import { expect } from "chai";
import { copyOf, giveBack } from "../../../src/api/unix/chunk-stores.ts";
import { below, Xoshiro128 } from "../../../src/stack/index.ts";

describe("stores for what is on its way between AF_UNIX sockets", () => {
  it("are each only one's, until they are given back", () => {
    const random = new Xoshiro128(4);
    const held: { readonly copy: Uint8Array; readonly mark: number }[] = [];
    for (let step = 0; step < 2000; step++) {
      const mark = step & 0xff;
      const octets = [1, 4095, 4096, 4097, 5000, 65_536, 1 + below(random, 200_000), 2 ** 20, 2 ** 20 + 1][
        below(random, 9)
      ] as number;
      const from = new Uint8Array(octets + 7).fill(mark);
      const copy = copyOf(from, 3, 3 + octets);
      expect(copy.length).to.equal(octets);
      from.fill(~mark);
      held.push({ copy, mark });
      if (held.length < 8) continue;
      const [gone] = held.splice(below(random, held.length), 1);
      if (gone === undefined) continue;
      for (const at of [0, gone.copy.length >> 1, gone.copy.length - 1])
        expect(gone.copy[at]).to.equal(gone.mark);
      giveBack(gone.copy);
    }
    for (const { copy, mark } of held) expect(copy.every((octet) => octet === mark)).to.equal(true);
  });

  it("copy nothing but what was asked for", () => {
    expect([...copyOf(Uint8Array.of(1, 2, 3, 4), 1, 3)]).to.deep.equal([2, 3]);
    expect(copyOf(Buffer.from("abc"), 0, 0).length).to.equal(0);
  });
});
