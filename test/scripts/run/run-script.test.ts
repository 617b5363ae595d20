import { expect } from "chai";
import { runPacketScript, ScriptFailure, type ScriptOptions } from "../../../src/scripts/index.ts";

const OPENING = `
0  socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1460>
+0 > S. 0:0(0) ack 1 <mss 1460>
+0 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 write(4, ..., 10) = 10
`;

async function failure(text: string, options: ScriptOptions = {}): Promise<ScriptFailure> {
  try {
    await runPacketScript(text, options);
  } catch (error) {
    if (error instanceof ScriptFailure) return error;
    throw error;
  }
  return expect.fail("the script came true");
}

describe("a packet script", () => {
  it("comes true when all is sent, at its time, and nothing else", async () => {
    await runPacketScript(`${OPENING}+0 > P. 1:11(10) ack 1\n+.01 < . 1:1(0) ack 11 win 65535`);
  });

  it("fails when something else is sent, with the line, both segments, the reason and what went before", async () => {
    const { message, details } = await failure(`${OPENING}+0 > P. 1:12(11) ack 1`, { name: "x.pkt" });
    expect(details.place.line).to.equal(10);
    expect(details).to.include({ event: "+0 > P. 1:12(11) ack 1", problem: "the length is 10, not 11" });
    expect(details.seen).to.equal("P. 1:11(10) ack 1 win 65535");
    expect(details.reason).to.match(/^newText: .*RFC 9293/);
    expect(details.trace).to.have.length(4);
    expect(message).to.match(/^x\.pkt:10: the length is 10, not 11\n {2}event {5}\+0 > P\./);
  });

  it("fails when it is sent at another time, or never", async () => {
    const late = await failure(`${OPENING}+.1 > P. 1:11(10) ack 1`);
    expect(late.details.problem).to.equal("it was sent 100 ms before its time, which was 0.100000 s");
    const never = await failure(
      `${OPENING}+0 > P. 1:11(10) ack 1\n+0 < . 1:1(0) ack 11\n+.1 > F. 11:11(0) ack 1`,
    );
    expect(never.details.problem).to.match(/^nothing was sent until/);
  });

  it("fails when more is sent, unless its end is open", async () => {
    const more = await failure(`${OPENING}+0 < . 1:1(0) ack 11 win 65535`);
    expect(more.details.problem).to.equal("after the last event something was sent");
    await runPacketScript(`${OPENING}+0 < . 1:1(0) ack 11 win 65535`, { openEnd: true });
  });

  it("fails when a call comes to something else, waits, or does not return in time", async () => {
    const sent = `${OPENING}+0 > P. 1:11(10) ack 1\n`;
    const errno = await failure(`${sent}+0 recv(4, ..., 10, MSG_DONTWAIT) = -1 EPIPE (Broken pipe)`);
    expect(errno.details).to.include({ expected: "recv(…) = -1 EPIPE", seen: "recv(…) = -1 EAGAIN" });
    const waits = await failure(`${sent}+0 read(4, ..., 10) = 5`);
    expect(waits.details.problem).to.equal("read waits, and the script does not say until when");
    const early = await failure(
      `${sent}+0...0.5 read(4, ..., 10) = 5\n+.1 < P. 1:6(5) ack 11 win 65535\n* > . 11:11(0) ack 6`,
    );
    expect(early.details.problem).to.equal("read returned 400 ms before its time");
  });

  it("fails at a call that the target does not have", async () => {
    const unknown = await failure(`${OPENING}+0 > P. 1:11(10) ack 1\n+0 epoll_create(1) = 5`);
    expect(unknown.details).to.include({ problem: "the call epoll_create is not supported" });
    expect(unknown.details.place.line).to.equal(11);
  });

  it("looks at TCP_INFO, by the names of Linux", async () => {
    const sent = `${OPENING}+0 > P. 1:11(10) ack 1\n`;
    await runPacketScript(`${sent}+0 %{ assert tcpi_state == TCP_ESTABLISHED and tcpi_unacked == 1 }%`);
    const broken = await failure(`${sent}+0 %{\nassert tcpi_snd_cwnd == 11, tcpi_snd_cwnd\n}%`);
    expect(broken.details).to.deep.include({
      place: { line: 12, column: 1 },
      expected: "tcpi_snd_cwnd == 11",
      seen: "tcpi_snd_cwnd = 10",
    });
  });

  it("takes what systems differ in as it comes, when it is lenient", async () => {
    const text = `${OPENING.replace("ack 1 <mss 1460>", "ack 1 <nop,mss 1460>")}+0 > . 1:11(10) ack 1`;
    const strict = await failure(text);
    expect(strict.details.problem).to.equal("options are <mss 1460>, not <nop,mss 1460>");
    await runPacketScript(text, { lenient: true });
  });

  it("refuses settings that our stack does not have, and calls that it does not know", async () => {
    const refused = (text: string): Promise<string> =>
      runPacketScript(text).then(
        () => "",
        (error: Error) => error.message,
      );
    expect(
      await refused("`sysctl -q net.ipv4.no_such_thing=1`\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3"),
    ).to.match(/no_such_thing has no counterpart/);
    expect(await refused("0 splice(3, 4) = 0")).to.match(/the call splice is not supported/);
    expect(await refused("0 socket(..., SOCK_NOTHING, 0) = 3")).to.match(/^1:15: SOCK_NOTHING is not known/);
  });
});
