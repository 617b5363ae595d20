/**
 * Commands of a script, as far as they set what a stack can set. Nothing is ever run: a command is mapped, or known to
 * be without effect here, or refused by name.
 */

import { ScriptSyntaxError } from "../language/place.ts";
import type { ShellAction } from "../language/syntax.ts";

/** What packetdrill's collections set before every script of theirs (`defaults.sh`). */
export const COLLECTION_DEFAULTS: Readonly<Record<string, string>> = {
  "net.ipv4.tcp_rmem": "4096 540000 15728640",
  "net.ipv4.tcp_wmem": "4096 262144 4194304",
  "net.ipv4.tcp_timestamps": "1",
  "net.ipv4.tcp_syn_retries": "5",
  "net.ipv4.tcp_synack_retries": "5",
  "net.ipv4.tcp_sack": "1",
  "net.ipv4.tcp_dsack": "1",
  "net.ipv4.tcp_congestion_control": "cubic",
  "net.ipv4.tcp_slow_start_after_idle": "0",
  "net.ipv4.tcp_ecn": "0",
};

/** Programs that are without effect, and why. */
const WITHOUT_EFFECT: readonly RegExp[] = [
  /^ip tcp_metrics flush all\b/, // nothing is remembered of other connections
  /sysctl_restore_\$\{?PPID\}?\.sh$/, // settings end with the script
  /^tc qdisc (?:add|replace) dev \S+ root p?fifo\b/, // frames leave at once
  /^echo 3 > \/sys\/module\/tcp_cubic\/parameters\/hystart_detect$/, // it is 3 anyway
  /^(?:true|:)$/,
];

/** The settings that a command asks for. @throws ScriptSyntaxError for a command that is not understood */
export function settingsOf(action: ShellAction): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  const text = action.command.replace(/\\\n/g, " ").replace(/\\(.)/g, "$1");
  for (const line of text.split(/\n|;|&&/)) {
    const command = line
      .replace(/(?:^|\s)#.*$/, "")
      .replace(/\s*>\s*\/dev\/null(?:\s+2>&1)?/, "")
      .trim();
    if (command !== "") addCommand(command, settings, action);
  }
  return settings;
}

function addCommand(command: string, settings: Map<string, string>, action: ShellAction): void {
  if (WITHOUT_EFFECT.some((known) => known.test(command))) return;
  const [program = "", ...words] = command.match(/"[^"]*"|\S+/g) ?? [];
  if (/(?:^|\/)defaults\.sh$/.test(program) || (program === "." && /defaults\.sh$/.test(words[0] ?? ""))) {
    for (const [name, value] of Object.entries(COLLECTION_DEFAULTS)) settings.set(name, value);
  } else if (/(?:^|\/)sysctl$/.test(program))
    addSysctls(
      words.filter((word) => !/^-[qw]+$/.test(word)),
      settings,
    );
  else if (/(?:^|\/)set_sysctls\.py$/.test(program)) addSysctls(words.map(fromPath), settings);
  else
    throw new ScriptSyntaxError(
      `the command "${command}" has no counterpart here, and is not run`,
      action.place,
    );
}

function addSysctls(words: readonly string[], settings: Map<string, string>): void {
  let name: string | undefined;
  for (const word of words.join(" ").match(/[^\s=]+="[^"]*"|[^\s=]+=\S+|[^\s=]+|=/g) ?? []) {
    const [, left = "", right] = /^([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (right !== undefined) settings.set(left, right.replace(/^"|"$/g, ""));
    else if (left !== "" && name === undefined) name = left;
    else if (left !== "" && name !== undefined) {
      settings.set(name, left);
      name = undefined;
    }
  }
}

/** `/proc/sys/net/ipv4/tcp_sack=1` is `net.ipv4.tcp_sack=1`. */
function fromPath(word: string): string {
  const [path = "", value = ""] = word.split("=");
  return `${path.replace(/^\/proc\/sys\//, "").replaceAll("/", ".")}=${value}`;
}
