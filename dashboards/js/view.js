// What the sections share, derived from the loaded model in one place.

import { colourOf, versionNames } from "./version-colours.js";
import { worstFirst } from "./selection.js";

export function viewOf(model, selection) {
  const { resources } = model;
  const data = (name) => resources[name]?.data ?? null;
  const { deployment, environment } = selection;
  const detail = data("deployment");
  const traffic = detail?.traffic ?? [];
  const registered = data("versions")?.versions ?? [];
  const seriesVersions = Object.keys(resources).filter((name) => name.startsWith("series."))
    .flatMap((name) => resources[name].data?.series ?? []);
  const names = versionNames(deployment, registered, [...traffic, ...seriesVersions]);
  return {
    ...model,
    selection,
    data,
    error: (name) => resources[name]?.error ?? null,
    status: data("status"),
    deployments: data("deployments")?.deployments ?? [],
    openFindings: worstFirst(data("openFindings")?.findings ?? []),
    resolvedFindings: data("resolvedFindings")?.findings ?? [],
    history: data("history")?.history ?? [],
    policies: data("policies")?.policies ?? [],
    registered,
    names,
    colour: (version) => colourOf(names, version),
    route: detail?.routes?.find((route) => route.environment === environment) ?? null,
    isRegistered: detail?.registered ?? false,
    traffic: traffic.filter((row) => row.environment === environment),
  };
}

/** The entry of the history that a finding led to: by record, else the first decision of its policy on that route. */
export function answerTo(finding, history) {
  const byRecord = history.find(({ record, decision }) => decision && record === finding.record);
  if (byRecord || !finding.policy) return byRecord ?? null;
  const later = history.filter((entry) =>
    entry.decision?.policy === finding.policy && entry.environment === finding.environment &&
    Date.parse(entry.time) >= Date.parse(finding.opened) - 60_000 &&
    (entry.action !== "rollback" || entry.previous === finding.version));
  return later.at(-1) ?? null;
}

/** What `metric` must not exceed here, as far as findings and decisions tell; null when none speaks of it. */
export function knownThreshold(metric, { openFindings, resolvedFindings, history, selection }) {
  const isHere = ({ deployment, environment }) =>
    deployment === selection.deployment && environment === selection.environment;
  const findings = [...openFindings, ...resolvedFindings];
  const finding = findings.find((finding) => finding.metric === metric && isHere(finding));
  if (finding) return finding.threshold;
  const entry = history.find(({ decision, environment }) =>
    decision?.metric === metric && decision.comparison === "above" && environment === selection.environment);
  return entry?.decision.threshold ?? null;
}

/** The promotion that put `version` into service before `time`. */
export function promotionOf(version, environment, time, history) {
  return history.find((entry) =>
    entry.action === "promote" && entry.version === version && entry.environment === environment &&
    Date.parse(entry.time) <= Date.parse(time)) ?? null;
}
