import { describe, it } from "node:test";
import { simulate } from "tapstack/simulate";
import { scenario } from "./scenario.mjs";

describe("hello", () => {
  it("comes after an hour, over a bad line", simulate({ seeds: 5 }, scenario));
});
