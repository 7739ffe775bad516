// What was spent, what the month will cost, and what may be spent. Sums are exact on hover.

import { byId, h, renderList, renderWhenChanged, table } from "../dom.js";
import { count, exact, money, percent, plural } from "../format.js";
import { at } from "../time.js";
import { stateBadge } from "./marks.js";
import { problemNotice } from "./notice.js";

let parts = null;

export function renderCosts(view) {
  if (!parts) {
    const { element, body } = table("budgets-table", "Budgets in their present windows", [
      ["Budget"], ["State"], ["Spent", "number"], ["Reserved", "number"], ["Limit", "number"], ["Used", "meter"],
      ["Window ends", "number"],
    ]);
    const scroll = h("div", { class: "scroll" }, element);
    const [notice, facts, none] = [h("div"), h("dl", { class: "facts" }), h("p", { class: "quiet-text" })];
    parts = { notice, facts, none, scroll, body };
    byId("costs").replaceChildren(parts.notice, parts.facts, parts.none, parts.scroll);
  }
  const error = view.error("costs") ?? view.error("forecast");
  renderWhenChanged(parts.notice, error?.message ?? null, () => error && problemNotice(error, view.data("me")));
  renderWhenChanged(parts.facts, factsOf(view), (facts) => facts.map(({ id, name, cost, text }) =>
    h("div", { class: "fact" }, h("dt", {}, name),
      h("dd", {}, cost ? h("span", { id }, money(cost.nanodollars, cost.dollars)) : null, text))));
  renderBudgets(view);
}

function factsOf(view) {
  const month = view.data("costs")?.total;
  const forecast = view.data("forecast");
  const known = view.deployments.filter(({ cost_nanodollars: cost }) => cost !== null);
  const facts = [{
    id: "cost-all", name: "Spent by all deployments",
    cost: { nanodollars: known.length > 0 ? sum(known, "cost_nanodollars") : null },
    text: unpriced(sum(view.deployments, "unpriced_events")),
  }];
  if (month) {
    const cost = { nanodollars: month.cost_nanodollars, dollars: month.cost_usd };
    facts.push({ id: "cost-month", name: "This month (UTC)", cost, text: unpriced(month.unpriced_events) });
  }
  if (forecast) facts.push({ name: "The month will cost", text: forecastText(forecast) });
  return facts;
}

const sum = (rows, name) => rows.reduce((total, row) => total + (row[name] ?? 0), 0);
const unpriced = (events) => (events > 0 ? ` and ${plural(events, "event")} without a price, not in this sum` : "");

function forecastText({ verdict, expected_usd, lower_usd, upper_usd, days_of_history }) {
  if (verdict !== "forecast") return `unknown yet: ${plural(days_of_history, "day")} of history, 7 are needed`;
  const round = (text) => "$" + Number(text).toLocaleString("en-US", { maximumFractionDigits: 2 });
  return `${round(expected_usd)} (95 % between ${round(lower_usd)} and ${round(upper_usd)})`;
}

function renderBudgets(view) {
  const budgets = view.data("budgets")?.budgets ?? [];
  const refused = view.error("budgets")?.status === 403;
  parts.scroll.hidden = budgets.length === 0;
  parts.none.hidden = budgets.length > 0 || !(view.data("budgets") || refused);
  parts.none.textContent = refused
    ? "Budgets may span deployments; this token works for one of them only."
    : "No budget is set: nothing limits what is spent. Put a budget file under policies/.";
  renderList(parts.body, budgets, ({ budget, member }) => `${budget} ${member}`, budgetRow);
  byId("costs-note").textContent = budgets.length > 0 ? plural(budgets.length, "budget") : "";
}

function stateOf({ percent: used, mode, action, remaining_nanodollars: remaining }) {
  if (used >= 100) {
    return mode === "shadow" || action === "warn" ? ["warning", "over its limit"] : ["critical", `spent: ${action}`];
  }
  if (remaining <= 0) return ["warning", "all reserved"];
  return used >= 80 ? ["warning", "nearly spent"] : ["ok", "within its limit"];
}

function budgetRow(row) {
  const [level, text] = stateOf(row);
  const used = row.spent_nanodollars / row.limit_nanodollars;
  return h("tr", {},
    h("th", { scope: "row" }, row.budget, row.member === null || row.member === undefined ? null : ` · ${row.member}`,
      row.mode === "shadow" ? h("span", { class: "badge mode" }, "shadow") : null,
      h("span", { class: "sub" }, row.summary)),
    h("td", {}, stateBadge(level, text), row.refused > 0
      ? h("span", { class: "sub" }, `${count(row.refused)} refused`) : null),
    h("td", { class: "number" }, money(row.spent_nanodollars, row.spent_usd), row.unpriced_events > 0
      ? h("span", { class: "sub", title: exact(row.unpriced_events) }, count(row.unpriced_events), " unpriced") : null),
    h("td", { class: "number" }, money(row.reserved_nanodollars)),
    h("td", { class: "number" }, money(row.limit_nanodollars, row.limit_usd)),
    h("td", { class: "meter" },
      h("meter", { min: 0, max: 1, high: .8, optimum: 0, value: Math.min(used, 1), title: percent(used) }),
      h("span", { class: "sub" }, percent(used))),
    h("td", { class: "number muted" }, at(row.window_end)));
}
