/** Where in a script something is, and errors that say so. */

/** A place in a script; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A script that cannot be read, or asks for what there is not: the message begins with the place. */
export class ScriptSyntaxError extends Error {
  /** Of the class. */
  override readonly name: string = "ScriptSyntaxError";
  /** Where the script is wrong. */
  readonly place: Place;

  constructor(message: string, place: Place) {
    super(`${place.line}:${place.column}: ${message}`);
    this.place = place;
  }
}
