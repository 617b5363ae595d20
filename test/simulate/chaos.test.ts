import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { packetsOf, readCapture } from "../../src/drivers/observe/index.ts";
import { type Intervention, parseInterventions, simulate, World } from "../../src/simulate/index.ts";
import { shrink } from "../../src/simulate/shrink.ts";
import { programs } from "./programs.ts";

/** A lock service with a mistake: docs/simulation.md tells of it. */
interface Example {
  lockService(world: World): void;
  scenario(world: World): Promise<void>;
}

/** When it begins, and how long it lasts. */
function millisecondsOf(one: Intervention): [at: number, lasting: number] {
  const lasting = ("for" in one ? one.for : undefined) ?? "0ms";
  return [Number.parseFloat("at" in one ? one.at : "0ms"), Number.parseFloat(lasting)];
}

describe("chaos", function () {
  this.timeout(0); // virtual time bounds it; on a busy machine, threads come up slowly
  const files = programs();
  const folder = mkdtempSync(join(tmpdir(), "tapstack-artifacts-"));
  after(() => {
    files.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  async function example(): Promise<Example> {
    return (await import(pathToFileURL(resolve("examples/simulate/lock/scenario.mjs")).href)) as Example;
  }

  it("finds a mistake from the seed, shrinks its faults, and leaves what there is to see", async () => {
    const { lockService, scenario } = await example();
    const seeds = Array.from({ length: 60 }, (_, index) => 4 + index);
    const test = simulate({ seeds, artifacts: folder }, scenario);
    const { message } = (await test().catch((one: unknown) => one)) as Error;
    expect(message).to.match(/^seed \d+ \(TAPSTACK_SEED=\d+ runs it alone\): two workers hold the lock\n/);
    // The pause of a worker that holds the lock, and at most what brings it about that one is paused just then.
    expect(message).to.match(
      /It takes [1-3] of 12 faults \(\d+ runs to find out\):\n(?: {2}world\.inject\(.*\);\n){0,2} {2}world\.inject\(\{ at: "\d+ms", for: "\d+ms", do: "pause", host: "worker-\d" \}\);\n/,
    );
    expect(message).to.match(/worker-\d enter\n(?:.*\n)*.*worker-\d enter/);
    const seed = /^seed (\d+)/.exec(message)?.[1];
    const own = join(folder, `seed-${seed}`);
    expect(message).to.include(`Captures, log and faults are in ${own}`);
    expect(readdirSync(own).sort()).to.deep.equal([
      "faults.json",
      "interventions.js",
      "interventions.json",
      "link-0.pcapng",
      "log.txt",
    ]);
    const packets = [...packetsOf(readCapture(readFileSync(join(own, "link-0.pcapng"))))];
    expect(packets.every(({ comments }) => comments?.length === 1)).to.equal(true);
    // The faults that were found are read back, and fail again; without them all is well.
    const faults = parseInterventions(readFileSync(join(own, "faults.json"), "utf8"));
    for (const [these, fails] of [
      [faults, true],
      [[], false],
    ] as const) {
      const world = new World({ seed: Number(seed) });
      lockService(world);
      world.inject(...these);
      const error = await world.run("40s").catch((one: unknown) => one);
      await world.close();
      expect(error !== undefined).to.equal(fails);
    }
  });

  it("draws the same faults from the same seed, and ends all of them in time", async () => {
    const drawn = async (seed: number): Promise<readonly Intervention[]> => {
      const world = new World({ seed });
      world.hosts("host", 3, { program: files.write("nothing.cjs", "setTimeout(() => {}, 30_000)") });
      world.chaos({ faults: 12, until: "20s" });
      await world.run("20s");
      await world.close();
      for (const one of world.interventions) {
        const [begin, length] = millisecondsOf(one);
        expect(begin).to.be.at.least(1000);
        expect(begin + length).to.be.at.most(20_000);
      }
      return world.interventions;
    };
    expect(await drawn(5)).to.deep.equal(await drawn(5));
    expect(await drawn(6)).not.to.deep.equal(await drawn(5));
  });

  it("names a host that is not there", async () => {
    const world = new World();
    expect(() => world.inject({ at: "1s", do: "crash", host: "nobody" })).to.throw(
      'there is no host "nobody"',
    );
    await world.close();
  });

  describe("shrinking", () => {
    const fault = (name: string, lasting = "8ms"): Intervention => ({
      at: "0ms",
      for: lasting,
      do: "crash",
      host: name,
    });
    const names = (faults: readonly Intervention[]): string =>
      faults.map((one) => ("host" in one ? one.host : "")).join("");

    it("finds the few among many that it takes, wherever they are", async () => {
      const all = [..."abcdefghijklmnopqrst"].map((name) => fault(name));
      for (const needed of ["a", "t", "gh", "at", "bks", "abcd"]) {
        const fails = async (some: readonly Intervention[]): Promise<boolean> =>
          [...needed].every((name) => names(some).includes(name));
        expect(names((await shrink(all, fails)).faults), needed).to.equal(needed);
      }
    });

    it("leaves none where none is needed, and all where all are", async () => {
      const all = [fault("a"), fault("b"), fault("c")];
      expect((await shrink(all, async () => true)).faults).to.deep.equal([]);
      const kept = await shrink(all, async (some) => some.length === 3);
      expect(names(kept.faults)).to.equal("abc");
    });

    it("makes what is left shorter, and lets it begin later", async () => {
      const fails = async ([one]: readonly Intervention[]): Promise<boolean> => {
        if (one === undefined) return false;
        const [at, lasting] = millisecondsOf(one);
        return at <= 60 && at + lasting >= 64; // what it takes is from 60 to 64 ms
      };
      const { faults } = await shrink([fault("a", "100ms")], fails);
      expect(faults).to.deep.equal([{ ...fault("a"), at: "50ms", for: "25ms" }]);
    });

    it("ends after so many runs", async () => {
      let runs = 0;
      const fails = async (): Promise<boolean> => ++runs % 2 === 0;
      const outcome = await shrink(
        [..."abcdefgh"].map((name) => fault(name)),
        fails,
        10,
      );
      expect(outcome.runs).to.equal(10);
    });
  });
});

describe("a run that checks itself", function () {
  this.timeout(0); // virtual time bounds it; on a busy machine, threads come up slowly
  const files = programs();
  after(() => files.remove());

  const checked = (text: string): (() => Promise<void>) =>
    simulate({ check: true }, async (world) => {
      world.host("server", {
        program: files.write("echo.cjs", `require("net").createServer((s) => s.pipe(s)).listen(7);`),
      });
      const client = world.host("client", { program: files.write("client.cjs", text) });
      await world.until(() => client.exitCode !== undefined);
    });

  it("is content with a program that is repeatable", async () => {
    await checked(`require("net").connect(7, "server").end("x".repeat(Math.random() * 1000)).resume();`)();
  });

  it("tells of a run that fails only when it is run again", async () => {
    let runs = 0;
    const test = simulate({ check: true }, async (world) => {
      world.host("a", { program: files.write("nothing.cjs", "") });
      await world.run("1s");
      if (++runs === 2) throw new Error("the second");
    });
    const { message } = (await test().catch((one: unknown) => one)) as Error;
    expect(message).to.equal("seed 1 went well, and fails when it is run again: the second");
  });

  it("names the first event that differs where a program has a clock of the machine", async () => {
    // process.cpuUsage and memoryUsage are the machine's: a program that decides by them is another each time.
    const text = `
      console.log("begins");
      const { user } = process.cpuUsage();
      require("net").connect(7, "server").end("x".repeat(user % 1000)).resume();`;
    const { message } = (await checked(text)().catch((one: unknown) => one)) as Error;
    expect(message).to.match(
      /^seed 1 is not the same when it is run again\.\nThe first event that differs is number \d+:\n/,
    );
    expect(message).to.match(/ {2}first: {2}[\d.]+ s client sends .*\n {2}again: {2}[\d.]+ s client sends /);
  });
});
