/** What a simulation ends with when it does not end well. */

/** The simulation was asked for something that cannot be, or cannot go on. The message names the host. */
export class SimulationError extends Error {
  /** Of the class. */
  override readonly name: string = "SimulationError";
}
