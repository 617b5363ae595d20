import { expect } from "chai";
import { ScriptSyntaxError } from "../../../src/scripts/index.ts";
import { COLLECTION_DEFAULTS, settingsOf } from "../../../src/scripts/run/shell.ts";

const settings = (command: string): object =>
  Object.fromEntries(settingsOf({ kind: "shell", command, place: { line: 3, column: 1 } }));

describe("commands in packet scripts", () => {
  it("are sysctls in all their spellings", () => {
    expect(settings("sysctl -q net.ipv4.tcp_ecn=1 net.ipv4.tcp_sack=0 # both")).to.deep.equal({
      "net.ipv4.tcp_ecn": "1",
      "net.ipv4.tcp_sack": "0",
    });
    expect(settings('sysctl -qw net.ipv4.tcp_rmem="4096 1000 2000" > /dev/null 2>&1')).to.deep.equal({
      "net.ipv4.tcp_rmem": "4096 1000 2000",
    });
    expect(
      settings("../common/set_sysctls.py /proc/sys/net/ipv4/tcp_sack=0 \\\n /proc/sys/net/ipv4/tcp_ecn=2"),
    ).to.deep.equal({
      "net.ipv4.tcp_sack": "0",
      "net.ipv4.tcp_ecn": "2",
    });
  });

  it("are the defaults of the well-known collections, and what comes behind them", () => {
    expect(settings("../common/defaults.sh\nsysctl -q net.ipv4.tcp_ecn=2")).to.deep.equal({
      ...COLLECTION_DEFAULTS,
      "net.ipv4.tcp_ecn": "2",
    });
  });

  it("are without effect where there is nothing to set", () => {
    expect(
      settings("tc qdisc add dev tun0 root pfifo; ip tcp_metrics flush all > /dev/null 2>&1"),
    ).to.deep.equal({});
  });

  it("are refused by name otherwise, and never run", () => {
    expect(() => settings("rm -rf /tmp/x")).to.throw(
      ScriptSyntaxError,
      /^3:1: the command "rm -rf \/tmp\/x" has no/,
    );
  });
});
