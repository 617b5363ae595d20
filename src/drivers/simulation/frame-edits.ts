/** What interventions change in frames that pass. */
import { FrameFields, type LinkCapabilities, type Packet, rewriteTcpWindow } from "../../stack/index.ts";

const TCP = 6;
const TCP_HEADER = 20;

const headers = new FrameFields();

type Medium = LinkCapabilities["medium"];

/** Flips a bit of the last octet of a datagram: behind it there may be padding, which nobody looks at. */
export function flip({ view, start, end, bytes }: Packet, medium: Medium): void {
  const last = headers.read(view, start, end, medium).end - 1;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
}

/** Writes the window field of a TCP segment, and corrects its checksum; of other frames nothing. */
export function setWindow(frame: Packet, medium: Medium, field: number): void {
  const { protocol, transport, end } = headers.read(frame.view, frame.start, frame.end, medium);
  if (protocol === TCP && transport >= 0 && transport + TCP_HEADER <= end)
    rewriteTcpWindow(frame, transport, field);
}
