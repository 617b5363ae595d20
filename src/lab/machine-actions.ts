/** What interventions do to a machine of a lab: each is checked, done, and can be taken back. */
import { type DirectedHost, type HostAction, parseSpan, type Undo } from "../drivers/simulation/index.ts";
import type { Duration } from "../stack/index.ts";
import { parseInterfaceAddress } from "./addresses.ts";
import type { Machine } from "./machine.ts";

/** A machine, as things are done to it. */
export class MachineActions implements DirectedHost {
  readonly name: string;
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.name = machine.name;
    this.#machine = machine;
  }

  check(action: HostAction): void {
    switch (action.do) {
      case "kill":
      case "signal":
        throw new RangeError(
          `${this.name}: ${action.do}: a host of a lab has no program (tapstack/simulate has)`,
        );
      case "address":
        parseInterfaceAddress(action.to);
        this.#machine.port(action.interface);
        break;
      case "mtu":
        this.#machine.checkMtu(action.octets, this.#machine.port(action.interface));
        break;
      default: // what else is wrong, doing it tells
    }
  }

  perform(action: HostAction): Undo {
    switch (action.do) {
      case "unplug":
      case "plug":
        return this.#open(action.do === "plug");
      case "impair":
        return allOf(this.#machine.ports.map(({ impair }) => impair(action.line)));
      case "address":
        return this.#machine.changeAddress(parseInterfaceAddress(action.to), action.interface);
      case "mtu":
        return this.#machine.changeMtu(action.octets, action.interface);
      case "clock":
        this.#machine.clockOffset = (this.#machine.clockOffset + parseSpan(action.by)) as Duration;
        return NOTHING;
      case "kill":
      case "signal":
        return NOTHING; // refused by `check`
      default:
        return this.#power(action.do);
    }
  }

  #open(open: boolean): Undo {
    for (const { gate } of this.#machine.ports) gate.open = open;
    return () => {
      for (const { gate } of this.#machine.ports) gate.open = !open;
    };
  }

  /** What ends it ends nothing that was begun since. */
  #power(change: "crash" | "restart" | "pause" | "resume"): Undo {
    const machine = this.#machine;
    const before = machine.stack;
    machine[change]();
    if (change === "crash")
      return () => machine.stack === before && machine.state === "crashed" && machine.restart();
    return change === "pause" ? () => machine.resume() : NOTHING;
  }
}

const NOTHING: Undo = () => undefined;

function allOf(undos: readonly Undo[]): Undo {
  return () => {
    for (const undo of undos) undo();
  };
}
