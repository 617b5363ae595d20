import { expect } from "chai";
import { parametersFromJson } from "../../../src/services/iperf3/protocol.ts";

describe("iperf3's parameters", () => {
  it("that a peer left out are not found among the properties of every object", () => {
    const given = JSON.parse('{"time": 5, "parallel": 1, "len": 1000}');
    const plain = parametersFromJson(given);
    expect(plain).to.include({ protocol: "tcp", time: 5, reverse: false });
    for (const [name, value] of [
      ["udp", true],
      ["reverse", true],
      ["omit", 3],
    ] as const) {
      Object.defineProperty(Object.prototype, name, { value, configurable: true });
    }
    try {
      expect(parametersFromJson(given)).to.deep.equal(plain);
    } finally {
      for (const name of ["udp", "reverse", "omit"]) Reflect.deleteProperty(Object.prototype, name);
    }
  });
});
