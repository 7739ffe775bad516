// The last requests, one a row.

import { byId, h, renderList, renderWhenChanged, table } from "../dom.js";
import { count, exact, missing, money, seconds } from "../format.js";
import { at } from "../time.js";
import { problemNotice } from "./notice.js";
import { openEvent } from "./event-dialog.js";
import { versionName } from "./marks.js";

let parts = null;

export function renderEvents(view, { failedFirst }) {
  if (!parts) {
    const { element, body } = table("events-table", "Recent events", [
      ["Time", "when"], ["Version", "version"], ["Status", "status"], ["Model"], ["Latency", "number small"],
      ["First token", "number small"], ["Input", "number small", "Input tokens, cached ones included"],
      ["Output", "number small", "Output tokens"], ["Cost", "number money"], ["", "open"],
    ]);
    element.querySelector("th:last-child").append(h("span", { class: "visually-hidden" }, "Details"));
    const region = { class: "scroll events-scroll", tabindex: "0", role: "region", "aria-label": "Recent events" };
    const scroll = h("div", region, element);
    parts = { notice: h("div"), none: h("p", { class: "quiet-text" }), scroll, body };
    byId("events").replaceChildren(parts.notice, parts.none, scroll);
  }
  const error = view.error("events") ?? (failedFirst ? view.error("failedEvents") : null);
  renderWhenChanged(parts.notice, error?.message ?? null, () => problemNotice(error, view.data("me")));
  const latest = view.data("events")?.events ?? [];
  const failed = failedFirst ? view.data("failedEvents")?.events ?? [] : [];
  const items = merge(failed, latest, failedFirst).map((event) => ({ ...event, colour: view.colour(event.version) }));
  parts.scroll.hidden = items.length === 0;
  parts.none.hidden = items.length > 0 || Boolean(error);
  parts.none.textContent = view.data("events") ? `No event in the last ${view.selection.range.label}.` : "Loading…";
  renderList(parts.body, items, ({ id }) => id, rowOf);
  byId("events-note").textContent = items.length === 0 ? "" : noteOf(failed, latest, failedFirst);
}

/** Failed ones first when asked for, each once; both lists are newest first already. */
function merge(failed, latest, failedFirst) {
  if (!failedFirst) return latest;
  const unlisted = latest.filter(({ id }) => !failed.some((event) => event.id === id));
  const isFailed = ({ status }) => status === "error";
  return [...failed, ...unlisted.filter(isFailed), ...unlisted.filter((event) => !isFailed(event))];
}

const noteOf = (failed, latest, failedFirst) =>
  (failedFirst && failed.length > 0 ? `last ${failed.length} failed, then ` : "") + `the last ${latest.length}`;

function costOf({ cost_nanodollars: cost, cost_usd: decimal, input_tokens: input, output_tokens: output }) {
  if (cost === null && input === null && output === null) {
    return missing("The event reports no usage, so its cost is unknown");
  }
  return money(cost, decimal);
}

function rowOf(event) {
  const failed = event.status === "error";
  const detail = failed ? event.error_type : event.finish_reason;
  const unsaid = (what) => missing(`The event does not say its ${what}`);
  const number = (value, text, what, kind = "small") =>
    h("td", { class: `number ${kind}`, title: value === null ? null : exact(value) },
      value === null ? unsaid(what) : text(value));
  return h("tr", { class: failed ? "failed" : null },
    h("td", { class: "when" }, at(event.time)),
    h("td", {}, versionName(event.version, event.colour)),
    h("td", { class: "status", title: detail }, failed ? "failed" : "ok",
      detail ? h("span", { class: failed ? null : "muted" }, ` · ${detail}`) : null),
    h("td", { title: [event.provider, event.model].filter(Boolean).join(" / ") || null },
      event.model ?? unsaid("model"), event.provider ? h("span", { class: "muted" }, ` · ${event.provider}`) : null),
    number(event.latency_ms, (value) => seconds(value / 1000), "latency"),
    number(event.time_to_first_token_ms, (value) => seconds(value / 1000), "time to first token"),
    number(event.input_tokens, count, "input tokens"),
    number(event.output_tokens, count, "output tokens"),
    h("td", { class: "number money" }, costOf(event)),
    h("td", { class: "open" }, h("button", {
      class: "link", type: "button", "aria-label": `Details of event ${event.id}`, onclick: () => openEvent(event.id),
    }, "open")));
}
