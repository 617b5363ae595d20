/** UDP hole punching between hosts behind translators: RFC 5128 §3.3, and §5 on where it cannot work. */
import { expect } from "chai";
import type { SocketAddress } from "../../../src/stack/index.ts";
import { Ear, Internet, ip } from "../../support/nat-net.ts";

const KINDS = ["full-cone", "restricted-cone", "port-restricted-cone", "symmetric"] as const;

/**
 * A translator that gives each destination another port cannot be told in advance, so whoever lets in only the port
 * that it has spoken to shuts it out: a symmetric one meets neither its like nor a port-restricted one.
 */
function meets(one: string, other: string): boolean {
  const strict = ["port-restricted-cone", "symmetric"];
  return !(one === "symmetric" && strict.includes(other)) && !(other === "symmetric" && strict.includes(one));
}

/** Both ask the server how the other looks from outside, then speak to that, and to whoever answers. */
async function punch(one: string, other: string, seed: number): Promise<boolean> {
  const net = new Internet(seed);
  const server = new Ear(net.server, 3478);
  const ears = [net.site(one), net.site(other)].map(({ host }) => new Ear(host, 5000));
  const seen: SocketAddress[] = [];
  server.answer = (text, from) => {
    seen[Number(text)] = from;
  };
  for (const [index, ear] of ears.entries()) {
    ear.answer = (text, from) => {
      if (text === "punch") ear.say("answer", from);
    };
    ear.say(String(index), { address: ip("198.51.100.100"), port: 3478 });
  }
  await net.lab.runFor("1s");
  const [a, b] = ears as [Ear, Ear];
  for (let attempt = 0; attempt < 3; attempt++) {
    a.say("punch", seen[1] as SocketAddress);
    b.say("punch", seen[0] as SocketAddress);
    await net.lab.runFor("500ms");
  }
  net.lab.close();
  return [a, b].every(({ heard }) => heard.some((line) => /^(punch|answer)/.test(line)));
}

describe("UDP hole punching (RFC 5128 §3.3)", () => {
  for (const one of KINDS) {
    for (const other of KINDS) {
      const outcome = meets(one, other) ? "meets" : "does not meet";
      it(`${outcome} behind ${one} and ${other}`, async () => {
        expect(await punch(one, other, 7)).to.equal(meets(one, other));
      });
    }
  }
});
