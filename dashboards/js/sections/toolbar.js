// Which deployment, environment and time range.

import { byId, h, renderWhenChanged } from "../dom.js";
import { ranges } from "../selection.js";

export function renderToolbar(view, choose) {
  const { deployments, openFindings, environments, selection } = view;
  const openOf = (name) => openFindings.filter(({ deployment }) => deployment === name).length;
  const state = {
    deployments: deployments.map(({ name }) => [name, openOf(name)]),
    environments: environments.length > 0 ? environments : [selection.environment ?? "production"],
    deployment: selection.deployment,
    environment: selection.environment,
    range: selection.range.name,
  };
  const toolbar = byId("toolbar");
  const focused = toolbar.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  renderWhenChanged(toolbar, state, () => [
    picker("Deployment", "deployment", state.deployment, state.deployments.map(([name, open]) =>
      [name, open > 0 ? `${name}  ● ${open} open` : name]), choose),
    picker("Environment", "environment", state.environment, state.environments.map((name) => [name, name]), choose),
    rangePicker(state.range, choose),
  ]);
  if (focused) toolbar.querySelector(`[data-key="${focused}"]`)?.focus();
}

function picker(label, field, value, options, choose) {
  const select = h("select", {
    name: field, "data-key": field, onchange: (event) => choose({ [field]: event.target.value }),
  }, options.map(([name, text]) => h("option", { value: name, selected: name === value }, text)));
  return h("label", {}, h("span", { class: "field-name" }, label), select);
}

function rangePicker(value, choose) {
  return h("fieldset", {}, h("legend", { class: "visually-hidden" }, "Time range"),
    h("div", { class: "segments" }, ranges.map((range) => h("label", {},
      h("input", {
        type: "radio", name: "range", value: range.name, checked: range.name === value,
        "data-key": `range-${range.name}`,
        onchange: () => choose({ range }),
      }),
      h("span", {}, range.label)))));
}
