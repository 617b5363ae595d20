// A reporter for any mocha since version 3: one line of JSON for each test, appended to TAPSTACK_RESULTS. CommonJS,
// since old versions of mocha load nothing else.
const { appendFileSync } = require("node:fs");

module.exports = function Reporter(runner) {
  const note = (status) => (test) => {
    const line = JSON.stringify({ name: test.fullTitle(), status });
    appendFileSync(process.env.TAPSTACK_RESULTS, `${line}\n`);
  };
  runner.on("pass", note("pass"));
  runner.on("fail", note("fail"));
  runner.on("pending", note("skip"));
};
