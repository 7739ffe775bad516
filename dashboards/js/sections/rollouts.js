// How a new version comes in, step by step, and what experiments say: with the numbers that decide.

import { byId, h, renderList, renderWhenChanged, table } from "../dom.js";
import { count, metricName, metricValue, missing, percent, plainNumber } from "../format.js";
import { ago } from "../time.js";
import { stateBadge, versionName } from "./marks.js";
import { problemNotice } from "./notice.js";

const over = ["completed", "rolled_back", "aborted", "superseded", "harmed", "concluded"];
const phaseLevels = {
  waiting: "unknown", progressing: "ok", awaiting_approval: "warning", paused: "warning", held: "critical",
  both_bad: "critical", completed: "ok", rolled_back: "critical", aborted: "unknown", superseded: "unknown",
  running: "ok", decided: "warning", harmed: "critical", concluded: "ok",
};
const verdictLevels = { pass: "ok", fail: "critical", inconclusive: "unknown" };
let parts = null;

export const isOver = ({ phase }) => over.includes(phase);

export function renderRollouts(view) {
  if (!parts) {
    parts = { notice: h("div"), none: h("p", { class: "quiet-text" }), list: h("div") };
    byId("rollouts").replaceChildren(parts.notice, parts.none, parts.list);
  }
  const error = view.error("rollouts") ?? view.error("experiments");
  renderWhenChanged(parts.notice, error?.message ?? null, () => problemNotice(error, view.data("me")));
  const items = itemsOf(view);
  parts.none.hidden = items.length > 0 || !view.data("rollouts");
  parts.none.textContent = "No version is brought in by steps, and no experiment is under way. " +
    "Start one: steward rollout start, steward experiments start.";
  renderList(parts.list, items, ({ id }) => id, (item) => (item.design ? experimentOf(item) : rolloutOf(item)));
  const active = items.filter((item) => !isOver(item)).length;
  byId("rollouts-note").textContent = active > 0 ? `${active} under way` : "";
}

/** What is under way here, and the last rollout that is over. */
function itemsOf(view) {
  const { environment } = view.selection;
  const here = (name) =>
    (view.data(name)?.[name] ?? []).filter((item) => item.environment === environment);
  const rollouts = here("rollouts").sort((a, b) => Date.parse(b.started) - Date.parse(a.started));
  const shown = rollouts.filter((item, index) => !isOver(item) || index === 0);
  const readOut = view.data("experiment");
  const experiments = here("experiments").filter((item) => !isOver(item))
    .map((item) => (readOut?.id === item.id ? readOut : item));
  return [...shown, ...experiments];
}

const phaseBadge = (phase) => stateBadge(phaseLevels[phase] ?? "unknown", phase.replaceAll("_", " "));

function rolloutOf({ version, stable, phase, step, steps, weight, started, policy, reason, guards, attempt }) {
  const place = isOver({ phase }) ? null : `step ${step} of ${steps}, ${weight} %`;
  const tries = attempt > 1 ? ` · attempt ${attempt}` : "";
  return h("article", { class: "rollout" },
    h("div", { class: "top" }, h("strong", {}, version), ` over ${stable} `, phaseBadge(phase), " ",
      place ? h("span", { class: "muted" }, place) : null),
    place ? h("progress", { max: 100, value: weight, "aria-label": `Share of ${version}` }) : null,
    reason ? h("p", { class: "why" }, reason) : null,
    guards.length > 0 ? guardTable(guards) : null,
    h("p", { class: "who" }, `policy ${policy}${tries} · started `, ago(started)));
}

function guardTable(guards) {
  const { element, body } = table("guards-table", "Guards of the rollout", [
    ["Guard"], ["Verdict"], ["Value", "number"], ["Stable", "number"], ["Limit", "number"], ["n", "number"],
  ]);
  body.append(...guards.map((state) => {
    const { metric, verdict, value, stable_value: stable, threshold, sample_size: sample } = state;
    // What is watched of a quantile is the share of requests beyond where it stood at the start.
    const boundary = state.share_above;
    const write = (number) => (boundary === null ? metricValue(metric, number) : percent(number));
    const cell = (number) =>
      h("td", { class: "number" }, number === null ? missing("Nothing was measured") : write(number));
    return h("tr", {}, h("th", { scope: "row" }, metricName(metric), boundary === null ? null
      : h("span", { class: "sub" }, `share above ${metricValue(metric, boundary)}`)),
      h("td", {}, stateBadge(verdictLevels[verdict], verdict)), cell(value), cell(stable), cell(threshold),
      h("td", { class: "number" }, count(sample)));
  }));
  return h("div", { class: "scroll" }, element);
}

function experimentOf(experiment) {
  const { id, design, phase, started, started_by: by, sentence, verdict, arms, comparisons } = experiment;
  const ratio = experiment.sample_ratio;
  return h("article", { class: "rollout" },
    h("div", { class: "top" }, h("strong", {}, design.name), ` ${id} `, phaseBadge(phase), " ",
      ratio ? ratioBadge(ratio) : null),
    design.question ? h("p", {}, design.question) : null,
    h("p", { class: "why" }, verdict?.explanation ?? sentence ?? "Not read yet."),
    arms ? armTable(design, arms, comparisons ?? []) : null,
    h("p", { class: "who" }, `${metricName(design.primary)}, ${design.better} is better · by ${by} · started `,
      ago(started)));
}

const ratioBadge = ({ mismatch }) =>
  (mismatch ? stateBadge("critical", "shares are off") : stateBadge("ok", "shares as meant"));

function armTable(design, arms, comparisons) {
  const { element, body } = table("arms-table", "Arms of the experiment", [
    ["Version"], ["Share", "number"], ["Requests", "number"], ["Mean", "number"], ["Against the first", "number"],
    ["Interval", "number", design.maximum_sample ? "Of the last planned look" : "Holds at every look"],
  ]);
  const total = arms.reduce((sum, { weight }) => sum + weight, 0);
  const number = (value) => (value === null || value === undefined ? missing("Not enough yet") : plainNumber(value));
  body.append(...arms.map(({ version, weight, events, mean }) => {
    const against = comparisons.find((comparison) => comparison.version === version);
    const interval = against?.interval;
    return h("tr", {}, h("th", { scope: "row" }, versionName(version)),
      h("td", { class: "number" }, percent(weight / total)),
      h("td", { class: "number" }, count(events)), h("td", { class: "number" }, number(mean)),
      h("td", { class: "number" }, against ? number(against.difference) : "control"),
      h("td", { class: "number" }, interval
        ? [plainNumber(interval.lower), " to ", plainNumber(interval.upper)] : against ? number(null) : ""));
  }));
  return h("div", { class: "scroll" }, element);
}
