// The first look: is anything wrong, which version, since when, what did Steward do about it.

import { byId, h, renderWhenChanged } from "../dom.js";
import { count, metricName, metricValue, percent, plainNumber, plural, span } from "../format.js";
import { ago, at, serverNow } from "../time.js";
import { answerTo, promotionOf } from "../view.js";
import { stateBadge } from "./marks.js";

const marks = {
  ok: "M5 12.5l4.5 4.5L19 7.5", warning: "M12 5v8.5M12 18.4v.1", critical: "M12 5v8.5M12 18.4v.1",
  unknown: "M8.6 9a3.4 3.4 0 1 1 5 3c-1 .6-1.6 1.2-1.6 2.4M12 18.4v.1",
};
const recentSeconds = 24 * 3600;

export function renderState(view, choose) {
  const state = view.unreachableSince === null ? stateOf(view) : outdated(stateOf(view));
  const section = byId("state");
  section.className = `state is-${state.level}`;
  document.title = titleOf(state, view);
  renderWhenChanged(section, state, () => [
    h("div", { class: "state-mark", "aria-hidden": "true" }, mark(state.level)),
    h("div", {},
      h("p", { class: "tally" }, state.tally, state.contained
        ? stateBadge("ok", "contained", state.contained) : null),
      h("h1", {}, state.headline),
      h("ul", { class: "lines" }, state.lines.map((line) => lineOf(line, choose)))),
  ]);
}

const titleMarks = { ok: "✓", warning: "▲", critical: "●", unknown: "?" };
const titleOf = ({ level, tally }, { status }) =>
  `${titleMarks[level]} ${tally} · Steward${status?.demo ? " (demo)" : ""}`;

function mark(level) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  const path = document.createElementNS(ns, "path");
  path.setAttribute("d", marks[level]);
  svg.append(path);
  return svg;
}

/** What was well a minute ago says nothing about now. */
const outdated = (state) => ({
  ...state, level: "unknown", contained: null,
  tally: "State unknown: Steward does not answer", headline: `Last known: ${state.headline}`,
});

/** Data only, so that the section is rebuilt when it says something new and not at every refresh. */
function stateOf(view) {
  if (view.error("openFindings") || !view.data("openFindings")) {
    return {
      level: "unknown", tally: "State unknown", headline: "The findings could not be read",
      lines: [{ label: "Because", parts: [view.error("openFindings")?.message ?? "they are still loading"] }],
    };
  }
  return view.openFindings.some(({ severity }) => severity !== "info") ? alarm(view) : calm(view);
}

function alarm(view) {
  const [worst, ...others] = view.openFindings;
  const since = worst.since ?? worst.opened;
  const lines = [{
    label: "Which", parts: [{ strong: worst.version }, ` of ${worst.deployment} in ${worst.environment}, `,
      ...numbersOf(worst)],
  }, { label: "Since", parts: [{ at: since }, ", ", { ago: since }] }];
  lines.push({ label: "Steward", parts: worst.deployment === view.selection.deployment
    ? answerLine(worst, view) : [{ show: worst.deployment, environment: worst.environment }] });
  const now = nowServing(worst, view);
  if (now) lines.push({ label: "Now", parts: [now] });
  if (others.length > 0) {
    lines.push({ label: "Also open", parts: [others.slice(0, 3).map(({ title }) => title).join(" · ") +
      (others.length > 3 ? ` · and ${others.length - 3} more` : "")] });
  }
  const level = worst.severity === "critical" ? "critical" : "warning";
  const contained = view.openFindings.every((finding) => isOffRoute(finding, view))
    ? "No version with an open finding serves any more" : null;
  return { level, contained, tally: plural(view.openFindings.length, "open finding"), headline: worst.title, lines };
}

/** What the finding rests on, for a policy's, an audit's and a detector's. */
function numbersOf(finding) {
  if (finding.kind === "disparity") {
    return [`${finding.group}: ${metricName(finding.measure)} `, { strong: plainNumber(finding.value) },
      ` against a bound of ${plainNumber(finding.bound)}, `,
      `n = ${count(finding.sample_size)} in ${span(finding.window_seconds)}`];
  }
  if (!finding.method) {
    return [`${metricName(finding.metric)} `, { strong: metricValue(finding.metric, finding.value) },
      ` against ${metricValue(finding.metric, finding.threshold)} allowed, `,
      `n = ${count(finding.sample_size)} in ${span(finding.window_seconds)}`];
  }
  const size = finding.kind === "drift"
    ? { strong: `${percent(finding.effect)} of the events moved` }
    : { strong: metricValue(finding.signal, finding.after?.value) };
  return [`${finding.kind} of ${metricName(finding.signal)}, `, size, `, n = ${count(finding.sample_size)}`];
}

const routeOf = ({ deployment, environment }, view) => view.deployments.find(({ name }) => name === deployment)
  ?.routes.find((route) => route.environment === environment) ?? null;

/** Whether the version that the finding is about is known to serve no longer. */
function isOffRoute(finding, view) {
  const route = routeOf(finding, view);
  return route !== null && !route.targets.some(({ version, weight }) => version === finding.version && weight > 0);
}

function answerLine(finding, view) {
  if (view.error("history")) return [`what was done could not be read: ${view.error("history").message}`];
  if (!view.data("history")) return ["…"];
  const answer = answerTo(finding, view.history);
  return answer ? answerParts(answer, view) : ["has not acted: no decision is on record for this finding"];
}

function answerParts(entry, view) {
  const promoted = entry.action === "rollback" && entry.previous
    ? promotionOf(entry.previous, entry.environment, entry.time, view.history) : null;
  const delay = promoted ? (Date.parse(entry.time) - Date.parse(promoted.time)) / 1000 : null;
  const what = {
    rollback: [{ strong: `rolled ${entry.environment} back to ${entry.version}` }],
    freeze: [{ strong: `froze ${entry.environment}` }],
  }[entry.action] ?? [{ strong: `${entry.action} ${entry.version ?? ""}` }];
  return [...what, " at ", { at: entry.time },
    delay === null ? "" : `, ${span(delay)} after ${entry.previous} was promoted`,
    entry.actor.kind === "policy" ? `, by policy ${entry.actor.name}` : `, by ${entry.actor.name}`];
}

function nowServing(place, view) {
  const route = routeOf(place, view);
  if (!route || route.targets.length === 0) return null;
  const total = route.targets.reduce((sum, { weight }) => sum + weight, 0);
  const shares = route.targets.map(({ version, weight }) => `${version} ${percent(weight / total)}`).join(", ");
  return `${place.environment} serves ${shares}${route.frozen ? "; the route is frozen" : ""}`;
}

function calm(view) {
  const verdicts = view.policies.flatMap(({ states }) => states);
  const undecided = verdicts.filter(({ verdict }) => verdict === "inconclusive").length;
  const failing = verdicts.filter(({ verdict }) => verdict === "fail").length;
  const lines = [];
  const decided = view.history.find(({ actor, time }) =>
    actor.kind === "policy" && serverNow() - Date.parse(time) < recentSeconds * 1000);
  if (decided) {
    const parts = ["Steward ", ...answerParts(decided, view), " (", { ago: decided.time }, ")"];
    lines.push({ label: "Last decision", parts });
  }
  const now = nowServing(view.selection, view);
  if (now) lines.push({ label: "Now", parts: [`${view.selection.deployment}: ${now}`] });
  const state = { level: "unknown", tally: "No open findings", lines };
  if (view.error("policies") || !view.data("policies")) {
    return { ...state, headline: "The policies could not be read: whether all is well is not known" };
  }
  if (view.policies.length === 0) {
    const parts = ["put a policy file under policies/ and check it with ", { code: "steward policy check policies/" }];
    lines.push({ label: "To do", parts });
    return { ...state, headline: "Nothing is judged: no policy is loaded" };
  }
  if (failing > 0) {
    const headline = `${plural(failing, "policy check")} ${failing === 1 ? "fails" : "fail"} right now`;
    return { ...state, level: "warning", headline };
  }
  if (undecided === verdicts.length) {
    return { ...state, headline: "Nothing can be judged yet: every policy check waits for evidence" };
  }
  const passing = verdicts.length - undecided;
  const checks = `${plural(passing, "policy check")} ${passing === 1 ? "passes" : "pass"}`;
  const waiting = undecided > 0 ? `, ${count(undecided)} ${undecided === 1 ? "waits" : "wait"} for evidence` : "";
  const checked = { label: "Checked", parts: [checks + waiting] };
  return { ...state, level: "ok", headline: "All well", lines: [checked, ...lines, ...unjudged(view, verdicts)] };
}

/** Deployments that no policy speaks of: no finding about them means nothing. */
function unjudged({ deployments }, verdicts) {
  const judged = new Set(verdicts.map(({ deployment }) => deployment));
  const names = deployments.map(({ name }) => name).filter((name) => !judged.has(name));
  if (names.length === 0) return [];
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  return [{ label: "Not judged", parts: [`${names.slice(0, 3).join(", ")}${more}: no policy has a verdict`] }];
}

function lineOf({ label, parts }, choose) {
  return h("li", {}, h("span", { class: "label" }, label), h("span", {}, parts.map((part) => {
    if (typeof part === "string") return part;
    if (part.strong) return h("strong", {}, part.strong);
    if (part.code) return h("code", {}, part.code);
    if (part.at) return at(part.at);
    if (part.ago) return ago(part.ago);
    return h("button", {
      class: "link", type: "button", onclick: () => choose({ deployment: part.show, environment: part.environment }),
    }, `Show ${part.show} and what was done`);
  })));
}
