// What must hold, and whether it does. Missing evidence is a verdict of its own.

import { byId, h, renderList, renderWhenChanged, table } from "../dom.js";
import { count, exact, metricValue, missing, plainNumber } from "../format.js";
import { ago } from "../time.js";
import { shortDigest, stateBadge, versionName } from "./marks.js";
import { problemNotice } from "./notice.js";

const levels = { pass: "ok", fail: "critical", inconclusive: "unknown" };
let parts = null;

export function renderPolicies(view) {
  if (!parts) {
    const { element, body } = table("policies-table", "Policies and their present verdicts", [
      ["Policy", "policy"], ["Verdict"], ["Version"], ["Why"], ["Value", "number"], ["Threshold", "number"],
      ["n", "number", "Sample size"], ["Evaluated", "number"],
    ]);
    const scroll = h("div", { class: "scroll" }, element);
    parts = { notice: h("div"), none: h("p", { class: "quiet-text" }), scroll, body };
    byId("policies").replaceChildren(parts.notice, parts.none, parts.scroll);
  }
  const error = view.error("policies");
  const refused = view.data("policies")?.refused?.problems;
  renderWhenChanged(parts.notice, error?.message ?? refused ?? null, () =>
    error ? problemNotice(error, view.data("me")) : refused ? refusedNotice(refused) : null);
  const rows = rowsOf(view);
  parts.scroll.hidden = rows.length === 0;
  parts.none.hidden = rows.length > 0 || !view.data("policies");
  parts.none.textContent = "No policy is loaded: nothing is judged. Put a policy file under policies/.";
  renderList(parts.body, rows, ({ key }) => key, rowOf);
  const digest = view.data("policies")?.digest;
  byId("policies-note").textContent =
    digest && rows.length > 0 ? `${view.policies.length} loaded · ${shortDigest(digest)}` : "";
  byId("policies-note").title = digest ?? "";
}

const refusedNotice = (problems) => h("p", { class: "notice is-warning" },
  `The policy files have changed, but are not in force because of a mistake; what was before still is. ${problems}`);

/** Those that judge first, with what they say of what serves here; then the others, which act when asked. */
function rowsOf({ policies, selection, colour }) {
  const judging = ({ kind }) => kind === "rollback";
  return [...policies.filter(judging), ...policies.filter((policy) => !judging(policy))].flatMap((policy) => {
    const { states, ...shared } = policy;
    const here = states.filter(({ deployment, environment }) =>
      deployment === selection.deployment && environment === selection.environment);
    if (here.length === 0) return [{ ...shared, key: shared.name, state: null, first: true }];
    return here.map((state, index) => ({
      ...shared, key: `${shared.name} ${state.version}`, state, first: index === 0, colour: colour(state.version),
    }));
  });
}

const roles = {
  rollout: "Says how a new version comes in.", promotion: "Says what a promotion must pass.",
  budget: "Says what may be spent.", bias: "Says what is audited for bias.", webhook: "Says who is told or asked.",
  lifecycle: "Says what becomes of deprecated versions.", signals: "Says what else is measured.",
  probes: "Says what versions are asked, to compare their answers.", energy: "Says what electricity is estimated.",
};

function rowOf({ name, kind, file, digest, mode, metric, summary, state, first, colour }) {
  const lead = first
    ? h("th", { scope: "row" }, h("span", { title: `${file}, ${digest}` }, name),
      mode ? h("span", { class: "badge mode" }, mode) : null, h("span", { class: "sub" }, summary ?? ""))
    : h("th", { scope: "row" }, h("span", { class: "visually-hidden" }, name));
  if (!state) {
    const none = roles[kind] ?? "Judges nothing of this deployment in this environment right now.";
    return h("tr", {}, lead, h("td", { colspan: 7, class: "muted" }, none));
  }
  const value = (number) => {
    if (number === null) return missing("There was nothing to measure");
    return metric ? metricValue(metric, number) : plainNumber(number);
  };
  return h("tr", {}, lead,
    h("td", {}, stateBadge(levels[state.verdict] ?? "unknown", state.verdict)),
    h("td", {}, versionName(state.version, colour)),
    h("td", { class: "reason" }, state.reason),
    h("td", { class: "number" }, value(state.value)),
    h("td", { class: "number" }, value(state.threshold)),
    h("td", { class: "number", title: exact(state.sample_size) }, count(state.sample_size)),
    h("td", { class: "number muted" }, ago(state.evaluated)));
}
