/** Loaded before anything else of `tapstack/register`: a program that cannot be put on a stack is told so in one line. */
import { refuseToStart } from "./refuse.ts";
import { refusalOf } from "./runtime.ts";

const refusal = refusalOf(process);
if (refusal !== undefined) refuseToStart(refusal);
