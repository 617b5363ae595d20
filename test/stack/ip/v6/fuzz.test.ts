/** The parsers of IPv6, ICMPv6, Neighbour Discovery and MLD, given what was made to spoil them. More by FUZZ_INPUTS. */
import { expect } from "chai";
import { below, seconds, Xoshiro128 } from "../../../../src/stack/index.ts";
import { bytes } from "../../../support/frames.ts";
import {
  advertisement,
  describeFrame6,
  ip6,
  OUR_IP6,
  PEER_IP6,
  ping6,
  text6,
} from "../../../support/frames6.ts";
import { Ip6Fuzzer } from "../../../support/ip6-fuzz.ts";
import { thorough } from "../../../support/thorough.ts";
import { address, WireRig } from "../../../support/wire-rig.ts";

const INPUTS = Number(process.env["FUZZ_INPUTS"] ?? thorough(10_000, 50_000));
/** A stack is used for so many, since much of what goes wrong only does so in the state that others have left. */
const PER_STACK = 500;
const MAX_ADDRESSES = 2 + 16 + 1;

/** Of us, or of nobody while an address is asked for; whole, and with the right checksum. */
function checkOwn(rig: WireRig, frame: Uint8Array): void {
  const line = describeFrame6(frame);
  expect(line).to.not.match(/BAD|TOO SHORT/);
  const source = text6(frame.subarray(22, 38));
  const known = rig.eth0.addresses.some((own) => own.address.equals(address(source)));
  expect(known || source === "::" || GONE.has(source), `${line}: from an address of ours`).to.equal(true);
  expect(frame.length).to.be.within(60, 1514);
}
/** Addresses that were ours when something was sent. */
const GONE = new Set<string>();

describe("IPv6, given anything", () => {
  const seed = Number(process.env["FUZZ_SEED"] ?? 1);
  it(`never throws, sends only what is well-formed, keeps nothing, and still answers: ${INPUTS} inputs, seed ${seed}`, function () {
    this.timeout(0);
    const random = new Xoshiro128(seed);
    const fuzzer = new Ip6Fuzzer(random);
    for (let done = 0; done < INPUTS; done += PER_STACK) round(fuzzer, random, seed + done);
  });

  function round(fuzzer: Ip6Fuzzer, random: Xoshiro128, seed: number): void {
    const rig = new WireRig({
      addresses: [`${OUR_IP6}/64`],
      seed,
      interface: { claim: "off", autoconfigure: true, temporaryAddresses: (seed & 1) === 1 },
    });
    const socket = rig.stack.openUdp();
    socket.bind({ address: address("::"), port: 7 });
    socket.joinGroup(address("ff05::123"), "eth0");
    socket.memberships?.changeSource("block", address("ff05::123"), address("2001:db8::9"), "eth0");
    const connected = rig.stack.openUdp();
    connected.connect({ address: address(PEER_IP6), port: 9 });
    GONE.clear();
    for (let i = 0; i < PER_STACK; i++) {
      for (const own of rig.eth0.addresses) GONE.add(text6(bytes(ip6(own.address.toString()))));
      rig.receive(fuzzer.frame());
      if (below(random, 20) === 0) connected.send(bytes("x"));
      if (below(random, 50) === 0) rig.run(seconds(below(random, 100)));
      for (const frame of rig.taken()) checkOwn(rig, frame);
    }
    expect(rig.eth0.addresses.length).to.be.at.most(MAX_ADDRESSES);
    rig.run(seconds(2)); // errors were limited
    rig.taken();
    rig.receive(ping6()); // whoever is no longer known is asked for
    rig.receive(advertisement(PEER_IP6, 0x60));
    const answer = new RegExp(`${OUR_IP6} > ${PEER_IP6} hlim \\d+ icmp6 129/0`);
    expect(rig.taken().map(describeFrame6).join("\n"), "it answers").to.match(answer);
    socket.close();
    connected.close();
    // A minute for fragments; then three questions about their sender, whose interval a router may have made a minute (§6.3.4).
    rig.run(seconds(300));
    expect(rig.context.pool.outstanding, "packets kept").to.equal(0);
    rig.close();
  }
});
