/** One end of a tunnel, as the stack sees it: a link whose frames a pump carries. */
import type { Link, LinkCapabilities, LinkSink, Packet } from "../../stack/index.ts";
import type { TunnelPump } from "./tunnel-pump.ts";

/** One end of a tunnel of any kind. */
export abstract class TunnelLink implements Link {
  abstract readonly capabilities: LinkCapabilities;
  protected abstract readonly pump: TunnelPump;

  attach(sink: LinkSink): void {
    this.pump.attach(sink);
  }

  transmit(frames: readonly Packet[], count: number): number {
    return this.pump.transmit(frames, count);
  }

  close(): void {
    this.pump.close();
  }
}
