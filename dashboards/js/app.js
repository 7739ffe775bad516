// Starts the page: session, rounds of loading, and who renders what.

import { Problem, Unreachable } from "./api.js";
import { byId } from "./dom.js";
import { emptyModel, forgetScoped, load } from "./load.js";
import { startRefreshing } from "./refresh.js";
import { readSelection, writeSelection } from "./selection.js";
import { forgetToken, setToken, takeTokenFromAddress, token } from "./session.js";
import { startThemeButton } from "./theme-button.js";
import { agoText, clock, serverNow, tickAgo } from "./time.js";
import { viewOf } from "./view.js";
import { renderBias } from "./sections/bias.js";
import { renderCosts } from "./sections/costs.js";
import { renderDaemon } from "./sections/daemon.js";
import { renderEmpty } from "./sections/empty.js";
import { renderEvents } from "./sections/events.js";
import { renderFindings } from "./sections/findings.js";
import { renderHistory } from "./sections/history.js";
import { showLogin } from "./sections/login.js";
import { roleText } from "./sections/notice.js";
import { renderPolicies } from "./sections/policies.js";
import { renderRollouts } from "./sections/rollouts.js";
import { renderSignals, repaintSignals } from "./sections/signals.js";
import { renderState } from "./sections/state.js";
import { renderToolbar } from "./sections/toolbar.js";
import { renderVersions } from "./sections/versions.js";

let model = emptyModel();
let selection = readSelection();
let updated = null;
let unreachableSince = null;
const options = { failedFirst: byId("failed-first").checked };

const sections = [
  (view) => renderState(view, choose),
  (view) => renderToolbar(view, choose),
  renderVersions,
  renderSignals,
  renderFindings,
  renderHistory,
  renderRollouts,
  renderPolicies,
  renderBias,
  renderCosts,
  (view) => renderEvents(view, options),
  renderDaemon,
];

const refreshing = startRefreshing(async (signal) => {
  if (!token()) return askForToken(null);
  try {
    const accept = (outcome) => {
      if (signal.aborted) return;
      ({ model, selection } = outcome);
      updated = serverNow();
      unreachableSince = null;
      render();
    };
    // Only the very first round is shown in parts; half of a later one would mix two moments.
    accept(await load(model, selection, options, signal, updated === null ? accept : () => {}));
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof Problem && error.status === 401) {
      forgetToken();
      askForToken(error.message);
    } else if (error instanceof Unreachable) {
      unreachableSince ??= serverNow();
      if (updated !== null) render();
    } else throw error;
  } finally {
    showFreshness();
  }
});

function render() {
  const view = { ...viewOf(model, selection), unreachableSince };
  const refusal = view.error("deployments");
  if (refusal?.status === 403) return askForToken(roleText(refusal, view.data("me")));

  byId("daemon-version").textContent = view.status?.version ?? "";
  byId("demo").hidden = !view.status?.demo;
  byId("sign-out").hidden = false;
  const isEmpty = view.data("deployments") !== null && view.deployments.length === 0;
  show(isEmpty ? "empty" : "page");
  if (isEmpty) return renderEmpty();

  writeSelection(selection);
  byId("page").classList.remove("is-switching");
  for (const draw of sections) {
    // One section that cannot be drawn must not take the others with it.
    try {
      draw(view);
    } catch (error) {
      console.error(error);
    }
  }
}

function show(id) {
  for (const name of ["page", "empty", "login"]) byId(name).hidden = name !== id;
}

function choose(change) {
  // Another deployment has its own environments; its first one is production where it has that.
  const environment = change.deployment ? { environment: change.environment ?? null } : {};
  selection = { ...selection, ...environment, ...change };
  model = forgetScoped(model);
  // What is still on screen belongs to the selection before: dimmed until the new one is there.
  byId("page").classList.add("is-switching");
  writeSelection(selection);
  refreshing.now();
}

function askForToken(reason) {
  refreshing.stop();
  model = emptyModel();
  updated = null;
  byId("sign-out").hidden = true;
  show("login");
  showLogin(reason, (value) => {
    setToken(value);
    refreshing.now();
  });
}

function showFreshness() {
  const banner = byId("banner");
  banner.hidden = unreachableSince === null;
  if (unreachableSince !== null) {
    const kept = updated === null ? "Nothing has been loaded yet." : `What you see is from ${clock(updated)}.`;
    const text = `Steward has not answered since ${clock(unreachableSince)}. ${kept} Trying again every 5 seconds.`;
    if (banner.textContent !== text) {
      const line = document.createElement("p");
      line.textContent = text;
      banner.replaceChildren(line);
    }
  }
  const note = byId("updated");
  note.textContent = updated === null ? "" : `updated ${agoText(updated)}`;
  note.classList.toggle("is-live", updated !== null && unreachableSince === null);
  note.classList.toggle("is-stale", unreachableSince !== null);
  tickAgo();
}

byId("failed-first").addEventListener("change", (event) => {
  options.failedFirst = event.target.checked;
  refreshing.now();
});
byId("sign-out").addEventListener("click", () => {
  forgetToken();
  askForToken(null);
});
startThemeButton(byId("theme"), repaintSignals);
takeTokenFromAddress();
// A login link opened in a tab that already shows the page changes only the fragment.
addEventListener("hashchange", () => {
  takeTokenFromAddress();
  refreshing.now();
});
setInterval(showFreshness, 1000);
refreshing.now();
