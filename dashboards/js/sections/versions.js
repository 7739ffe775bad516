// Who serves what, and how each version does over the chosen range.

import { byId, h, renderList, renderWhenChanged, table } from "../dom.js";
import { count, exact, missing, money, percent, plural, seconds } from "../format.js";
import { ago } from "../time.js";
import { knownThreshold } from "../view.js";
import { shortDigest, stateBadge, versionName } from "./marks.js";
import { problemNotice } from "./notice.js";

let parts = null;

function build() {
  const { element, body } = table("versions-table", "Versions: what each serves and how it does", [
    ["Version"], ["Model"], ["Serves", "number", "Share of the route"], ["Events", "number"], ["Error rate", "number"],
    ["p50", "number", "Median latency"], ["p95", "number", "95th percentile of latency"],
    ["p99", "number", "99th percentile of latency"], ["Cost", "number"],
  ]);
  parts = { notice: h("div"), route: h("div"), body };
  byId("versions").replaceChildren(parts.notice, parts.route, h("div", { class: "scroll" }, element));
}

export function renderVersions(view) {
  if (!parts) build();
  const error = view.error("deployment") ?? view.error("versions");
  renderWhenChanged(parts.notice, error?.message ?? null, () => problemNotice(error, view.data("me")));
  renderWhenChanged(parts.route, routeView(view), routeOf);
  renderList(parts.body, rowsOf(view), ({ version }) => version, rowOf);
  byId("versions-note").textContent = `numbers of the last ${view.selection.range.label}`;
}

function routeView({ route, colour, isRegistered, selection, data }) {
  if (!data("deployment")) return { loading: true };
  if (!route) return { none: true, isRegistered, environment: selection.environment };
  const total = route.targets.reduce((sum, { weight }) => sum + weight, 0);
  return { ...route, targets: route.targets.map((target) => ({ ...target, total, colour: colour(target.version) })) };
}

function routeOf(route) {
  if (route.loading) return h("p", { class: "route quiet-text" }, "Loading…");
  if (route.none) {
    return h("p", { class: "route quiet-text" }, route.isRegistered
      ? `No version has been promoted in ${route.environment}: Steward watches, and has nothing to roll back to.`
      : "Seen in traffic only: no version is registered, so Steward watches and cannot roll back.");
  }
  const bar = h("div", { class: "route-bar" }, route.targets.filter(({ weight }) => weight > 0).map((target) => {
    const share = percent(target.weight / target.total);
    const title = `${target.version}: weight ${target.weight} of ${target.total}`;
    const part = h("span", { class: `version-${target.colour}`, title }, `${target.version} · ${share}`);
    part.style.flexGrow = target.weight;
    part.style.flexBasis = "0";
    return part;
  }));
  return h("div", { class: "route" },
    h("strong", {}, route.environment), bar,
    h("span", { class: "route-facts" }, "since ", ago(route.since), ` · record ${exact(route.record)}`),
    route.frozen ? stateBadge("warning", "frozen", "No promotion goes through; a rollback still does") : null);
}

function rowsOf(view) {
  const specs = new Map(view.registered.map((version) => [version.version, version]));
  const total = view.route?.targets.reduce((sum, { weight }) => sum + weight, 0) ?? 0;
  const weights = new Map(view.route?.targets.map(({ version, weight }) => [version, weight / total]));
  const threshold = knownThreshold("error_rate", view);
  const rows = view.names.map((version) => {
    const traffic = view.traffic.find((row) => row.version === version) ?? null;
    return {
      version, colour: view.colour(version), share: weights.get(version) ?? 0, hasRoute: view.route !== null,
      digest: specs.get(version)?.digest ?? null, spec: modelOf(specs.get(version)?.spec), traffic,
      range: view.selection.range.label, environment: view.selection.environment,
      bad: threshold !== null && traffic !== null && traffic.error_rate > threshold,
    };
  });
  // Serving first, then the newest: names are oldest first.
  return rows.reverse().sort((a, b) => b.share - a.share || (b.traffic !== null) - (a.traffic !== null));
}

const modelOf = (spec) => (spec ? { provider: spec.provider ?? null, model: spec.model ?? null } : null);

function rowOf({ version, colour, share, hasRoute, digest, spec, traffic, range, environment, bad }) {
  const none = `No event of ${version} in ${environment} in the last ${range}`;
  const number = (value, text) =>
    h("td", { class: "number" }, value === null || value === undefined ? missing(none) : text(value));
  return h("tr", {},
    h("th", { scope: "row" },
      versionName(version, colour),
      h("span", { class: "sub mono", title: digest }, digest ? shortDigest(digest) : "not registered")),
    h("td", {}, spec
      ? [spec.model ?? missing("The spec names no model"), h("span", { class: "sub" }, spec.provider ?? "")]
      : missing("Not registered: the model is not known here")),
    h("td", { class: "number" }, share > 0
      ? h("strong", {}, percent(share)) : missing(hasRoute ? "Not on the route" : "There is no route")),
    h("td", { class: "number", title: traffic ? exact(traffic.events) : null },
      traffic ? count(traffic.events) : missing(none)),
    h("td", { class: bad ? "number bad" : "number" }, traffic && traffic.error_rate !== null
      ? [percent(traffic.error_rate), h("span", { class: "sub" }, `${count(traffic.errors)} failed`)] : missing(none)),
    number(traffic?.latency_p50_seconds, seconds),
    number(traffic?.latency_p95_seconds, seconds),
    number(traffic?.latency_p99_seconds, seconds),
    h("td", { class: "number" }, costOf(traffic, none)));
}

function costOf(traffic, none) {
  if (!traffic || traffic.events === 0) return missing(none);
  const unpriced = traffic.unpriced_events > 0
    ? h("span", { class: "sub", title: "Events whose model is not in the price list: their cost is unknown, not $0" },
      `${traffic.cost_nanodollars === null ? "" : "+ "}${plural(traffic.unpriced_events, "event")} unpriced`) : null;
  return [money(traffic.cost_nanodollars, traffic.cost_usd), unpriced];
}
