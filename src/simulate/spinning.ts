/**
 * Where a thread is that does not yield: asked of it through Node's inspector, which stops it wherever it is. One that is
 * nowhere waits for something of the machine, and is asked for what.
 */

import type { Worker } from "node:worker_threads";
import { setTimeout } from "../drivers/node/own-timers.ts";

/** Real milliseconds within which a thread answers, unless it is inside of native code. */
const PATIENCE = 2_000;
/** Functions that are told, from the innermost. */
const FRAMES = 3;

interface CallFrame {
  readonly functionName: string;
  readonly location: { readonly scriptId: string; readonly lineNumber: number };
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: { readonly result?: { readonly value?: unknown } };
  readonly params?: {
    readonly callFrames?: readonly CallFrame[];
    readonly scriptId?: string;
    readonly url?: string;
  };
}

/** What keeps libuv's loop of the thread alive, by Node's names. */
const WAITS_FOR = `[...new Set(process.getActiveResourcesInfo())].filter((one) => one !== "Immediate").join(", ")`;

/**
 * `it is at inner file:///program.js:6 < outer …`, or what it waits for; undefined where the thread does not answer, or
 * Node has no inspector.
 */
export async function whereIs({ threadId }: Worker): Promise<string | undefined> {
  const inspector = await import("node:inspector").catch(() => undefined);
  if (inspector === undefined) return undefined;
  const session = new inspector.Session();
  session.connect();
  const post = session.post.bind(session) as (method: string, parameters?: object) => void;
  let own: string | undefined;
  let count = 0;
  const scripts: Map<string, string> = new Map();
  const tell = (method: string, params: object = {}): number => {
    const message = JSON.stringify({ id: ++count, method, params });
    post("NodeWorker.sendMessageToWorker", { sessionId: own, message });
    return count;
  };
  let asked = 0;
  let hear: (what: string) => void = () => undefined;
  const paused = new Promise<readonly CallFrame[]>((resolve) => {
    const on = session.on.bind(session) as (event: string, hear: (event: { params: never }) => void) => void;
    on("NodeWorker.attachedToWorker", ({ params }: { params: Attached }) => {
      if (!new RegExp(`\\b${threadId}\\b`).test(params.workerInfo.title)) return;
      own = params.sessionId;
      tell("Debugger.enable");
      tell("Debugger.pause");
    });
    on("NodeWorker.receivedMessageFromWorker", ({ params }: { params: Received }) => {
      const { id, method, params: about, result } = JSON.parse(params.message) as Message;
      if (id === asked) hear(String(result?.result?.value ?? ""));
      if (about?.scriptId !== undefined) scripts.set(about.scriptId, about.url ?? "");
      if (method === "Debugger.paused") resolve(about?.callFrames ?? []);
    });
  });
  post("NodeWorker.enable", { waitForDebuggerOnStart: false });
  const frames = await Promise.race([paused, late()]);
  if (own !== undefined) tell("Debugger.disable"); // else it could not be taken down
  let waitsFor: string | undefined;
  if (own !== undefined && frames === undefined) {
    const answer = new Promise<string>((resolve) => {
      hear = resolve;
    });
    asked = tell("Runtime.evaluate", { expression: WAITS_FOR });
    waitsFor = await Promise.race([answer, late()]);
  }
  session.disconnect();
  if (frames !== undefined) return `it is at ${placeOf(frames, scripts)}`;
  return waitsFor ? `it waits for what the machine does: ${waitsFor}` : undefined;
}

function placeOf(frames: readonly CallFrame[], scripts: ReadonlyMap<string, string>): string {
  const places = frames.slice(0, FRAMES).map(({ functionName, location: { scriptId, lineNumber } }) => {
    return `${functionName || "(anonymous)"} ${scripts.get(scriptId) ?? "?"}:${lineNumber + 1}`;
  });
  return places.join(" < ");
}

interface Attached {
  readonly sessionId: string;
  readonly workerInfo: { readonly title: string };
}

interface Received {
  readonly message: string;
}

function late(): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(resolve, PATIENCE, undefined);
  });
}
