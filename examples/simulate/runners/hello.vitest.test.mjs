import { simulate } from "tapstack/simulate";
import { describe, it } from "vitest";
import { scenario } from "./scenario.mjs";

describe("hello", () => {
  it("comes after an hour, over a bad line", { timeout: 0 }, simulate({ seeds: 5 }, scenario));
});
