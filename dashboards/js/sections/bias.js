// What the latest audits say about groups of people, each interval drawn against its bound.

import { byId, h, renderList, renderWhenChanged, table } from "../dom.js";
import { count, exact, missing, plainNumber } from "../format.js";
import { ago } from "../time.js";
import { stateBadge, versionName } from "./marks.js";
import { problemNotice } from "./notice.js";

const levels = { pass: "ok", fail: "critical", insufficient: "unknown" };
const drawn = { width: 120, height: 16 };
let parts = null;

export function renderBias(view) {
  if (!parts) {
    const { element, body } = table("bias-table", "Bias audits, the latest of every policy and version", [
      ["Audit"], ["Verdict"], ["By"], ["Measure"], ["Worst group"], ["Value", "number"], ["Interval and bound"],
      ["Bound", "number"], ["Decisions", "number"], ["Made", "number"],
    ]);
    const scroll = h("div", { class: "scroll" }, element);
    parts = { notice: h("div"), none: h("p", { class: "quiet-text" }), scroll, body };
    byId("bias").replaceChildren(parts.notice, parts.none, parts.scroll);
  }
  const error = view.error("biasAudits");
  renderWhenChanged(parts.notice, error?.message ?? null, () => problemNotice(error, view.data("me")));
  const audits = latest(view.data("biasAudits")?.audits ?? []);
  const rows = audits.flatMap((audit) => rowsOf(audit, view.colour(audit.version)));
  parts.scroll.hidden = rows.length === 0;
  parts.none.hidden = rows.length > 0 || !view.data("biasAudits");
  parts.none.textContent = "No audit of this deployment yet: a policy of kind bias says what is audited and how often.";
  renderList(parts.body, rows, ({ key }) => key, rowOf);
  const failed = audits.filter(({ verdict }) => verdict === "fail").length;
  byId("bias-note").textContent = audits.length > 0 ? `${audits.length} in force · ${failed} failed` : "";
}

/** Of every policy and version the latest; they come newest first. */
function latest(audits) {
  const seen = new Set();
  return audits.filter(({ policy, version }) => {
    const key = `${policy} ${version}`;
    return !seen.has(key) && seen.add(key);
  });
}

function rowsOf({ id, policy, version, verdict, sentence, decisions, time, measures }, colour) {
  const audit = { id, policy, version, verdict, sentence, decisions, time, colour };
  if (measures.length === 0) return [{ key: id, audit, measure: null, first: true }];
  return measures.map((measure, index) => ({ key: `${id} ${index}`, audit, measure, first: index === 0 }));
}

function rowOf({ audit, measure, first }) {
  const lead = first
    ? h("th", { scope: "row", title: audit.sentence }, versionName(audit.version, audit.colour),
      h("span", { class: "sub" }, `${audit.policy} · ${audit.id}`))
    : h("th", { scope: "row" }, h("span", { class: "visually-hidden" }, `${audit.version}, ${audit.policy}`));
  const made = first ? ago(audit.time) : "";
  const decided = first ? count(audit.decisions) : "";
  if (!measure) {
    return h("tr", {}, lead, h("td", {}, badge(audit.verdict)), h("td", { colspan: 6, class: "muted" }, audit.sentence),
      h("td", { class: "number" }, decided), h("td", { class: "number muted" }, made));
  }
  return h("tr", {}, lead,
    h("td", {}, badge(measure.verdict)),
    h("td", {}, measure.attribute),
    h("td", {}, measure.measure.replaceAll("_", " ")),
    h("td", {}, measure.group),
    h("td", { class: "number" }, measure.value === null ? missing("It is undefined here") : plainNumber(measure.value)),
    h("td", {}, intervalOf(measure)),
    h("td", { class: "number" }, plainNumber(measure.bound)),
    h("td", { class: "number", title: exact(audit.decisions) }, decided),
    h("td", { class: "number muted" }, made));
}

const badge = (verdict) => stateBadge(levels[verdict] ?? "unknown", verdict);

/** The interval as a line, the value as a dot, the bound dashed; a missing end reaches to the edge. */
function intervalOf({ value, lower, upper, bound, measure, verdict }) {
  if (value === null || (lower === null && upper === null)) return missing("There is no interval");
  const isRatio = measure.endsWith("_ratio");
  const [least, most] = isRatio ? [0, 2] : [-Math.max(2 * bound, 0.2), Math.max(2 * bound, 0.2)];
  const x = (number) => (Math.min(Math.max(number, least), most) - least) / (most - least) * (drawn.width - 8) + 4;
  const middle = drawn.height / 2;
  const text = `${plainNumber(lower)} to ${upper === null ? "∞" : plainNumber(upper)}, bound ${plainNumber(bound)}`;
  const bounds = isRatio ? [bound] : [-bound, bound];
  return svg("svg", { class: `bias-interval is-${verdict}`, viewBox: `0 0 ${drawn.width} ${drawn.height}`, role: "img",
    "aria-label": text, width: drawn.width, height: drawn.height },
  svg("title", {}, text),
  ...bounds.map((at) => svg("line", { class: "bound", x1: x(at), x2: x(at), y1: 0, y2: drawn.height })),
  svg("line", { class: "reach", x1: x(lower ?? least), x2: x(upper ?? most), y1: middle, y2: middle }),
  svg("circle", { cx: x(value), cy: middle, r: 3.5 }));
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}
