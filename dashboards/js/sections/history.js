// Which version served when, by whom, why: decisions with their numbers.

import { byId, h, renderList, renderWhenChanged } from "../dom.js";
import { count, exact, metricName, metricValue, percent, span } from "../format.js";
import { ago } from "../time.js";
import { problemNotice } from "./notice.js";

const shownAtFirst = 10;
let parts = null;
let showAll = false;
let lastView = null;

export function renderHistory(view) {
  lastView = view;
  if (!parts) {
    const more = h("button", { class: "more", type: "button", onclick: toggleAll });
    parts = { notice: h("div"), list: h("ol", { class: "timeline" }), none: h("p", { class: "quiet-text" }), more };
    byId("history").replaceChildren(parts.notice, parts.list, parts.none, more);
  }
  const error = view.error("history");
  renderWhenChanged(parts.notice, error?.message ?? null, () => problemNotice(error, view.data("me")));
  const { environment } = view.selection;
  const entries = view.history.filter((entry) => !entry.environment || entry.environment === environment);
  const items = showAll ? entries : entries.slice(0, shownAtFirst);
  renderList(parts.list, items, ({ record }) => record, itemOf);
  parts.none.textContent = view.data("history") ? `No decision on record in ${environment}.` : "Loading…";
  parts.none.hidden = entries.length > 0 || Boolean(error);
  parts.more.hidden = entries.length <= shownAtFirst;
  parts.more.textContent = showAll ? `Show the last ${shownAtFirst}` : `Show all ${entries.length}`;
  byId("history-note").textContent = entries.length > 0 ? "newest first" : "";
}

function toggleAll() {
  showAll = !showAll;
  renderHistory(lastView);
}

function itemOf(entry) {
  return h("li", { class: `entry ${entry.action}` },
    h("div", { class: "top" }, h("span", { class: "what" }, whatOf(entry)), ago(entry.time)),
    entry.decision ? numbersOf(entry.decision) : null,
    entry.reason ? h("div", { class: "why" }, entry.reason) : null,
    h("div", { class: "who" }, actorOf(entry.actor), " · ",
      h("span", { class: "record" }, `record ${exact(entry.record)}`)));
}

function whatOf(entry) {
  const { action, version, previous, environment } = entry;
  const from = previous ? ` from ${previous}` : "";
  switch (action) {
    case "promote": return `Promoted ${version}${previous ? ` over ${previous}` : ""}`;
    case "rollback": return `Rolled back${from} to ${version}`;
    case "route": return `Set the route to ${sharesOf(entry.targets)}`;
    case "cap": return `Capped to ${sharesOf(entry.targets)}`;
    case "freeze": return `Froze ${environment}`;
    case "unfreeze": return `Unfroze ${environment}`;
    case "register": return `Registered ${version}`;
    case "rollout.start": return `Started a rollout of ${version}${previous ? ` over ${previous}` : ""}`;
    case "rollout.begin": return `${version} took its first requests`;
    case "rollout.advance": return `Advanced the rollout of ${version}`;
    case "rollout.complete": return `Completed the rollout of ${version}`;
    default: return [action.replaceAll(/[._]/g, " "), version].filter(Boolean).join(" ");
  }
}

function sharesOf(targets) {
  const total = targets.reduce((sum, { weight }) => sum + weight, 0);
  const serving = targets.filter(({ weight }) => weight > 0);
  return serving.map(({ version, weight }) => `${version} ${percent(weight / total)}`).join(" · ");
}

const actorOf = ({ kind, name }) => (kind === "person" ? `by ${name}` : `by ${kind} ${name}`);

function numbersOf(decision) {
  const { metric, value, threshold, comparison } = decision;
  const { baseline_value: baselineValue, baseline_version: baselineVersion } = decision;
  const baseline = typeof baselineValue === "number"
    ? h("span", {}, `${baselineVersion ?? "baseline"} `, h("b", {}, metricValue(metric, baselineValue))) : null;
  return h("div", { class: "measure", title: `Policy ${decision.policy}, ${decision.policy_digest}` },
    h("span", {}, `${metricName(metric)} `, h("b", { class: "beyond" }, metricValue(metric, value)),
      ` ${comparison} `, h("b", {}, metricValue(metric, threshold))),
    baseline,
    h("span", {}, "n ", h("b", { title: exact(decision.sample_size) }, count(decision.sample_size))),
    h("span", {}, "window ", h("b", {}, span(decision.window_seconds))));
}
