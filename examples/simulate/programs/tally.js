/**
 * What the clients have in common: one request each 200 ms for 25 s, each checked, and in the end a line that says
 * how it went. `ask(n)` gives what came back for the number n, which must be n.
 */
export function tally(ask, close = () => undefined) {
  const seen = { good: 0, wrong: 0, failed: 0, lastGood: -1 };
  const errors = new Set();
  let n = 0;
  let open = 0;
  const one = async () => {
    const number = ++n;
    open++;
    try {
      const answer = await ask(number);
      if (answer === number) seen.good++;
      else seen.wrong++;
      seen.lastGood = Math.max(seen.lastGood, number);
    } catch (error) {
      seen.failed++;
      errors.add(error.code ?? error.cause?.code ?? error.message);
    }
    open--;
  };
  const timer = setInterval(one, 200);
  setTimeout(async () => {
    clearInterval(timer);
    await new Promise((resolve) => setTimeout(resolve, 10_000)); // whatever is still under way
    console.log(JSON.stringify({ ...seen, asked: n, open, errors: [...errors].sort() }));
    await close();
  }, 25_000);
}

/** Rejects when `promise` takes longer: not every library bounds its calls. */
export function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("too late")), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
