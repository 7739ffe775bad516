// Fetches everything the page shows. Each resource succeeds or fails by itself; what failed keeps its last data.

import { Problem, Unreachable, get, segment } from "./api.js";
import { environmentsOf, resolveDeployment } from "./selection.js";
import { serverNow } from "./time.js";
import { windowOf } from "./series.js";

const signals = {
  status: "count",
  latency: "count,p50,p95,p99",
  time_to_first_token: "count,p95",
  cost: "count,mean",
  input_tokens: "count,mean",
  output_tokens: "count,mean",
};
const eventLimit = 50;
// Sums over months read many rows and change little in a minute.
const costsReloadSeconds = 60;

export const emptyModel = () => ({ resources: {}, environments: [], window: null, seriesLoaded: 0, costsLoaded: 0 });

/** Drops what belongs to another deployment or range, so that nothing is shown under the wrong name. */
export function forgetScoped(model) {
  const { me, status, deployments, openFindings, policies, costs, forecast, budgets } = model.resources;
  const resources = { me, status, deployments, openFindings, policies, costs, forecast, budgets };
  return { ...emptyModel(), resources, costsLoaded: model.costsLoaded };
}

/**
 * One round of loading, the most telling first. Returns `{ model, selection }` with the selection as resolved, and
 * gives the same to `onProgress` after each part. Throws Unreachable when the daemon does not answer, Problem 401 when
 * it refuses the token.
 */
export async function load(model, selection, options, signal, onProgress) {
  const next = { ...model, resources: { ...model.resources } };
  const ask = (name, path, query) => settle(next.resources, name, get(path, query, signal));

  // Alone and first: a refused token is refused once.
  if (!next.resources.me?.data) await ask("me", "/v1/me");
  await all([
    ask("status", "/v1/status"),
    ask("deployments", "/v1/deployments"),
    ask("openFindings", "/v1/findings", { status: "active" }),
    ask("policies", "/v1/policies"),
    ask("budgets", "/v1/budgets"),
    ...askCosts(ask, next),
  ]);
  const core = [next.resources.status, next.resources.deployments, next.resources.openFindings];
  const silence = core.find(({ error }) => error instanceof Unreachable);
  if (silence) throw silence.error;

  const deployments = next.resources.deployments.data?.deployments ?? [];
  const openFindings = next.resources.openFindings.data?.findings ?? [];
  const deployment = resolveDeployment(selection.deployment, deployments, openFindings);
  if (deployment === null) return { model: next, selection };
  onProgress({ model: next, selection: { ...selection, deployment } });

  const { range } = selection;
  const path = `/v1/deployments/${segment(deployment)}`;
  const isRegistered = deployments.find(({ name }) => name === deployment)?.registered ?? false;
  await all([
    ask("deployment", path, { since: range.name }),
    ask("biasAudits", `${path}/bias-audits`),
    ...askGoverned(ask, next.resources, path, isRegistered),
  ]);
  const detail = next.resources.deployment.data;
  next.environments = environmentsOf(detail, next.resources.history.data?.history);
  const environment = next.environments.includes(selection.environment) ? selection.environment : next.environments[0];
  const resolved = { ...selection, deployment, environment };
  onProgress({ model: next, selection: resolved });

  const running = next.resources.experiments.data?.experiments.find((experiment) =>
    experiment.environment === environment && ["running", "decided"].includes(experiment.phase));
  const readOut = running ? [ask("experiment", `${path}/experiments/${segment(running.id)}`)] : [];
  await all([...askDetails(ask, resolved, options), ...askSeries(ask, next, resolved), ...readOut]);
  return { model: next, selection: resolved };
}

/** What only registered deployments have: of others there is traffic, and nothing to govern. */
function askGoverned(ask, resources, path, isRegistered) {
  const names = ["versions", "history", "rollouts", "experiments"];
  if (isRegistered) return names.map((name) => ask(name, `${path}/${name}`));
  for (const name of names) resources[name] = { data: { [name]: [] }, error: null };
  return [];
}

/** Of all deployments, and of this month, which is that of UTC. */
function askCosts(ask, next) {
  if (serverNow() - next.costsLoaded < costsReloadSeconds * 1000) return [];
  next.costsLoaded = serverNow();
  const since = new Date(serverNow()).toISOString().slice(0, 8) + "01T00:00:00Z";
  return [ask("costs", "/v1/costs", { since, group_by: "month" }), ask("forecast", "/v1/costs/forecast")];
}

function askDetails(ask, { deployment, environment, range }, { failedFirst }) {
  const events = { deployment, environment, since: range.name, limit: eventLimit };
  return [
    ask("resolvedFindings", "/v1/findings", { status: "resolved", deployment }),
    ask("events", "/v1/events", events),
    ...(failedFirst ? [ask("failedEvents", "/v1/events", { ...events, status: "error" })] : []),
  ];
}

/** Long ranges have coarse steps: asking for them every few seconds would cost much and show nothing new. */
function askSeries(ask, next, { deployment, environment, range }) {
  const tolerance = 500;
  if (serverNow() - next.seriesLoaded < range.reloadSeconds * 1000 - tolerance) return [];
  next.window = windowOf(serverNow(), range);
  next.seriesLoaded = serverNow();
  const query = { deployment, environment, since: new Date(next.window.start).toISOString(), step: range.stepSeconds };
  return Object.entries(signals).map(([signal, aggregate]) =>
    ask(`series.${signal}`, "/v1/series", { ...query, signal, aggregate }));
}

/** Stores the outcome of a request; only what ends the whole round is thrown on. */
async function settle(resources, name, request) {
  try {
    resources[name] = { data: await request, error: null };
  } catch (error) {
    const isAnswer = error instanceof Problem && error.status !== 401;
    if (!isAnswer && !(error instanceof Unreachable)) throw error;
    resources[name] = { data: resources[name]?.data ?? null, error };
  }
}

/** Waits for all, so that no request outlives its round, then throws the first failure. */
async function all(requests) {
  const failure = (await Promise.allSettled(requests)).find(({ status }) => status === "rejected");
  if (failure) throw failure.reason;
}
