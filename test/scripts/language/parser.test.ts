import { expect } from "chai";
import { parseScript, type ScriptEvent, ScriptSyntaxError } from "../../../src/scripts/index.ts";

function event(text: string): ScriptEvent {
  const [first] = parseScript(text).events;
  if (first === undefined) throw new Error("no event");
  return first;
}

function refusal(text: string): string {
  try {
    parseScript(text);
  } catch (error) {
    if (error instanceof ScriptSyntaxError) return error.message;
    throw error;
  }
  return "";
}

describe("the language of packet scripts", () => {
  it("has options, a first command, events and a last command", () => {
    const script = parseScript(`
      --tolerance_usecs=10000
      --local_ip=192.168.0.1 // a comment
      \`sysctl -q net.ipv4.tcp_sack=0\`
      0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3 /* another */
      +.5 close(3) = 0
      \`true\``);
    expect([...script.options]).to.deep.equal([
      ["tolerance_usecs", "10000"],
      ["local_ip", "192.168.0.1"],
    ]);
    expect(script.before?.command).to.equal("sysctl -q net.ipv4.tcp_sack=0");
    expect(script.events.map(({ text }) => text)).to.deep.equal([
      "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3",
      "+.5 close(3) = 0",
    ]);
    expect(script.after?.command).to.equal("true");
  });

  it("has times after the last event, after the beginning, in ranges, and any", () => {
    const when = (text: string): unknown => event(`${text} > . 1:1(0) ack 1`).when;
    expect(when("+.25")).to.deep.equal({ base: "last", from: 250_000, to: 250_000 });
    expect(when("1.5")).to.deep.equal({ base: "start", from: 1_500_000, to: 1_500_000 });
    expect(when("+0.2~+0.3")).to.deep.equal({ base: "last", from: 200_000, to: 300_000 });
    expect(when("*")).to.deep.equal({ base: "any", from: 0, to: Number.POSITIVE_INFINITY });
  });

  it("has segments with all that a header has", () => {
    const { action } = event(
      "+0 < [ce] 40000 > 8080 SFPEW. 5:15(10) ack 7 win 100 urg 3 <mss 1460,nop,wscale 7>",
    );
    expect(action).to.deep.include({
      kind: "packet",
      inbound: true,
      ip: { ecn: "ce", trafficClass: undefined, hopLimit: undefined },
      body: {
        kind: "tcp",
        ports: { source: 40_000, destination: 8080 },
        flags: 2 + 1 + 8 + 64 + 128 + 16,
        from: 5,
        length: 10,
        ack: 7,
        window: 100,
        urgent: 3,
        options: [{ kind: "mss", value: 1460 }, { kind: "nop" }, { kind: "wscale", value: 7 }],
      },
    });
    const { action: other } = event("+0 > . 1:1(0) ack 1 <TS val 5 ecr 6,sack 1:2 3:4>");
    expect(other).to.deep.nested.include({
      "body.options": [
        { kind: "TS", val: 5, ecr: 6 },
        {
          kind: "sack",
          blocks: [
            [1, 2],
            [3, 4],
          ],
        },
      ],
    });
    const { action: any } = event("+0 > . 1:1(0) ack 1 <...>");
    expect(any).to.nested.include({ "body.options": undefined, "body.window": undefined });
  });

  it("has errors of ICMP, and UDP", () => {
    expect(event("+0 < icmp unreachable frag_needed mtu 1200 [1:1461(1460)]").action).to.deep.nested.include({
      body: { kind: "icmp", type: 3, code: 4, mtu: 1200, echoed: { protocol: "tcp", from: 1, length: 1460 } },
    });
    expect(event("+0 > udp (10)").action).to.deep.nested.include({
      body: { kind: "udp", ports: undefined, length: 10 },
    });
  });

  it("has calls with structures, strings and errors, and calls that wait", () => {
    const { action, when } = event(
      '+0...0.3 sendmsg(4, {msg_name(...)=..., msg_iov(1)=[{"ab", 2}], msg_flags=0}, MSG_MORE|0x40) = -1 EAGAIN (try again)',
    );
    expect(when.from).to.equal(0);
    expect(action).to.deep.include({ kind: "call", name: "sendmsg", errno: "EAGAIN", end: 300_000 });
    if (action.kind !== "call") return expect.fail(action.kind);
    expect(action.arguments.map(({ kind }) => kind)).to.deep.equal(["number", "struct", "or"]);
  });

  it("says where it is wrong, and what was expected", () => {
    expect(refusal("+0 < . 1:1(0) ack 1\n+0 > P. 1:12(10) ack 1")).to.equal("2:9: from 1 to 12 is not 10");
    expect(refusal("+0 > X 1:1(0)")).to.equal('1:6: "X" is no flag of TCP');
    expect(refusal("+0 close(3)")).to.equal('1:12: expected "=", found the end of the script');
    expect(refusal("+ close(3) = 0")).to.equal('1:3: expected a time in seconds, found "close"');
    expect(refusal("+0 > . 1:1(0) <foo 1>")).to.equal("1:16: foo is no option of TCP that is known");
    expect(refusal("+0 < ipv4 1.2.3.4 > 1.2.3.5: . 1:1(0)")).to.match(/^1:6: ipv4 in front of a packet/);
    expect(refusal("+0 `true")).to.equal("1:4: ` is opened and never closed");
    expect(refusal("+0 > S 0:0(0) ack 1")).to.match(/"ack" without "\."/);
    expect(refusal("+.3~+.2 > . 1:1(0)")).to.match(/the range ends before it begins/);
  });
});
