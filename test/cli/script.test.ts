import { expect } from "chai";
import { readScriptOptions, type ScriptCommand } from "../../src/cli/script.ts";
import { UsageError } from "../../src/cli/usage-error.ts";

const read = (...args: string[]): ScriptCommand => readScriptOptions(args) as ScriptCommand;
const FILE = "examples/packet-scripts/rfc2018/out-of-order.pkt";

describe("options of tapstack script", () => {
  it("have the defaults that the help text tells", () => {
    expect(read(FILE)).to.deep.equal({
      files: [FILE],
      profile: "linux",
      linux: false,
      lenient: false,
      openEnd: false,
      tolerance: undefined,
      seed: 1,
      quiet: false,
    });
  });

  it("are read as they are given; a folder stands for its scripts", () => {
    const given = "--profile default --linux --lenient --open-end --tolerance 10 --seed 7 -q".split(" ");
    const command = read("examples/packet-scripts", ...given);
    expect(command.files).to.include(FILE);
    expect({ ...command, files: [] }).to.deep.equal({
      files: [],
      profile: "default",
      linux: true,
      lenient: true,
      openEnd: true,
      tolerance: 10_000,
      seed: 7,
      quiet: true,
    });
  });

  it("are refused in one line", () => {
    expect(() => read()).to.throw(UsageError, "script wants files");
    expect(() => read("no-such-file")).to.throw(UsageError, "there is no file no-such-file");
    expect(() => read(FILE, "--profile", "toString")).to.throw(UsageError, "expected linux or default");
    expect(() => read(FILE, "--seed", "x")).to.throw(UsageError, "--seed x: expected a number");
    expect(() => read(FILE, "--nothing")).to.throw(UsageError);
  });
});
