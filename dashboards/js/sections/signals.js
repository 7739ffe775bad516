// The charts: one per signal, all on the same time axis, with decisions marked.

import { byId, h, renderList, renderWhenChanged } from "../dom.js";
import { chartsAvailable, makeChart, updateChart } from "../charts.js";
import { count, dollars, fromNano, metricValue, missing, percent, plural, seconds } from "../format.js";
import { forgetColours } from "../palette.js";
import { errorShare, latest, onGrid, perMinute, sumPer } from "../series.js";
import { minute } from "../time.js";
import { knownThreshold } from "../view.js";
import { roleText } from "./notice.js";

const field = (name) => (point) => point[name];
const p95 = { value: field("p95"), stroke: "solid", label: "p95" };

/** Each chart: which series it reads, which lines it draws of each version (the first is also read out), its unit. */
const definitions = [
  { id: "traffic", title: "Requests", unit: "per minute", source: "series.status", filled: true,
    lines: [{ value: perMinute }], text: count, suggestedMax: 5 },
  { id: "errors", title: "Error rate", unit: "share of requests", source: "series.status", metric: "error_rate",
    lines: [{ value: errorShare }], text: percent, suggestedMax: .02 },
  { id: "latency", title: "Latency", unit: "p95, thin p50, dashed p99", source: "series.latency",
    metric: "latency_p95_seconds",
    lines: [p95, { value: field("p50"), stroke: "thin", label: "p50" },
      { value: field("p99"), stroke: "dashed", label: "p99" }],
    text: seconds },
  { id: "first-token", title: "Time to first token", unit: "p95", source: "series.time_to_first_token",
    metric: "time_to_first_token_p95_seconds", lines: [p95], text: seconds },
  { id: "cost", title: "Cost", unit: "per hour", source: "series.cost", lines: [{ value: sumPer(3600) }], text: dollars,
    total: costTotal },
  { id: "tokens", title: "Tokens", unit: "per minute, dashed output", source: "series.input_tokens",
    lines: [{ value: sumPer(60), label: "input" },
      { value: sumPer(60), label: "output", stroke: "dashed", source: "series.output_tokens" }],
    text: count },
];

const frames = new Map();
const hidden = new Set();
let lastView = null;

export function renderSignals(view) {
  lastView = view;
  const available = chartsAvailable();
  const missingLine = byId("charts-missing");
  missingLine.hidden = available;
  missingLine.textContent = available ? "" : "No curves: the file vendor/chart.min.js is missing; " +
    "it comes from the Debian package libjs-chart.js. All tables are complete.";
  byId("charts").classList.toggle("no-charts", !available);
  if (frames.size === 0) buildFrames(available);
  renderLegend(view);
  const markers = markersOf(view);
  byId("charts-key").textContent = markers.length > 0 ? "→ promoted   ↩ rolled back" : "";
  for (const definition of definitions) renderFrame(definition, view, markers);
}

/** After a change of theme. */
export function repaintSignals() {
  forgetColours();
  if (lastView) renderSignals(lastView);
}

function buildFrames(available) {
  for (const definition of definitions) {
    const canvas = h("canvas", { role: "img" });
    const frame = {
      canvas,
      readings: h("ul", { class: "readings" }),
      empty: h("div", { class: "chart-empty" }),
      notice: h("span", { class: "unit not-current" }),
      chart: null,
    };
    byId("charts-grid").append(h("figure", { class: "chart", "aria-labelledby": `chart-${definition.id}` },
      h("div", { class: "chart-head" }, h("h3", { id: `chart-${definition.id}` }, definition.title),
        h("span", { class: "unit" }, definition.unit), frame.notice),
      frame.readings, h("div", { class: "chart-area" }, canvas, frame.empty)));
    const { text: valueText, suggestedMax } = definition;
    if (available) frame.chart = makeChart(canvas, { valueText, suggestedMax });
    frames.set(definition.id, frame);
  }
}

const seriesOf = (view, source) => view.data(source)?.series ?? [];
const drawn = (view) => view.names.filter((version) =>
  definitions.some(({ source }) => seriesOf(view, source).some((series) => series.version === version)));

function renderLegend(view) {
  const items = drawn(view).map((version) => ({ version, colour: view.colour(version), shown: !hidden.has(version) }));
  renderList(byId("legend"), items, ({ version }) => version, ({ version, colour }) => {
    const chip = h("button", {
      class: `chip version-${colour}`, type: "button", "aria-pressed": String(!hidden.has(version)),
      title: `Show or hide ${version} in every chart`,
    }, h("span", { class: "swatch" }), version);
    chip.addEventListener("click", () => {
      if (!hidden.delete(version)) hidden.add(version);
      renderSignals(lastView);
      [...byId("legend").children].find((child) => child.textContent === version)?.focus();
    });
    return chip;
  });
}

function renderFrame(definition, view, markers) {
  const frame = frames.get(definition.id);
  const error = view.error(definition.source);
  frame.notice.textContent = error && view.data(definition.source) ? `not up to date: ${error.message}` : "";
  if (!view.window) {
    frame.empty.textContent = "Loading…";
    return;
  }
  const lines = linesOf(definition, view);
  const hasData = lines.some(({ entries }) => entries.some(({ y }) => y !== null));
  frame.empty.textContent = hasData ? "" : emptyText(definition, view, error);
  renderReadings(definition, frame, lines, view);
  if (!frame.chart) return;
  updateChart(frame.chart, { lines, window: view.window, markers, threshold: thresholdOf(definition, view) });
}

function linesOf(definition, view) {
  return definition.lines.flatMap((line, index) =>
    seriesOf(view, line.source ?? definition.source)
      .filter(({ version }) => !hidden.has(version))
      .sort((a, b) => view.names.indexOf(a.version) - view.names.indexOf(b.version))
      .map(({ version, points }) => ({
        version, main: index === 0, stroke: line.stroke, colourIndex: view.colour(version), filled: definition.filled,
        label: [version, line.label].filter(Boolean).join(" "),
        entries: onGrid(points, view.window, line.value),
      })));
}

function emptyText({ id }, view, error) {
  if (error) return error.status === 403 ? roleText(error, view.data("me")) : `Not loaded: ${error.message}`;
  const range = view.selection.range.label;
  if (id === "cost" && view.traffic.some(({ unpriced_events: unpriced }) => unpriced > 0)) {
    return `No price for any event of the last ${range}`;
  }
  if (id === "first-token") return `No event of the last ${range} says when its first token came`;
  return `No data in the last ${range}`;
}

function renderReadings(definition, frame, lines, view) {
  const step = definition.id === "cost" || view.selection.range.stepSeconds > 60 ? "step" : "minute";
  const readings = lines.filter(({ main }) => main).map(({ version, colourIndex, entries }) => {
    const { value, lastKnown } = latest(entries, view.window);
    const text = value === null ? null : definition.text(value);
    return { version, colourIndex, text, lastKnown: lastKnown && minute(lastKnown) };
  });
  const total = definition.total?.(view) ?? null;
  frame.canvas.setAttribute("aria-label", `${definition.title} ${definition.unit}, in the last whole ${step}: ` +
    (readings.map(({ version, text }) => `${version} ${text ?? "no data"}`).join(", ") || "no data"));
  renderWhenChanged(frame.readings, { readings, total, step }, () => [
    readings.map(({ version, colourIndex, text, lastKnown }) =>
      h("li", { class: `version-${colourIndex}`, title: `In the last whole ${step}` },
        h("span", { class: "swatch" }), version,
        text === null
          ? missing(`No data in the last whole ${step}${lastKnown ? `; the last is of ${lastKnown}` : ""}`)
          : h("b", {}, text))),
    total ? h("li", { class: "total", title: total.title }, total.text) : null,
  ]);
}

function costTotal({ traffic, selection }) {
  const priced = traffic.filter(({ cost_nanodollars: cost }) => cost !== null);
  const unpriced = traffic.reduce((sum, row) => sum + row.unpriced_events, 0);
  const sum = fromNano(priced.reduce((sum, row) => sum + row.cost_nanodollars, 0));
  if (traffic.length === 0) return null;
  const parts = priced.length > 0 ? [`${dollars(sum)} in ${selection.range.label}`] : [];
  if (unpriced > 0) parts.push(`${plural(unpriced, "event")} unpriced`);
  const title = unpriced > 0 ? "Unpriced events cost an unknown amount, not $0" : "Sum of all versions";
  return parts.length > 0 ? { text: parts.join(" + "), title } : null;
}

function markersOf({ history, selection, window }) {
  const labels = {
    promote: (version) => `→ ${version}`, rollback: (version) => `↩ ${version}`, route: () => "route",
  };
  return history
    .filter(({ action, environment }) => Object.hasOwn(labels, action) && environment === selection.environment)
    .map(({ action, version, time }) => ({ action, time: Date.parse(time), label: labels[action](version) }))
    .filter(({ time }) => window !== null && time >= window.start && time <= window.end)
    .sort((a, b) => a.time - b.time);
}

function thresholdOf({ metric }, view) {
  const value = metric ? knownThreshold(metric, view) : null;
  return value === null ? null : { value, label: `threshold ${metricValue(metric, value)}` };
}
