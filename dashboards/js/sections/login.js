// The form that asks for a token.

import { byId, command, h, renderWhenChanged } from "../dom.js";

/** `reason`: why the last token was not accepted, or null. `onToken` is called with what was typed. */
export function showLogin(reason, onToken) {
  const container = byId("login");
  renderWhenChanged(container, { reason, at: reason && Date.now() }, () => {
    const input = h("input", {
      type: "password", name: "token", required: true, autocomplete: "off", spellcheck: "false", autocapitalize: "none",
      placeholder: "stw_…", "aria-describedby": reason ? "login-reason" : null,
    });
    const form = h("form", { class: "login-form" },
      h("label", {}, "Token", input),
      h("button", { class: "primary", type: "submit" }, "Show the dashboard"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      onToken(input.value.trim());
    });
    return [
      h("h1", {}, "Sign in"),
      reason ? h("p", { class: "notice is-critical", id: "login-reason", role: "alert" }, reason) : null,
      form,
      h("p", { class: "quiet-text" },
        "The daemon printed a token and a login link at its first start.",
        " Another one, with the role that looking needs:"),
      command("steward token create --role viewer"),
      h("p", { class: "quiet-text" }, "The token stays in this tab and is forgotten when it closes."),
    ];
  });
  container.querySelector("input").focus();
}
