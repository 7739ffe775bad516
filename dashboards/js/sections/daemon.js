// The audit log and the daemon itself.

import { byId, command, h, renderList, renderWhenChanged } from "../dom.js";
import { bytes, count, exact, missing, plural, span } from "../format.js";
import { ago, clock, serverNow } from "../time.js";

export function renderDaemon(view) {
  const { status } = view;
  if (!status) {
    byId("audit").replaceChildren(h("p", { class: "quiet-text" }, view.error("status")?.message ?? "Loading…"));
    return;
  }
  renderAudit(status.audit);
  renderHealth(status);
}

function renderAudit(audit) {
  const container = byId("audit");
  renderWhenChanged(container, audit, () => [
    h("dl", { class: "facts" },
      h("dt", {}, "Size"), h("dd", {}, plural(audit.size, "record")),
      h("dt", {}, "Origin"), h("dd", { class: "mono" }, audit.origin),
      h("dt", {}, "Checkpoint signed"),
      h("dd", {}, audit.checkpoint_time ? ago(audit.checkpoint_time) : missing("No checkpoint has been signed yet"))),
    h("p", { class: "quiet-text" }, "Do not take this page's word for it. Export, then verify:"),
    command("steward audit export ./evidence && steward audit verify ./evidence"),
  ]);
}

let facts = null;

function renderHealth(status) {
  if (!facts) {
    facts = h("dl", { class: "facts" });
    byId("daemon").replaceChildren(facts);
  }
  const { intake, store, prices, policies } = status;
  const { uptime_seconds: up } = status;
  const items = [
    ["Intake", ["accepted", "duplicates", "rejected", "refused"]
      .map((name) => `${count(intake[name])} ${name}`).join(" · ")],
    ["Queue", `${plural(intake.queue_events, "event")} · ${bytes(intake.queue_bytes)}`],
    ["Store", `${plural(store.events, "event")} · ${bytes(store.bytes)} · ${store.path}`],
    ["Durability", status.durability],
    ["Unpriced events", status.unpriced_events > 0
      ? `${exact(status.unpriced_events)}: their cost is unknown, not $0` : "none"],
    ["Price list", `${plural(prices.models, "model")} · ${prices.version}`],
    ["Policies", `${count(policies.loaded)} loaded`],
    ["Watching", watchingText(status.loops)],
    ["Up", `${span(up < 60 ? up : Math.floor(up / 60) * 60)} · version ${status.version}`],
  ];
  renderList(facts, items, ([name]) => name, ([name, text]) =>
    h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, text)));
}

const stillSeconds = 60;

/** A guard that stands still looks healthy from everywhere else, so this says when each last looked. */
function watchingText(loops) {
  const still = loops.filter(({ finished }) => !finished || serverNow() - Date.parse(finished) > stillSeconds * 1000);
  if (still.length === 0) return loops.map(({ loop }) => loop).join(" · ");
  return still.map(({ loop, finished }) =>
    `${loop}: ${finished ? `last look ${clock(Date.parse(finished))}` : "no look yet"}`).join(" · ");
}
