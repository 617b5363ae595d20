/** The editor of a scenario: loaded when it is opened for the first time. */
import { javascript } from "@codemirror/lang-javascript";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { tags } from "@lezer/highlight";
import { basicSetup, EditorView } from "codemirror";

/** The colours of the page: they can be read on either ground. */
const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: "var(--udp)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--control)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--again)" },
  { tag: tags.comment, color: "var(--faint)", fontStyle: "italic" },
  { tag: [tags.typeName, tags.className], color: "var(--accent)" },
  { tag: [tags.propertyName, tags.function(tags.variableName)], color: "var(--data)" },
]);

const THEME = EditorView.theme({
  ".cm-content": { caretColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--page)", color: "var(--faint)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": {
    backgroundColor: "color-mix(in srgb, var(--accent) 10%, transparent)",
  },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--accent) 30%, transparent) !important",
  },
});

/** An editor in `root` that shows `code`. */
export interface Editor {
  /** What stands there now. */
  text(): string;
  /** Shows something else. */
  show(code: string): void;
}

/** Builds it. */
export function openEditor(root: HTMLElement, code: string): Editor {
  const view = new EditorView({
    doc: code,
    parent: root,
    extensions: [
      syntaxHighlighting(COLOURS),
      THEME,
      basicSetup,
      javascript({ typescript: true }),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-label": "the scenario, as TypeScript" }),
    ],
  });
  return {
    text: () => view.state.doc.toString(),
    show: (next) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } }),
  };
}
