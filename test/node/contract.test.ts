/** What handles of ours and Node's own code must agree about, read from the Node that runs. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { handleFacts, JSStream } from "../../src/node/binding.ts";
import { PipeHandle } from "../../src/node/pipe-handle.ts";
import { TcpHandle } from "../../src/node/tcp-handle.ts";
import { UdpHandle } from "../../src/node/udp-handle.ts";
import { loopbackStack } from "./loopback-stack.ts";
import { contextOn } from "./net-rig.ts";

const OTHER_NODE = fileURLToPath(new URL("./fixtures/other-node.js", import.meta.url));

describe("the contract with Node", () => {
  it("is tried out before the first socket, and a Node that does not keep it is refused in one line", () => {
    const run = (change: string): string =>
      execFileSync(process.execPath, [OTHER_NODE, change], { encoding: "utf8" });
    expect(run("none")).to.equal("served\n");
    const refusal = (what: string): RegExp =>
      new RegExp(`^tapstack: Node ${process.version} speaks with .* \\(${what}\\); known are .*\\n$`);
    expect(run("writes are answered elsewhere")).to.match(refusal("a write that fits"));
    expect(run("no write is ever held back")).to.match(refusal("a write that fills the connection"));
    expect(run("nothing is said at the end")).to.match(refusal("the end of what is written"));
  });

  /** Names on the prototypes of Node's class, down to Object's. */
  function namesOf(prototype: object): string[] {
    const names: string[] = [];
    for (let at = prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
      names.push(...Object.getOwnPropertyNames(at));
    }
    return [...new Set(names)].filter((name) => name !== "constructor");
  }

  /** Where C++ has put it: there such a method refuses whatever is none of its own objects. */
  function isNative(method: unknown): boolean {
    return typeof method === "function" && String(method).includes("[native code]");
  }

  const binding = Reflect.get(process, "binding") as (name: string) => Record<string, { prototype: object }>;

  for (const [kind, of, make] of [
    ["TCP", "tcp_wrap", () => new TcpHandle(contextOn(loopbackStack()))],
    ["Pipe", "pipe_wrap", () => new PipeHandle(contextOn(loopbackStack()))],
    ["UDP", "udp_wrap", () => new UdpHandle(contextOn(loopbackStack()), 4, () => undefined)],
  ] as const) {
    it(`covers every method of Node's ${kind}, none of which is libuv's own`, () => {
      const prototype = binding.call(process, of)[kind]?.prototype as object;
      const handle = make() as object;
      const names = namesOf(prototype);
      expect(names).to.include.members(["bind", "close", "getAsyncId", "asyncReset", "getProviderType"]);
      const jsStream = new Set(namesOf(JSStream.prototype));
      const wrong = names.filter((name) => {
        if (!(name in handle)) return true;
        const ours: unknown = name === "onread" ? undefined : Reflect.get(handle, name);
        if (typeof ours === "function" && ours.name === "refuse") return true;
        // JSStream's own methods serve a handle that is a JSStream.
        return isNative(ours) && !(kind !== "UDP" && jsStream.has(name));
      });
      expect(wrong).to.deep.equal([]);
    });

    it(`answers each of them with a number, or what it asks for (${kind})`, () => {
      const handle = make() as TcpHandle;
      expect(handle.getProviderType()).to.equal(handleFacts()[kind.toLowerCase() as "tcp" | "pipe" | "udp"]);
      const before = handle.getAsyncId();
      handle.asyncReset({});
      expect(handle.getAsyncId()).to.be.greaterThan(before);
      expect(handle.fd).to.equal(-1);
      expect(handle.hasRef()).to.equal(true);
      handle.close();
    });
  }

  it("says that a stream of a stack cannot block", () => {
    const handle = new TcpHandle(contextOn(loopbackStack()));
    expect(handle.setBlocking(false)).to.equal(0);
    expect(handle.setBlocking(true)).to.equal(-95); // ENOTSUP
    handle.close();
  });
});
