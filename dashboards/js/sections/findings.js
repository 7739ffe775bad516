// What the detectors state, open first, each with its numbers.

import { byId, h, renderList, renderWhenChanged } from "../dom.js";
import { count, exact, metricName, metricValue, percent, plainNumber, span } from "../format.js";
import { ago } from "../time.js";
import { openFinding } from "./finding-dialog.js";
import { stateBadge, versionName } from "./marks.js";
import { problemNotice } from "./notice.js";

let parts = null;
const resolvedShown = 5;

export function renderFindings(view) {
  if (!parts) {
    parts = { notice: h("div"), list: h("ul", { class: "findings" }), none: h("p", { class: "quiet-text" }) };
    byId("findings").replaceChildren(parts.notice, parts.list, parts.none);
  }
  const error = view.error("openFindings") ?? view.error("resolvedFindings");
  renderWhenChanged(parts.notice, error?.message ?? null, () => problemNotice(error, view.data("me")));
  const resolved = view.resolvedFindings;
  const isHere = ({ deployment }) => deployment === view.selection.deployment;
  const items = [...view.openFindings, ...resolved.slice(0, resolvedShown)]
    .map((finding) => ({ ...finding, colour: isHere(finding) ? view.colour(finding.version) : null }));
  renderList(parts.list, items, ({ id }) => id, itemOf);
  parts.none.textContent = items.length === 0 && view.data("openFindings")
    ? "None: no policy is broken, and no detector states anything." : "";
  parts.none.hidden = items.length > 0;
  byId("findings-note").textContent = noteOf(view.openFindings.length, resolved.length);
}

function noteOf(open, resolved) {
  const shown = resolved > resolvedShown ? `last ${resolvedShown} of ` : "";
  return [`${open} open`, resolved > 0 ? `${shown}${resolved} resolved here` : null].filter(Boolean).join(" · ");
}

const levels = { critical: "critical", warning: "warning", info: "unknown" };

function itemOf(finding) {
  const active = finding.status !== "resolved";
  return h("li", { class: active ? "finding" : "finding is-over" },
    h("div", { class: "top" },
      stateBadge(active ? levels[finding.severity] ?? "unknown" : "ok", active ? finding.severity : "resolved"),
      h("span", {}, finding.kind.replaceAll("_", " ") + (finding.status === "ongoing" ? ", ongoing" : "")),
      ago(active ? finding.opened : finding.resolved ?? finding.opened)),
    h("h3", {}, finding.title),
    h("div", { class: "measure" }, numbersOf(finding, active)),
    h("div", { class: "place" },
      versionName(finding.version, finding.colour),
      ` · ${finding.deployment} · ${finding.environment} · `,
      finding.method
        ? h("button", { type: "button", class: "link", onclick: () => openFinding(finding.id) }, "explain")
        : `policy ${finding.policy}`,
      ` · record ${exact(finding.record)}`));
}

function numbersOf(finding, active) {
  if (finding.kind === "disparity") return audited(finding, active);
  return finding.method ? detected(finding, active) : judged(finding, active);
}

function audited(finding, active) {
  const interval = [finding.lower, finding.upper].map((bound) => plainNumber(bound));
  return [
    h("span", {}, `${finding.group}, ${metricName(finding.measure)} `,
      h("b", { class: active ? "beyond" : null }, plainNumber(finding.value))),
    h("span", {}, "interval ", h("b", {}, interval.join(" to "))),
    h("span", {}, "bound ", h("b", {}, plainNumber(finding.bound))),
    h("span", {}, "n ", h("b", { title: exact(finding.sample_size) }, count(finding.sample_size))),
  ];
}

function judged(finding, active) {
  return [
    h("span", {}, `${metricName(finding.metric)} `,
      h("b", { class: active ? "beyond" : null }, metricValue(finding.metric, finding.value))),
    h("span", {}, "threshold ", h("b", {}, metricValue(finding.metric, finding.threshold))),
    h("span", {}, "n ", h("b", { title: exact(finding.sample_size) }, count(finding.sample_size))),
    h("span", {}, "window ", h("b", {}, span(finding.window_seconds))),
  ];
}

function detected(finding, active) {
  const mark = active ? "beyond" : null;
  const size = h("span", {}, "n ", h("b", { title: exact(finding.sample_size) }, count(finding.sample_size)));
  if (finding.kind === "drift") {
    return [
      h("span", {}, "moved ", h("b", { class: mark }, percent(finding.effect))),
      h("span", {}, "counts from ", h("b", {}, percent(finding.least_effect))), size,
    ];
  }
  const range = [finding.expected_lower, finding.expected_upper].map((value) => metricValue(finding.signal, value));
  return [
    h("span", {}, `${metricName(finding.signal)} `,
      h("b", { class: mark }, metricValue(finding.signal, finding.after?.value))),
    h("span", {}, "expected ", h("b", {}, range.join(" to "))), size,
  ];
}
