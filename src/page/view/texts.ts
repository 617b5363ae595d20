/** The texts of reasons, which are loaded when the first is asked for. */
export { DROPS, SENDS } from "tapstack/explain";
