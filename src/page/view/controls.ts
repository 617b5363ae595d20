/** Sliders and choices of a scenario, and its question. */
import type { About } from "../run/messages.ts";
import type { Control, Values } from "../scenario.ts";
import { h } from "./dom.ts";

/** Builds the controls; `changed` is called when the reader has let go of one. */
export function buildControls(
  root: HTMLElement,
  controls: About["controls"],
  values: Record<string, number | string>,
  changed: () => void,
): void {
  const groups = new Map<string, HTMLElement[]>();
  for (const [name, control] of Object.entries(controls)) {
    const value = values[name] ?? control.value;
    values[name] = value;
    const row =
      control.kind === "slider"
        ? sliderOf(name, control, Number(value), values, changed)
        : choiceOf(name, control, String(value), values, changed);
    const group = control.group ?? "";
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  root.replaceChildren(
    ...[...groups].flatMap(([name, rows]) =>
      name === "" ? rows : [h("details", { open: rows.some(isChanged) }, h("summary", {}, name), ...rows)],
    ),
  );

  function isChanged(row: HTMLElement): boolean {
    const name = row.dataset["name"] ?? "";
    return values[name] !== controls[name]?.value;
  }
}

/** A number with its unit, or what it means that there is none. */
function shownAs({ unit, zero }: Extract<Control, { kind: "slider" }>, value: number): string {
  if (value === 0 && zero !== undefined) return zero;
  return unit === "kbit" && value >= 1000 ? `${value / 1000} Mbit/s` : `${value} ${unit}`;
}

function sliderOf(
  name: string,
  control: Extract<Control, { kind: "slider" }>,
  value: number,
  values: Record<string, number | string>,
  changed: () => void,
): HTMLElement {
  const id = `control-${name}`;
  const shown = h("output", { for: id }, shownAs(control, value));
  const input = h("input", {
    type: "range",
    id,
    min: control.from,
    max: control.to,
    step: control.step,
    value,
    input: () => {
      shown.textContent = shownAs(control, Number(input.value));
    },
    change: () => {
      values[name] = Number(input.value);
      changed();
    },
  });
  return h(
    "div",
    { class: "setting", "data-name": name },
    h("label", { for: id }, control.label),
    input,
    shown,
  );
}

function choiceOf(
  name: string,
  control: Extract<Control, { kind: "choice" }>,
  value: string,
  values: Record<string, number | string>,
  changed: () => void,
): HTMLElement {
  const id = `control-${name}`;
  const select = h(
    "select",
    {
      id,
      change: () => {
        values[name] = select.value;
        changed();
      },
    },
    ...control.options.map((option) => h("option", { value: option, selected: option === value }, option)),
  );
  return h("div", { class: "setting", "data-name": name }, h("label", { for: id }, control.label), select);
}

/** The question, to be answered before the answer is shown. */
export function buildQuestion(root: HTMLElement, { question }: About): void {
  const answer = h("p", { class: "because", role: "status" });
  const options = question.options.map((option, at) =>
    h(
      "button",
      {
        type: "button",
        class: "option",
        click: () => {
          options.forEach((button, index) => {
            button.classList.toggle("right", index === question.right);
            button.classList.toggle("wrong", index === at && at !== question.right);
          });
          answer.textContent = `${at === question.right ? "Yes." : "Not quite."} ${question.because}`;
        },
      },
      option,
    ),
  );
  root.replaceChildren(
    h("p", { class: "question" }, question.text),
    h("div", { class: "options" }, ...options),
    answer,
  );
}

/** The values as they stand. */
export function frozen(values: Record<string, number | string>): Values {
  return { ...values };
}
