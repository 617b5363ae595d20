/**
 * Node's classes of handles, for those who take them from `process.binding` by themselves, as some old packages do.
 * Node's own modules have theirs already: those that would want libuv's for pipes to other processes are loaded here.
 */
import "node:child_process";
import "node:cluster";
import "node:dgram";
import "node:tls";
import { replaceInBinding } from "./binding.ts";
import type { ContextSource } from "./net.ts";
import { PipeHandle } from "./pipe-handle.ts";
import { TcpHandle } from "./tcp-handle.ts";
import { UdpHandle } from "./udp-handle.ts";

/** `new (process.binding("tcp_wrap").TCP)(…)`, and those of `pipe_wrap` and `udp_wrap`, are the stack's. */
export function redirectBindings(source: ContextSource): void {
  class TCP extends TcpHandle {
    constructor() {
      super(source());
    }
  }
  class Pipe extends PipeHandle {
    constructor() {
      super(source());
    }
  }
  class UDP extends UdpHandle {
    constructor() {
      const { lookup } = source();
      super(source(), 4, (address, callback) => lookup(address, { family: 4 }, callback as never));
    }
  }
  replaceInBinding("tcp_wrap", { TCP });
  replaceInBinding("pipe_wrap", { Pipe });
  replaceInBinding("udp_wrap", { UDP });
}
