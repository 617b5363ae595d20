/** Colours of the theme that is in force, for canvases. */
import { colour } from "./dom.ts";

/** By what is drawn with them. */
export interface Palette {
  readonly background: string;
  readonly text: string;
  readonly faint: string;
  readonly line: string;
  readonly data: string;
  readonly ack: string;
  readonly control: string;
  readonly again: string;
  readonly lost: string;
  readonly udp: string;
  readonly other: string;
  readonly cursor: string;
  readonly chosen: string;
  readonly sack: string;
  readonly window: string;
}

let known: { readonly theme: string | undefined; readonly colours: Palette } | undefined;

/** As it is now: a theme may change. To ask the browser costs as much as to draw. */
export function palette(): Palette {
  const theme = document.documentElement.dataset["theme"];
  if (known === undefined || known.theme !== theme) known = { theme, colours: read() };
  return known.colours;
}

function read(): Palette {
  return {
    background: colour("surface"),
    text: colour("text"),
    faint: colour("faint"),
    line: colour("line"),
    data: colour("data"),
    ack: colour("ack"),
    control: colour("control"),
    again: colour("again"),
    lost: colour("lost"),
    udp: colour("udp"),
    other: colour("other"),
    cursor: colour("cursor"),
    chosen: colour("chosen"),
    sack: colour("sack"),
    window: colour("window"),
  };
}
