/** A whole network in one object, for tests and courses: `tapstack/lab`. */
export {
  type CableOptions,
  type HostOptions,
  Lab,
  type LabCable,
  LabHost,
  type LabOptions,
  parseInterfaceAddress,
} from "./lab.ts";
