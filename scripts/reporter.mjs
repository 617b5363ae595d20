/**
 * Mocha's `spec` report, and besides the figures in a file, for scripts: `passed failed skipped`.
 * Use: mocha --reporter scripts/reporter.mjs --reporter-option output=FILE
 */
import { writeFileSync } from "node:fs";
import mocha from "mocha";

export default class Reporter extends mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(options.reporterOptions.output, `${passes} ${failures} ${pending}\n`);
    });
  }
}
