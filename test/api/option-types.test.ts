/** Options are typed by their constants: what does not fit does not compile. The compiler checks this file. */
import { expect } from "chai";
import {
  AF_INET,
  createSockets,
  IP_ADD_MEMBERSHIP,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_TCP,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_TYPE,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_CONGESTION,
  TCP_INFO,
} from "../../src/api/index.ts";
import { VirtualTime } from "../../src/drivers/simulation/index.ts";
import { Stack, type TcpInfo, Xoshiro128 } from "../../src/stack/index.ts";

describe("options, typed by their constants", () => {
  const stack = new Stack({ clock: new VirtualTime(), random: new Xoshiro128(1), wakeAt: () => {} });
  const api = createSockets(stack);
  const s = api.socket(AF_INET, SOCK_STREAM);

  it("give what they are documented to give", () => {
    const ttl: number = api.getsockopt(s, IPPROTO_IP, IP_TTL);
    const [on, seconds]: readonly [number, number] = api.getsockopt(s, SOL_SOCKET, SO_LINGER);
    const name: string = api.getsockopt(s, IPPROTO_TCP, TCP_CONGESTION);
    const info: Readonly<TcpInfo> = api.getsockopt(s, IPPROTO_TCP, TCP_INFO);
    expect([ttl, on, seconds, name, info.state]).to.deep.equal([64, 0, 0, "cubic", "closed"]);
  });

  it("refuse at run time, too, what does not compile", () => {
    // @ts-expect-error there is no such level
    expect(() => api.setsockopt(s, 12345, -7, "nonsense")).to.throw("ENOPROTOOPT");
    // @ts-expect-error a flag is a number
    expect(() => api.setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, "on")).to.throw("EINVAL");
    // @ts-expect-error the type of a socket can only be read
    expect(() => api.setsockopt(s, SOL_SOCKET, SO_TYPE, 1)).to.throw("ENOPROTOOPT");
    // @ts-expect-error a membership can only be set
    expect(() => api.getsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP)).to.throw("ENOPROTOOPT");
    // @ts-expect-error the option of another level
    expect(() => api.getsockopt(s, IPPROTO_TCP, IP_ADD_MEMBERSHIP)).to.throw("ENOPROTOOPT");
  });
});
