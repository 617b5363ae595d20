/** What comes with a datagram, and what can be wished for one. */
import type { IpAddress } from "../base/ip-address.ts";
import type { Instant } from "../base/time.ts";
import type { DatagramShape, ReceivedHeader } from "./datagram-shape.ts";

/** What came with the datagram that was received last (IP_PKTINFO and kin). */
export interface DatagramInfo {
  /** Whom it was sent to. */
  readonly destination: IpAddress;
  /** Index of the interface that it came through. */
  readonly interfaceIndex: number;
  /** The time to live that it came with. */
  readonly hopLimit: number;
  /** The type of service octet that it came with. */
  readonly trafficClass: number;
  /** When it arrived, by the stack's clock. */
  readonly arrivedAt: Instant;
  /** Datagrams that were lost for want of room before it. */
  readonly lostBefore: number;
  /** The mark that it had: of its sender on this host (SO_MARK), or of a rule; 0: none. */
  readonly mark: number;
  /** What stood behind its IP header, if its socket wants to know (`receiveHeaders`). */
  readonly headers: readonly ReceivedHeader[];
}

/** How one datagram is to be sent, besides its socket's options. */
export interface DatagramWish {
  /** From this address of the host's; "address-not-available" if it has not got it. */
  readonly source?: IpAddress;
  /** By this interface. */
  readonly interfaceName?: string;
  /** With this time to live, 1 to 255. */
  readonly hopLimit?: number;
  /** With this type of service octet. */
  readonly trafficClass?: number;
  /** Only to a directly connected network. */
  readonly dontRoute?: boolean;
  /** With this mark. */
  readonly mark?: number;
  /** With these headers in the place of the socket's. */
  readonly shape?: Partial<DatagramShape>;
}
