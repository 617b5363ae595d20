/** `node:net` and `node:dgram` bound to a given stack, or to the one that a program has chosen as its own. */
import { UnixNamespace } from "../api/index.ts";
import { CALLABLE, checkSettings, instanceOf, parseIp, type Rules, rule } from "../stack/index.ts";
import { createDgramFrom, type Dgram } from "./dgram.ts";
import { keepPlace } from "./event-turns.ts";
import { Keeper } from "./keeper.ts";
import { createLookup, type HostTable, LOCALHOST, type Lookup } from "./lookup.ts";
import { createNetFrom, type Net } from "./net.ts";
import { type EndpointHost, hasUnfinished, type NetContext } from "./net-context.ts";
import { NODE_PROGRAMS } from "./node-programs.ts";
import { probeNode } from "./probe.ts";
import { guardSending } from "./send-guard.ts";
import { unixHost } from "./unix-host.ts";

/** How Node's modules are put on a stack. */
export interface NetOptions {
  /** Host names that need no asking, besides "localhost": lower case, with IP addresses as text. */
  readonly hosts?: HostTable | undefined;
  /** Who is asked for other names; Node's `dns.lookup` by default, which asks as the host does. */
  readonly lookup?: Lookup | undefined;
  /** Where path sockets live. By default, those of one stack see each other and no others. */
  readonly unix?: UnixNamespace | undefined;
}

const RULES: Rules<NetOptions> = {
  hosts: rule("a Map from names in lower case to IP addresses", isHostTable),
  lookup: CALLABLE,
  unix: instanceOf(UnixNamespace, "a UnixNamespace"),
};

function isHostTable(value: unknown): boolean {
  if (!(value instanceof Map)) return false;
  return [...value].every(
    ([name, address]) =>
      typeof name === "string" && name === name.toLowerCase() && parseIp(String(address)) !== undefined,
  );
}

/** Stacks keep their path sockets, whatever of them is made first or again. */
const namespaces: WeakMap<EndpointHost, UnixNamespace> = new WeakMap();

function namespaceOf(stack: EndpointHost): UnixNamespace {
  const namespace = namespaces.get(stack) ?? new UnixNamespace();
  namespaces.set(stack, namespace);
  return namespace;
}

function createContext(stack: EndpointHost, options: NetOptions): NetContext {
  checkSettings("tapstack/net", options, RULES);
  probeNode();
  guardSending();
  keepPlace();
  stack.turns?.enlist?.(NODE_PROGRAMS);
  const table = new Map([...LOCALHOST, ...(options.hosts ?? [])]);
  return {
    host: stack,
    unix: unixHost(options.unix ?? namespaceOf(stack)),
    keeper: new Keeper(() => hasUnfinished(stack), stack.turns?.enlist === undefined),
    table,
    lookup: createLookup(table, stack, options.lookup),
  };
}

/**
 * The surface of `node:net` over `stack`.
 *
 * @throws TypeError for an option that there is not, RangeError for a value that cannot be
 */
export function createNet(stack: EndpointHost, options: NetOptions = {}): Net {
  const context = createContext(stack, options);
  return createNetFrom(() => context);
}

/** The surface of `node:dgram` over `stack`. @throws as `createNet` */
export function createDgram(stack: EndpointHost, options: NetOptions = {}): Dgram {
  const context = createContext(stack, options);
  return createDgramFrom(() => context);
}

let chosen: NetContext | undefined;

/**
 * Chooses the stack on which the exports of `tapstack/net` and `tapstack/dgram` open sockets from now on. What
 * is open stays where it is.
 *
 * @throws as `createNet`
 */
export function use(stack: EndpointHost, options: NetOptions = {}): void {
  chosen = createContext(stack, options);
}

/**
 * The stack that was chosen.
 *
 * @throws Error when none has been
 */
export function chosenContext(): NetContext {
  if (chosen === undefined) {
    throw new Error("no stack to open a socket on: call use(stack) of tapstack/net first");
  }
  return chosen;
}
