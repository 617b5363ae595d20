/** Networks with translators in them: hosts inside, a server outside, and what each sees of the other. */

import { expect } from "chai";
import type { Switch } from "../../src/drivers/memory/index.ts";
import { Lab, type LabHost } from "../../src/lab/index.ts";
import {
  type IpAddress,
  parseIpv4,
  type Ruleset,
  type SocketAddress,
  seconds,
  type UdpEndpoint,
} from "../../src/stack/index.ts";

export const ip = (text: string): IpAddress => parseIpv4(text) as IpAddress;

/** A socket that remembers what it has heard: "text from address:port". */
export class Ear {
  readonly socket: UdpEndpoint;
  readonly heard: string[] = [];
  /** Who has sent last. */
  last: SocketAddress | undefined = undefined;
  /** Called for each datagram. */
  answer: ((text: string, from: SocketAddress) => void) | undefined = undefined;
  readonly #buffer: Uint8Array = new Uint8Array(2048);

  constructor(host: LabHost, port: number) {
    this.socket = host.stack.openUdp();
    expect(this.socket.bind({ address: ip("0.0.0.0"), port })).to.equal(undefined);
    this.socket.onChange(() => this.#read());
  }

  say(text: string, to: SocketAddress): void {
    const octets = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    expect(this.socket.send(octets, to)).to.equal(octets.length);
  }

  #read(): void {
    for (;;) {
      const from = { address: ip("0.0.0.0"), port: 0 };
      const count = this.socket.receive(this.#buffer, from);
      if (count === undefined) return;
      const text = String.fromCharCode(...this.#buffer.subarray(0, count));
      this.heard.push(`${text} from ${from.address}:${from.port}`);
      this.last = from;
      this.answer?.(text, from);
    }
  }
}

/** A site behind a translator. */
export interface Site {
  readonly nat: LabHost;
  readonly host: LabHost;
  readonly lan: Switch;
}

/** The Internet: a switch with a server 198.51.100.100, and sites behind 198.51.100.1, .2, … */
export class Internet {
  readonly lab: Lab;
  readonly server: LabHost;
  readonly #middle: Switch;
  #sites = 0;

  constructor(seed: number) {
    this.lab = new Lab({ seed, limit: seconds(30 * 86_400) });
    this.#middle = this.lab.switch();
    this.server = this.lab.host("server", "198.51.100.100/24");
    this.lab.link(this.server, this.#middle);
  }

  /** One more host outside. */
  host(name: string, address: string): LabHost {
    const host = this.lab.host(name, `${address}/24`);
    this.lab.link(host, this.#middle);
    return host;
  }

  /** 10.0.N.2 behind 10.0.N.1, outside 198.51.100.N. */
  site(behaviour: string | Ruleset): Site {
    const number = ++this.#sites;
    const { lab } = this;
    const lan = lab.switch();
    const nat = lab.nat(`nat${number}`, `10.0.${number}.1/24`, behaviour);
    lab.link(nat, lan);
    lab.link(nat, this.#middle, { addresses: [`198.51.100.${number}/24`] });
    return { nat, lan, host: this.inside(number, lan, 2) };
  }

  /** One more host in a site. */
  inside(site: number, lan: Switch, last: number): LabHost {
    const host = this.lab.host(`host${site}.${last}`, `10.0.${site}.${last}/24`, {
      gateway: `10.0.${site}.1`,
    });
    this.lab.link(host, lan);
    return host;
  }
}
