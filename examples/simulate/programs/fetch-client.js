import { tally } from "./tally.js";

tally(async (n) => {
  const response = await fetch("http://server/numbers", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ n, padding: "x".repeat(20_000) }),
    signal: AbortSignal.timeout(2000),
  });
  const answer = await response.json();
  return answer.padding === 20_000 ? answer.n : -1;
});
