/** Node's tests that are not run over our stack, each with the reason. */

const DESCRIPTOR = "opens a descriptor of the kernel; sockets of the stack have none";
const CLUSTER = "shares one port among processes; each process has a stack of its own";
const PROCESSES = "connects two processes over the kernel's loopback; each has a stack of its own";
const INTERNALS =
  "puts functions of its own into Node's internal bindings, or compares with their classes, which are what is replaced";
const FILES = "wants path sockets to be files; theirs is a namespace inside the process";

export const LEFT_OUT: Readonly<Record<string, string>> = {
  "parallel/test-dgram-bind-fd-error.js": DESCRIPTOR,
  "parallel/test-dgram-bind-fd.js": DESCRIPTOR,
  "parallel/test-dgram-bind-socket-close-before-cluster-reply.js": CLUSTER,
  "parallel/test-dgram-create-socket-handle-fd.js": DESCRIPTOR,
  "parallel/test-dgram-create-socket-handle.js": INTERNALS,
  "parallel/test-dgram-exclusive-implicit-bind.js": CLUSTER,
  "parallel/test-dgram-send-queue-info.js":
    "wants libuv's queue of datagrams to be full (--test-udp-no-try-send); the stack sends at once",
  "parallel/test-net-better-error-messages-listen-path.js": FILES,
  "parallel/test-net-child-process-connect-reset.js": PROCESSES,
  "parallel/test-net-connect-options-fd.js": DESCRIPTOR,
  "parallel/test-net-listen-exclusive-random-ports.js": CLUSTER,
  "parallel/test-net-listen-handle-in-cluster-1.js": CLUSTER,
  "parallel/test-net-persistent-nodelay.js": INTERNALS,
  "parallel/test-net-persistent-ref-unref.js": INTERNALS,
  "parallel/test-net-pipe-connect-errors.js": FILES,
  "parallel/test-net-pipe-with-long-path.js": FILES,
  "parallel/test-net-server-listen-handle.js": DESCRIPTOR,
  "parallel/test-net-server-listen-path.js": FILES,
  "parallel/test-net-server-close-before-ipc-response.js": CLUSTER,
  "sequential/test-dgram-bind-shared-ports.js": CLUSTER,
  "sequential/test-net-listen-shared-ports.js": CLUSTER,
  "sequential/test-net-response-size.js": PROCESSES,
};
