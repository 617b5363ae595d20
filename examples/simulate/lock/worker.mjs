/** Takes the lock, works for a second, and leaves. Its mistake: nothing tells it that its lease is over. */
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

for (;;) {
  const response = await fetch(`http://lock/${hostname()}`, { signal: AbortSignal.timeout(1000) }).catch(
    () => undefined,
  );
  await response?.text().catch(() => undefined);
  if (response?.status === 200) {
    console.log("enter");
    await sleep(1000);
    console.log("leave");
    await sleep(500 + Math.random() * 500);
  } else await sleep(300 + Math.random() * 200);
}
