// No deployment yet: what to do first.

import { byId, command, h, renderWhenChanged } from "../dom.js";

const firstEvent = (origin) => `curl -sS ${origin}/v1/events \\
  -H "Authorization: Bearer $STEWARD_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{"time": '$(date +%s)', "deployment": "support-bot", "version": "v1",
       "provider": "openai", "model": "gpt-4o-mini",
       "status": "ok", "latency_ms": 340,
       "usage": {"input_tokens": 420, "output_tokens": 96}}'`;

export function renderEmpty() {
  renderWhenChanged(byId("empty"), location.origin, (origin) => [
    h("h1", {}, "Nothing is being watched yet"),
    h("p", {}, "Steward runs, and has not seen a deployment. This page fills by itself as soon as it does."),
    h("ol", { class: "steps" },
      h("li", {}, h("h2", {}, "Send an event"),
        h("p", {}, "With a token that has the role ingest:"), command(firstEvent(origin))),
      h("li", {}, h("h2", {}, "Register a version, then let it serve"),
        h("p", {}, "So that policies know what to roll back to:"),
        command("steward register support-bot --spec v1.yaml"), command("steward promote support-bot v1")),
      h("li", {}, h("h2", {}, "Or look around first"),
        h("p", {}, "With simulated traffic, marked as such, in a folder of its own:"),
        command("steward serve --demo --data ./demo"))),
  ]);
}
