/** Why a call or a connection can fail: one name for each cause, whatever the protocol. */

/** Why a call or a connection failed. `src/api` has an errno for each. */
export type Failure =
  | "reset"
  | "refused"
  | "timed-out"
  | "host-unreachable"
  | "network-unreachable"
  | "network-down"
  | "protocol-unreachable"
  | "protocol-error"
  | "host-down"
  | "no-network"
  | "prohibited"
  | "aborted"
  | "broken-pipe"
  | "address-in-use"
  | "address-not-available"
  | "not-connected"
  | "already-connected"
  | "in-progress"
  | "invalid"
  | "message-too-long"
  | "no-buffers"
  | "access"
  | "destination-required"
  | "not-supported"
  | "would-wait"
  /** Of names: nobody has ever had it. */
  | "not-found"
  /** The peer is of another type of socket. */
  | "wrong-type"
  /** The peer takes nothing from this one. */
  | "not-permitted"
  /** What is to be passed is closed. */
  | "not-open";
