// What the detectors state, open first, each with its numbers.

import { byId, h, renderList, renderWhenChanged } from "../dom.js";
import { count, exact, metricName, metricValue, span } from "../format.js";
import { ago } from "../time.js";
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
  parts.none.textContent = items.length === 0 && view.data("openFindings") ? "None: nothing has broken a policy." : "";
  parts.none.hidden = items.length > 0;
  byId("findings-note").textContent = noteOf(view.openFindings.length, resolved.length);
}

function noteOf(open, resolved) {
  const shown = resolved > resolvedShown ? `last ${resolvedShown} of ` : "";
  return [`${open} open`, resolved > 0 ? `${shown}${resolved} resolved here` : null].filter(Boolean).join(" · ");
}

function itemOf(finding) {
  const open = finding.status === "open";
  const level = open ? (finding.severity === "critical" ? "critical" : "warning") : "ok";
  return h("li", { class: open ? "finding" : "finding is-over" },
    h("div", { class: "top" },
      stateBadge(level, open ? finding.severity : "resolved"),
      h("span", {}, finding.kind.replaceAll("_", " ")),
      ago(open ? finding.opened : finding.resolved ?? finding.opened)),
    h("h3", {}, finding.title),
    h("div", { class: "measure" },
      h("span", {}, `${metricName(finding.metric)} `,
        h("b", { class: open ? "beyond" : null }, metricValue(finding.metric, finding.value))),
      h("span", {}, "threshold ", h("b", {}, metricValue(finding.metric, finding.threshold))),
      h("span", {}, "n ", h("b", { title: exact(finding.sample_size) }, count(finding.sample_size))),
      h("span", {}, "window ", h("b", {}, span(finding.window_seconds)))),
    h("div", { class: "place" },
      versionName(finding.version, finding.colour),
      ` · ${finding.deployment} · ${finding.environment}`,
      ` · policy ${finding.policy} · record ${exact(finding.record)}`));
}
