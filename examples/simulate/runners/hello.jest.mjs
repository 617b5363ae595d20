import { simulate } from "tapstack/simulate";
import { scenario } from "./scenario.mjs";

describe("hello", () => {
  it("comes after an hour, over a bad line", simulate({ seeds: 5 }, scenario), 1e8);
});
