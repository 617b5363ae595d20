/** Worker threads of a program that is put on a stack: each loads Node's modules anew, so each is taken over anew. */
import workerThreads, { type WorkerOptions } from "node:worker_threads";

/** From now on every `new Worker` loads the module `path` before its program, whatever its options say. */
export function preloadInWorkers(path: string): void {
  const nodes = workerThreads.Worker;
  const Worker = new Proxy(nodes, {
    construct(target, [file, options = {}]: [unknown, WorkerOptions?], made): object {
      const { execArgv: given } = options ?? {};
      // What is wrong with its options, Node says.
      if (given !== undefined && !Array.isArray(given))
        return Reflect.construct(target, [file, options], made);
      const create = (execArgv: readonly string[]): object =>
        Reflect.construct(target, [file, { ...options, execArgv: [...execArgv, "--require", path] }], made);
      return given === undefined ? withInherited(create) : create(given);
    },
  });
  Reflect.set(workerThreads, "Worker", Worker);
}

/** A worker inherits those options of the process that a thread can have; by name it may be given no others. */
function withInherited(create: (execArgv: readonly string[]) => object): object {
  try {
    return create(process.execArgv);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ERR_WORKER_INVALID_EXEC_ARGV") throw error;
    const refused = message.slice(message.indexOf(":") + 1).split(/[\s,]+/);
    return create(process.execArgv.filter((option) => !refused.includes(option)));
  }
}
