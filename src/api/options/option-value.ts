/** The values of options, and what an option is known by. */
import type { FilterInstruction, TcpInfo } from "../../stack/index.ts";

/** Who is at the other end of an AF_UNIX socket (SO_PEERCRED, SCM_CREDENTIALS). */
export interface Credentials {
  /** The process. */
  readonly pid: number;
  /** Its user. */
  readonly uid: number;
  /** Its group. */
  readonly gid: number;
}

/** Values of options: an integer, a pair (SO_LINGER, timeouts, memberships), integers (ICMP6_FILTER), a name, octets, or a record. */
export type OptionValue =
  | number
  | string
  | Uint8Array
  | readonly [number, number]
  | readonly [bigint, number]
  | readonly number[]
  | readonly FilterInstruction[]
  | Credentials
  | Readonly<TcpInfo>;

/** The key of an option among all levels. */
export function optionKey(level: number, number: number): number {
  return level * 0x1_0000 + number;
}
