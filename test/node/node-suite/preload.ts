/**
 * Loaded before each of Node's own tests (`--import`): gives `net` and `dgram` to everything that asks for
 * them, bound to a stack of the process's own. IPv6 addresses of the machine are hidden, since the stack has
 * none and Node's tests ask for them to know what they may try.
 */
import Module from "node:module";
import os from "node:os";
import { openSuiteHost } from "./host.ts";

type Load = (request: string, parent: unknown, isMain: boolean) => unknown;

const { net, dgram } = openSuiteHost();
const replaced: Readonly<Record<string, unknown>> = {
  net,
  "node:net": net,
  dgram,
  "node:dgram": dgram,
};
const load = Reflect.get(Module, "_load") as Load;
Reflect.set(
  Module,
  "_load",
  function replace(this: unknown, request: string, parent: unknown, isMain: boolean) {
    return replaced[request] ?? load.call(this, request, parent, isMain);
  },
);

const { networkInterfaces } = os;
os.networkInterfaces = () =>
  Object.fromEntries(
    Object.entries(networkInterfaces()).map(([name, addresses]) => [
      name,
      addresses?.filter((address) => address.family === "IPv4"),
    ]),
  );
