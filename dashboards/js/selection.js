// What is looked at: kept in the address, so that a link shows the next person the same page.

export const ranges = [
  { name: "15m", label: "15 min", seconds: 900, stepSeconds: 60, reloadSeconds: 5 },
  { name: "1h", label: "1 h", seconds: 3600, stepSeconds: 60, reloadSeconds: 5 },
  { name: "6h", label: "6 h", seconds: 21_600, stepSeconds: 300, reloadSeconds: 5 },
  { name: "24h", label: "24 h", seconds: 86_400, stepSeconds: 900, reloadSeconds: 30 },
  { name: "7d", label: "7 d", seconds: 604_800, stepSeconds: 7200, reloadSeconds: 60 },
];

const defaultRange = ranges[1];

export function readSelection() {
  const query = new URLSearchParams(location.search);
  return {
    deployment: query.get("deployment"),
    environment: query.get("environment"),
    range: ranges.find(({ name }) => name === query.get("range")) ?? defaultRange,
  };
}

export function writeSelection({ deployment, environment, range }) {
  const query = new URLSearchParams();
  if (deployment) query.set("deployment", deployment);
  if (environment) query.set("environment", environment);
  if (range !== defaultRange) query.set("range", range.name);
  const text = query.toString();
  history.replaceState(null, "", location.pathname + (text ? `?${text}` : ""));
}

const rank = { critical: 2, warning: 1 };

/** The most severe first, then the most recent. */
export const worstFirst = (findings) =>
  [...findings].sort((a, b) =>
    (rank[b.severity] ?? 0) - (rank[a.severity] ?? 0) || Date.parse(b.opened) - Date.parse(a.opened));

/** Where to look when nobody said: at the worst open finding, else at the busiest of those with the latest traffic. */
export function resolveDeployment(asked, deployments, openFindings) {
  const names = new Set(deployments.map(({ name }) => name));
  if (names.has(asked)) return asked;
  const worst = worstFirst(openFindings).find(({ deployment }) => names.has(deployment));
  if (worst) return worst.deployment;
  const latest = [...deployments].sort((a, b) =>
    (b.last_event ?? "").localeCompare(a.last_event ?? "") || b.events - a.events);
  return latest[0]?.name ?? null;
}

/** Every environment known of a deployment, production first. */
export function environmentsOf(deployment, historyEntries) {
  const names = new Set([
    ...(deployment?.routes ?? []).map((route) => route.environment),
    ...(deployment?.traffic ?? []).map((row) => row.environment),
    ...(historyEntries ?? []).map((entry) => entry.environment).filter(Boolean),
  ]);
  if (names.size === 0) names.add("production");
  return [...names].sort((a, b) => (b === "production") - (a === "production") || a.localeCompare(b));
}
