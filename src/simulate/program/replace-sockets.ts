/**
 * What Node makes its sockets of: handles of src/node over mirrors of sockets that are beside the host's stack.
 * They stand where libuv's stood before net and dgram are loaded, so that all that is above them is Node's own.
 */
import type { EndpointHost, HostInterface, NetContext } from "../../node/handles.ts";
import type { Beginning } from "../channel/index.ts";
import { addressOf } from "./addresses.ts";
import { callSite } from "./call-site.ts";
import { replaceClass } from "./inside.ts";
import type { KernelClient } from "./kernel-client.ts";
import { TcpMirror } from "./tcp-mirror.ts";
import { UdpMirror } from "./udp-mirror.ts";

type Handles = typeof import("../../node/handles.ts");

/** Counts what keeps the program alive, as libuv counts its handles and requests. */
export class Held {
  count = 0;

  hold(): void {
    this.count++;
  }

  release(): void {
    this.count--;
  }
}

/** Node gives each handle of dgram a lookup of its own as soon as it is made. */
const NO_LOOKUP = (): never => {
  throw new Error("tapstack/simulate: a UDP handle without a lookup");
};

/** The host of a simulated program, as the handles know it. */
class RemoteHost {
  interfaces: readonly HostInterface[] = [];
  readonly #kernel: KernelClient;
  #beginning: Beginning | undefined = undefined;

  constructor(kernel: KernelClient) {
    this.#kernel = kernel;
  }

  begin(beginning: Beginning): void {
    this.#beginning = beginning;
    this.interfaces = beginning.interfaces.map(({ name, addresses }) => ({
      name,
      addresses: addresses.map(({ address, prefixLength }) => ({
        address: addressOf(address),
        prefixLength,
      })),
    }));
  }

  openTcp(site: string | undefined): TcpMirror {
    return new TcpMirror(this.#kernel, this.#begun().tcpOptions, site);
  }

  openUdp(site: string | undefined): UdpMirror {
    return new UdpMirror(this.#kernel, this.#begun().udpOptions, site);
  }

  #begun(): Beginning {
    if (this.#beginning === undefined)
      throw new Error("tapstack/simulate: a socket before the program began");
    return this.#beginning;
  }
}

/** The same for one handle: what it opens, perhaps when a name has been found, was asked for where it was made. */
class HostOfHandle implements EndpointHost {
  readonly #host: RemoteHost;
  readonly #site: string | undefined = callSite();

  constructor(host: RemoteHost) {
    this.#host = host;
  }

  get interfaces(): readonly HostInterface[] {
    return this.#host.interfaces;
  }

  connections(): readonly never[] {
    return [];
  }

  openTcp(): TcpMirror {
    return this.#host.openTcp(this.#site);
  }

  openUdp(): UdpMirror {
    return this.#host.openUdp(this.#site);
  }
}

/**
 * Replaces what net and dgram make their handles of. The handles are loaded after that, since they load net.
 *
 * @returns to be called with what the world tells when the program begins
 */
export async function replaceSockets(
  kernel: KernelClient,
  held: Held,
): Promise<(beginning: Beginning) => void> {
  const host = new RemoteHost(kernel);
  // While the handles are being loaded, a socket of libuv's is made and closed again to see what is inside it.
  let made: { readonly handles: Handles; readonly net: NetContext } | undefined;
  const forHandle = (net: NetContext): NetContext => ({ ...net, host: new HostOfHandle(host) });
  replaceClass("tcp_wrap", "TCP", "net", () => made && new made.handles.TcpHandle(forHandle(made.net)));
  replaceClass("pipe_wrap", "Pipe", "net", () => made && new made.handles.PipeHandle(made.net));
  replaceClass(
    "udp_wrap",
    "UDP",
    "internal/dgram",
    () => made && new made.handles.UdpHandle(forHandle(made.net), 4, NO_LOOKUP),
  );
  const handles = await import("../../node/handles.ts");
  made = { handles, net: handles.createContextOf(new HostOfHandle(host), held) };
  return (beginning) => host.begin(beginning);
}
