// One finding in full: its numbers, and the two distributions on top of each other.

import { byId, h } from "../dom.js";
import { get, segment } from "../api.js";
import { count, exact, percent, plainNumber } from "../format.js";
import { at } from "../time.js";
import { distributionsChart } from "../distributions.js";
import { chartsAvailable } from "../charts.js";

export async function openFinding(id) {
  const dialog = byId("finding-dialog");
  const body = h("div", { class: "body" }, h("p", { class: "muted" }, "Loading…"));
  const close = h("button", { type: "button", autofocus: true, onclick: () => dialog.close() }, "Close");
  dialog.replaceChildren(h("header", {}, h("h2", { id: "finding-dialog-title" }, `Finding ${id}`), close), body);
  dialog.onclick = (event) => { if (event.target === dialog) dialog.close(); };
  dialog.showModal();
  try {
    const finding = await get(`/v1/findings/${segment(id)}`);
    body.replaceChildren(...partsOf(finding));
    drawInto(body, finding);
  } catch (error) {
    body.replaceChildren(h("p", { class: "notice is-warning" }, error.message));
  }
}

function partsOf(finding) {
  const { distributions: both } = finding;
  return [
    h("p", { class: "finding-title" }, finding.title),
    both ? h("div", { class: "distributions" }, h("canvas", { "aria-label": "Both distributions", role: "img" }))
      : h("p", { class: "muted" }, "There are no distributions behind this finding."),
    both ? sidesOf(both, finding) : null,
    h("h3", {}, "How it was found"),
    h("dl", { class: "facts" }, factsOf(finding).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
  ].filter(Boolean);
}

const EVERY_VERSION = "*";

const nameOfSide = (side, finding, isReference) =>
  isReference && finding.baseline ? `${finding.baseline.name} #${finding.baseline.number} `
      + `(${side.version === EVERY_VERSION ? "every version" : side.version})`
    : isReference ? `${side.version} before` : `${side.version} since`;

function sidesOf(both, finding) {
  const quantiles = Object.keys(both.reference.quantiles);
  const row = (side, isReference) => h("tr", {},
    h("th", { scope: "row" }, nameOfSide(side, finding, isReference)),
    h("td", { class: "number", title: exact(side.events) }, count(side.events)),
    quantiles.map((name) => h("td", { class: "number" }, plainNumber(side.quantiles[name]))));
  return h("table", { class: "sides" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, both.unit ? `${both.signal} in ${both.unit}` : both.signal),
      h("th", { scope: "col", class: "number" }, "events"),
      quantiles.map((name) => h("th", { scope: "col", class: "number" }, name)))),
    h("tbody", {}, row(both.reference, true), row(both.current, false)));
}

const interval = (estimate) =>
  `${plainNumber(estimate.value)} (${plainNumber(estimate.lower)} to ${plainNumber(estimate.upper)})`;

function factsOf(finding) {
  return [
    ["Status", `${finding.severity}, ${finding.status}`],
    ["Since", at(finding.since ?? finding.opened)],
    finding.before ? ["Before", interval(finding.before)] : null,
    finding.after ? ["After", interval(finding.after)] : null,
    finding.effect === undefined ? null
      : ["Effect", `${percent(finding.effect)} of the events moved; ${percent(finding.least_effect)} or more count`],
    finding.discrepancy === undefined ? null : ["Discrepancy", `${plainNumber(finding.discrepancy)}, of 1.4 at most`],
    finding.p_value === undefined ? null : ["p-value", plainNumber(finding.p_value)],
    finding.method ? ["Method", finding.method] : null,
    finding.guarantee ? ["Promise", finding.guarantee] : null,
    finding.resolution ? ["Resolved", finding.resolution] : null,
    ["Record", exact(finding.record)],
  ].filter(Boolean);
}

function drawInto(body, finding) {
  const canvas = body.querySelector("canvas");
  if (!canvas || !chartsAvailable()) return;
  const { distributions: both } = finding;
  const chart = distributionsChart(canvas, both, [
    nameOfSide(both.reference, finding, true), nameOfSide(both.current, finding, false),
  ]);
  byId("finding-dialog").addEventListener("close", () => chart.destroy(), { once: true });
}
